"""``plugins check`` finds each mistake of a provider's author, and says in which line it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dualvariant.authoring.check import ProviderCheck, check_provider
from dualvariant.authoring.subjects import find_subjects
from dualvariant.cli import main
from dualvariant.core.errors import BadDataError, UnknownNameError, UnreadableFileError
from messages import error_code
from sample_plugins import provider


def write_tree(folder: Path, source: str, entry: str = 'fpga = "fpga_variants:Provider"', group: str = "") -> Path:
    """The source tree of a plugin."""
    folder.mkdir()
    (folder / "fpga_variants.py").write_text(source)
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "fpga-variants"\nversion = "1.0.0"\n\n'
        f'[project.entry-points."{group or "variantlib.plugins"}"]\n{entry}\n'
    )
    return folder


def check(tmp_path: Path, source: str, entry: str = 'fpga = "fpga_variants:Provider"') -> ProviderCheck:
    [subject] = find_subjects(str(write_tree(tmp_path / "tree", source, entry)))
    return check_provider(subject)


NAMES_A_SECRET = provider("return None", name="fpga", more="__depends_on__ = ['env:API_TOKEN']")
GOOD = provider("return answer(board=['z7', 'z6'], lanes=['4'])", name="fpga")


def test_a_good_provider(tmp_path: Path) -> None:
    found = check(tmp_path, GOOD)
    assert found.passed and found.values == {"board": ["z7", "z6"], "lanes": ["4"]}
    assert [point.name for point in found.points] == [
        "answer", "name", "time", "output", "same answer", "no hardware", "build_flags", "why_not",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "point", "words"),
    [
        ("class Fpga:\n    pass", "answer", "module 'fpga_variants' has no attribute 'Provider'"),
        ("class Provder:\n    pass", "answer", "has no attribute 'Provider' (it has 'Provder'"),
        ("import not_there", "answer", "its import raised ModuleNotFoundError: No module named 'not_there'"),
        ("class Provider\n    pass", "answer", "SyntaxError"),
        (GOOD.replace("__provider_name__", "__provider_nam__"), "answer", "(it has '__provider_nam__'"),
        (GOOD.replace("def run(", "def runs("), "answer", "has no attribute 'run' (it has 'runs'"),
        (GOOD + "Provider = Provider()\n", "answer", "must be a class"),
        (provider("return {'board': ['z7']}", name="fpga"), "answer",
         "run() must return ProviderConfig or None (it returned dict)"),
        (provider("return answer(board=['Zynq 7000'])", name="fpga"), "answer",
         "'Zynq 7000' is not a value (letters, digits, _ and .): did you mean 'Zynq_7000'?"),
        (provider("return answer(board=[7])", name="fpga"), "answer", "KeyConfig.values[0] must be a str (got int)"),
        (provider("time.sleep(60)", name="fpga"), "answer", "it took longer than 3 s"),
        (provider("return answer(board=[str(time.time_ns())])", name="fpga"), "same answer", "the first run said"),
        (provider("return answer(board=[open('/sys/kernel/notes', 'rb').read(1).hex()])", name="fpga"),
         "no hardware", "run() must return None there"),
        (provider("import ctypes\nctypes.CDLL('libm.so.6')\nreturn None", name="fpga"), "no hardware", "OSError"),
        (provider("import subprocess\nsubprocess.run(['true'], check=True)\nreturn None", name="fpga"),
         "no hardware", "FileNotFoundError"),
        (provider("return None", name="fpga", more="def build_flags(self): pass"), "build_flags", "TypeError"),
        (provider("return None", name="fpga", more="def why_not(self, k, v, s): return 7"), "why_not", "str or None"),
        (provider("return None", name="fpga", more="__depends_on__ = 'x'"), "answer", "__depends_on__ must be a list"),
    ],
)  # fmt: skip
def test_a_mistake_is_found(
    source: str, point: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUALVARIANT_PROVIDER_TIMEOUT", "3")
    found = check(tmp_path, source)
    assert not found.passed
    said = {one.name: one.words for one in found.points if one.state == "failed"}
    assert point in said and words in said[point], found.points


@pytest.mark.parametrize(
    ("source", "entry", "point", "words"),
    [
        (GOOD.replace("def run", "print('import')\n    def run"), None, "output", "it prints"),
        (provider("time.sleep(1.2)\nreturn None", name="fpga"), None, "time", "the first command waits"),
        (GOOD, 'my_fpga = "fpga_variants:Provider"', "name", "use one name"),
        (
            provider("return None", name="fpga", more="__depends_on__ = ['env:API_TOKEN']"),
            None,
            "environment",
            "secret",
        ),
    ],
)
def test_what_is_allowed_and_may_surprise(
    source: str, entry: str | None, point: str, words: str, tmp_path: Path
) -> None:
    found = check(tmp_path, source, *([entry] if entry else []))
    said = {one.name: one.words for one in found.points if one.state == "note"}
    assert found.passed and point in said and words in said[point], found.points


def test_the_traceback_and_the_output_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = provider("print('looking')\nos.system('echo from a program')\nreturn read()", name="fpga")
    source += "\ndef read():\n    return open('/no/such/driver').read()\n"
    tree = write_tree(tmp_path / "tree", source)
    assert main(["plugins", "check", str(tree)]) == 1
    out = capsys.readouterr().out
    line = source.splitlines().index("    return open('/no/such/driver').read()") + 1
    assert f'fpga_variants.py", line {line}, in read' in out
    assert "looking" in out and "from a program" in out
    assert "dualvariant/host" not in out


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree = write_tree(tmp_path / "tree", GOOD)
    assert main(["plugins", "check", str(tree), "--json"]) == 0
    [found] = json.loads(capsys.readouterr().out)
    assert set(found) == {
        "provider", "entry", "distribution", "version", "contract", "passed", "values", "seconds", "reason",
        "traceback", "output", "points",
    }  # fmt: skip
    assert found["provider"] == "fpga" and found["passed"] and found["values"]["board"] == ["z7", "z6"]


def test_an_installed_provider_by_its_names(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("x86_64", "X86-64"):
        assert [subject.entry.name for subject in find_subjects(name)] == ["x86_64"]
    assert {subject.entry.name for subject in find_subjects("dualvariant")} >= {"x86_64", "aarch64"}
    with pytest.raises(UnknownNameError) as raised:
        find_subjects("x86_46")
    assert raised.value.next_step == "did you mean 'x86_64'?"
    assert main(["plugins", "check", "nothing"]) == 2
    assert error_code(capsys.readouterr().err) == "unknown-name"


def test_a_folder_without_a_provider(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="there is no provider to check"):
        find_subjects(str(tmp_path))
    tree = write_tree(tmp_path / "tree", GOOD, group="variantlib.plugin")
    with pytest.raises(BadDataError, match=r"'variantlib.plugin': did you mean 'variantlib.plugins'\?"):
        find_subjects(str(tree))


def test_a_program(tmp_path: Path) -> None:
    program = tmp_path / "fpga"
    document = '{"schema": "dualvariant/provider/1", "provider": "fpga", "version": "1", "configs": []}'
    program.write_text(f"#!/bin/sh\necho '{document}'\n")
    program.chmod(0o755)
    [subject] = find_subjects(str(program))
    found = check_provider(subject)
    assert found.passed, found.points
