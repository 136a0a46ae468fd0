"""The provider over stub libraries that answer as the recorded ones do, and over Debian's MPIs where they are unpacked.

``DUALVARIANT_MPI`` names the folder that ``tools/fetch-mpi.sh`` fills.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from dualvariant.testing import Answer, NoHardware, ask
from mpi_provider import MpiProvider
from mpi_provider.libraries import Library, name_implementation
from mpi_provider.provider import SeveralMpiError, find_launcher_files, select

#: What ``MPI_Get_library_version`` of each implementation begins with, and the standard that it implements.
RECORDED = {
    "openmpi": ("Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4, repo rev: v4.1.4, May 26, 2022", (3, 1)),
    "mpich": ("MPICH Version:      4.0.2\nMPICH Release date: Thu Apr  7 12:34:45 CDT 2022", (4, 0)),
    "intel": ("Intel(R) MPI Library 2021.10 for Linux* OS\n", (3, 1)),
    "mvapich": ("MVAPICH2 Version      :\t2.3.7\nMVAPICH2 Release date :\tWed March 02 22:00:00 EST 2022", (3, 1)),
    "cray": ("MPI VERSION    : CRAY MPICH version 8.1.25.17 (ANL base 3.4a2)\n", (3, 1)),
    "mpich5": ("MPICH Version:      5.0.0\n", (5, 0)),
}

#: What ``mpiexec --version`` prints.
LAUNCHERS = {
    "openmpi": "mpiexec (OpenRTE) 4.1.4",
    "openmpi5": "mpiexec (Open MPI) 5.0.3",
    "mpich": "HYDRA build details:\n    Version:                                 4.0.2",
    "intel": "Intel(R) MPI Library for Linux* OS, Version 2021.10 Build 20230619",
    "unknown": "launcher of a batch system, version 7",
}

STUB = """
#include <string.h>
int MPI_Get_version(int *major, int *minor) { *major = MAJOR; *minor = MINOR; return 0; }
int MPI_Get_library_version(char *text, int *length) { strcpy(text, TEXT); *length = strlen(text); return 0; }
"""

needs_compiler = pytest.mark.skipif(shutil.which("gcc") is None, reason="the libraries are compiled")


def add_library(folder: Path, soname: str, recorded: str) -> None:
    """A library of that name that answers as a recorded one."""
    text, (major, minor) = RECORDED[recorded]
    folder.mkdir(exist_ok=True)
    literal = text.replace("\n", "\\n").replace("\t", "\\t")
    values = [f"-DMAJOR={major}", f"-DMINOR={minor}", f'-DTEXT="{literal}"']
    command = ["gcc", "-shared", "-fPIC", *values, "-o", str(folder / soname), "-x", "c", "-"]
    subprocess.run(command, input=STUB, text=True, check=True)


def add_launcher(folder: Path, launcher: str) -> None:
    folder.mkdir(exist_ok=True)
    program = folder / "mpiexec"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{LAUNCHERS[launcher]}\nEND\n")
    program.chmod(0o755)


def ask_with(folder: Path) -> Answer:
    """Ask on a machine whose loader looks into ``folder/lib`` first, and whose launcher is in ``folder/bin``."""
    path = f"{folder / 'bin'}:/usr/bin:/bin"
    return ask(MpiProvider, environment={"LD_LIBRARY_PATH": str(folder / "lib"), "PATH": path})


@needs_compiler
@pytest.mark.parametrize(
    ("soname", "recorded", "expected"),
    [
        ("libmpi.so.40", "openmpi", {"abi": ["openmpi"], "implementation": ["openmpi"], "standard": ["3.1", "3.0"]}),
        ("libmpi.so.12", "mpich", {"abi": ["mpich"], "implementation": ["mpich"], "standard": ["4.0", "3.1", "3.0"]}),
        ("libmpi.so.12", "intel", {"abi": ["mpich"], "implementation": ["intel"], "standard": ["3.1", "3.0"]}),
        ("libmpi.so.12", "mvapich", {"abi": ["mpich"], "implementation": ["mvapich"], "standard": ["3.1", "3.0"]}),
        ("libmpi.so.12", "cray", {"abi": ["mpich"], "implementation": ["cray"], "standard": ["3.1", "3.0"]}),
    ],
)
def test_one_library(soname: str, recorded: str, expected: dict[str, list[str]], tmp_path: Path) -> None:
    add_library(tmp_path / "lib", soname, recorded)
    answer = ask_with(tmp_path)
    assert (answer.failure, answer.values) == (None, expected)


@needs_compiler
def test_two_libraries_of_one_implementation(tmp_path: Path) -> None:
    """MPICH 5 has its own ABI and that of the standard; no launcher is asked."""
    add_library(tmp_path / "lib", "libmpi.so.12", "mpich5")
    add_library(tmp_path / "lib", "libmpi_abi.so.0", "mpich5")
    answer = ask_with(tmp_path)
    assert answer.values is not None
    assert answer.values["abi"] == ["mpich", "mpi_abi"]
    assert answer.values["standard"] == ["5.0", "4.1", "4.0", "3.1", "3.0"]


@needs_compiler
@pytest.mark.parametrize(
    ("launcher", "expected"), [("openmpi", "openmpi"), ("openmpi5", "openmpi"), ("mpich", "mpich"), ("unknown", None)]
)
def test_the_launcher_decides_between_two(launcher: str, expected: str | None, tmp_path: Path) -> None:
    add_library(tmp_path / "lib", "libmpi.so.40", "openmpi")
    add_library(tmp_path / "lib", "libmpi.so.12", "mpich")
    add_launcher(tmp_path / "bin", launcher)
    answer = ask_with(tmp_path)
    if expected is None:
        assert answer.failure is not None and "DUALVARIANT_HOST_MPI, as in 'abi:openmpi'" in answer.failure
        return
    assert answer.values is not None, answer.failure
    assert (answer.values["abi"], answer.values["implementation"]) == ([expected], [expected])


@needs_compiler
def test_a_library_that_does_not_work_is_no_missing_library(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libmpi.so.40").write_bytes(b"\x7fELF, cut off")
    answer = ask_with(tmp_path)
    assert answer.failure is not None and "the MPI library cannot be loaded" in answer.failure


@needs_compiler
def test_a_library_of_the_name_that_is_no_mpi(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    command = ["gcc", "-shared", "-o", str(tmp_path / "lib" / "libmpi.so.12"), "-x", "c", "/dev/null"]
    subprocess.run(command, check=True)
    answer = ask_with(tmp_path)
    assert answer.failure is not None and "libmpi.so.12 is no MPI library" in answer.failure


def test_without_mpi() -> None:
    answer = ask(MpiProvider, NoHardware)
    assert (answer.values, answer.failure, answer.output) == (None, None, "")


OPENMPI, MPICH = (
    Library("libmpi.so.40", "openmpi", "openmpi", (3, 1)),
    Library("libmpi.so.12", "mpich", "mpich", (4, 0)),
)


def test_two_implementations_are_never_offered_together() -> None:
    assert select([OPENMPI, MPICH], "mpich") == [MPICH]
    assert select([OPENMPI], "mpich") == [OPENMPI]
    for launcher in (None, "cray"):
        with pytest.raises(SeveralMpiError):
            select([OPENMPI, MPICH], launcher)


@pytest.mark.parametrize("recorded", RECORDED)
def test_implementations_are_known_by_their_words(recorded: str) -> None:
    assert name_implementation(RECORDED[recorded][0]) == recorded.rstrip("5")


def test_another_launcher_in_front_makes_an_answer_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    add_launcher(second, "mpich")
    add_launcher(third, "openmpi")
    monkeypatch.setenv("PATH", f"{first}:relative:{second}:{third}")
    assert find_launcher_files() == [str(first / "mpiexec"), str(second / "mpiexec")]


def test_flags_are_the_wrapper_of_the_abi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrapper = tmp_path / "mpicc.openmpi"
    wrapper.write_text("#!/bin/sh\n")
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    provider = MpiProvider()
    assert provider.build_flags("abi", "openmpi", "gcc") == {"MPICC": ["mpicc.openmpi"]}
    assert provider.build_flags("standard", "4.0", "gcc") == {}
    assert provider.build_flags("no_such_key", "1", "gcc") is None


def test_what_is_missing() -> None:
    provider = MpiProvider()
    assert provider.why_not("abi", "mpich", {"abi": ["openmpi"], "implementation": ["openmpi"]}) == (
        "this host's MPI is openmpi"
    )
    assert provider.why_not("abi", "mpich", {}) is None


# --- Debian's own libraries

#: What comes with the packages and is this machine's own in every process: the C library.
C_LIBRARY = ("ld-linux", "libc.so", "libm.so", "libpthread.so", "libdl.so", "librt.so", "libresolv.so", "libutil.so")


def unpacked(name: str, folder: Path) -> Path:
    """A folder with the libraries and programs of one of Debian's MPIs; the test is skipped where there are none."""
    root = Path(os.environ.get("DUALVARIANT_MPI", ""), name)
    if not os.environ.get("DUALVARIANT_MPI") or not root.is_dir():
        pytest.skip("DUALVARIANT_MPI names no folder that tools/fetch-mpi.sh has filled")
    (folder / "lib").mkdir(exist_ok=True)
    for library in root.glob("usr/lib/*-linux-gnu/**/*.so*"):
        link = folder / "lib" / library.name
        if not library.name.startswith(C_LIBRARY) and not link.is_symlink():
            link.symlink_to(library)
    (folder / "bin").mkdir(exist_ok=True)
    launcher = folder / "bin" / f"mpiexec.{name}"
    # Open MPI's looks for its files where it was installed, unless this variable says where they are.
    launcher.write_text(f'#!/bin/sh\nOPAL_PREFIX={root}/usr exec {root}/usr/bin/mpiexec.{name} "$@"\n')
    launcher.chmod(0o755)
    return folder


@pytest.mark.parametrize(("name", "abi", "standard"), [("openmpi", "openmpi", "3.1"), ("mpich", "mpich_debian", "4.0")])
def test_the_mpi_of_debian(name: str, abi: str, standard: str, tmp_path: Path) -> None:
    answer = ask_with(unpacked(name, tmp_path))
    assert answer.values is not None, answer.failure
    assert answer.values["implementation"] == [name]
    assert abi in answer.values["abi"]
    assert answer.values["standard"][0] == standard


@pytest.mark.parametrize("launcher", ["openmpi", "mpich"])
def test_both_mpis_of_debian_and_one_launcher(launcher: str, tmp_path: Path) -> None:
    """As ``update-alternatives --set mpirun`` switches between them."""
    for name in ("openmpi", "mpich"):
        unpacked(name, tmp_path)
    (tmp_path / "bin" / "mpiexec").symlink_to(tmp_path / "bin" / f"mpiexec.{launcher}")
    answer = ask_with(tmp_path)
    assert answer.values is not None, answer.failure
    assert answer.values["implementation"] == [launcher]
