"""An installed distribution is imported by its own interpreter, and what its machine code does is seen."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

from dualvariant.trial.distribution import try_distribution
from dualvariant.trial.modules import list_installed_modules
from dualvariant.trial.outcomes import CRASHED, FAILED, ILLEGAL, NOT_RUN, RAN, REFUSED
from natives import LOOPS, compiled, native_wheel
from samples import make_wheel

#: A module whose first instruction is one that no CPU has (``ud2``).
UD2 = LOOPS.replace("{ return PyModule_Create", "{ __builtin_trap(); return PyModule_Create")
KILL = "import os, signal\nos.kill(os.getpid(), signal.{})\n"
NOTE = "raise ImportError(f'{__file__}: CPU ISA level is lower than required')\n"


def installed(wheel: Path, folder: Path) -> Path:
    """Unpack a wheel as an installer would; its ``.dist-info`` folder."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    (metadata,) = folder.glob("*.dist-info")
    return metadata


def trial(metadata: Path, tmp_path: Path) -> tuple[str, str | None]:
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    found = try_distribution(Path(sys.executable), metadata, scratch, [metadata.parent])
    assert not list(metadata.parent.rglob("*.pyc")), "the environment is as it was"
    assert list((scratch / "trial").iterdir() if (scratch / "trial").exists() else []) == []
    return found.outcome, found.reason


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("x = 1\n", RAN),
        (KILL.format("SIGILL"), ILLEGAL),
        (KILL.format("SIGSEGV"), CRASHED),
        (NOTE, REFUSED),
        ("import nothing_of_that_name\n", FAILED),
        ("raise SystemExit(3)\n", FAILED),
    ],
)
def test_the_end_of_an_import(body: str, outcome: str, tmp_path: Path) -> None:
    metadata = installed(make_wheel(tmp_path / "w", "demo", "1.0", body=body), tmp_path / "site")
    assert trial(metadata, tmp_path)[0] == outcome


@pytest.mark.parametrize("place", ["relative", "with,comma"])
def test_a_folder_is_found_however_it_is_named(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of ``--target`` is the user's own word for it."""
    monkeypatch.chdir(tmp_path)
    folder = Path(place) if place == "relative" else tmp_path / place
    assert trial(installed(make_wheel(tmp_path / "w", "demo", "1.0", body="x = 1\n"), folder), tmp_path)[0] == RAN
    body = KILL.format("SIGILL")
    assert trial(installed(make_wheel(tmp_path / "v", "other", "1.0", body=body), folder / "o"), tmp_path)[0] == ILLEGAL


def test_a_real_illegal_instruction_in_an_extension_module(tmp_path: Path) -> None:
    """The package itself does not import it, so the module has to be imported by its own name."""
    files = {"kernels/__init__.py": b"", "kernels/tiny.so": compiled(tmp_path / "c", source=UD2)}
    metadata = installed(native_wheel(tmp_path, files), tmp_path / "site")
    assert trial(metadata, tmp_path) == (ILLEGAL, None)


def test_a_module_that_the_package_chooses_is_left_to_it(tmp_path: Path) -> None:
    """Its name says for which processors it is."""
    source = UD2.replace("PyInit_tiny", "PyInit_tiny_avx512")
    files = {"kernels/__init__.py": b"", "kernels/tiny_avx512.so": compiled(tmp_path / "c", source=source)}
    metadata = installed(native_wheel(tmp_path, files), tmp_path / "site")
    assert list_installed_modules(metadata).modules == ()
    assert trial(metadata, tmp_path) == (RAN, None)


def test_what_has_nothing_to_import_is_not_run(tmp_path: Path) -> None:
    metadata = tmp_path / "demo-1.0.dist-info"
    metadata.mkdir()
    assert trial(metadata, tmp_path) == (NOT_RUN, "it has nothing that can be imported")
    (metadata / "RECORD").write_text("demo-1.0.dist-info/METADATA,,\nbin/tool,,\n../../bin/tool,,\n")
    assert trial(metadata, tmp_path)[0] == NOT_RUN
