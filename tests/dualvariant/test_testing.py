"""``dualvariant.testing``: a provider is asked as for users, on this machine or on another one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dualvariant.testing import NoHardware, RecordedMachine, ask, make_profile, write_profile
from sample_plugins import provider
from variantlib.profile import HostProfile

READS = """
import pathlib, subprocess
boards = [path.read_text().strip() for path in sorted(pathlib.Path('/sys/class/fpga').glob('*/model'))]
if not boards:
    return None
tool = subprocess.run(['fpga-info', '-q'], capture_output=True, text=True).stdout.strip()
return answer(board=boards, tool=[tool], slot=[os.environ.get('FPGA_SLOT', 'none')], real=[str(os.path.exists('/etc'))])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sample.py").write_text(provider(READS))
    return tmp_path


def record(folder: Path) -> Path:
    for number, model in enumerate(["z7", "z6"]):
        path = folder / "files" / "sys" / "class" / "fpga" / str(number) / "model"
        path.parent.mkdir(parents=True)
        path.write_text(f"{model}\n")
    (folder / "programs").mkdir()
    program = folder / "programs" / "fpga-info"
    program.write_text("#!/bin/sh\necho 2.1\n")
    program.chmod(0o755)
    document = {"schema": "dualvariant/machine/1", "roots": ["/sys/class/fpga"], "environment": {"FPGA_SLOT": "3"}}
    (folder / "machine.json").write_text(json.dumps(document))
    return folder


def test_a_recorded_machine(folder: Path) -> None:
    machine = record(folder / "machine")
    for given in (machine, RecordedMachine.read(machine)):
        answer = ask("sample:Provider", given, search_path=[folder])
        assert answer.failure is None, answer
        assert answer.values == {"board": ["z7", "z6"], "tool": ["2.1"], "slot": ["3"], "real": ["True"]}


def test_no_hardware_and_this_machine(folder: Path) -> None:
    assert ask("sample:Provider", NoHardware, search_path=[folder]).values is None
    assert ask("sample:Provider", search_path=[folder]).failure is None


def test_a_class_and_what_it_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "some_package").mkdir()
    (tmp_path / "some_package" / "__init__.py").write_text(provider("print('hello')\nreturn answer(a=['1'])"))
    monkeypatch.syspath_prepend(str(tmp_path))
    import some_package  # type: ignore[import-not-found]

    answer = ask(some_package.Provider)
    assert (answer.values, answer.output) == ({"a": ["1"]}, "hello\n")


def test_a_failure(tmp_path: Path) -> None:
    (tmp_path / "sample.py").write_text(provider("1 / 0"))
    answer = ask("sample:Provider", search_path=[tmp_path])
    assert answer.failure == "run() raised ZeroDivisionError: division by zero"
    assert "sample.py" in answer.traceback and answer.values is None


def test_variables(tmp_path: Path) -> None:
    (tmp_path / "sample.py").write_text(provider("return answer(a=[os.environ['FPGA_SLOT']])"))
    assert ask("sample:Provider", search_path=[tmp_path], environment={"FPGA_SLOT": "7"}).values == {"a": ["7"]}


@pytest.mark.parametrize(
    "document",
    [{}, [], {"schema": "dualvariant/machine/2"}, {"schema": "dualvariant/machine/1", "roots": ["sys"]},
     {"schema": "dualvariant/machine/1", "environment": {"A": 1}}],
)  # fmt: skip
def test_what_is_no_recording(document: object, tmp_path: Path) -> None:
    (tmp_path / "machine.json").write_text(json.dumps(document))
    with pytest.raises(ValueError, match=r"machine\.json"):
        ask("sample:Provider", tmp_path)


def test_profiles(tmp_path: Path) -> None:
    said = {"fpga": {"board": ["z7", "z6"]}, "x86_64": {"level": ["v2", "v1"]}}
    path = write_profile(tmp_path / "profile.json", said)
    assert HostProfile.from_json(path.read_bytes()) == make_profile(said)
