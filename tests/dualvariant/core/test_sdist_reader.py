"""One file at the root of an sdist, of each kind of archive that tools make."""

from __future__ import annotations

import io
import os
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest

from dualvariant.core.sdist_reader import SDIST_SUFFIXES, read_root_file

MODES: Mapping[str, Literal["w:gz", "w:bz2", "w:xz", "w"]] = {
    ".tar.gz": "w:gz",
    ".tgz": "w:gz",
    ".tar.bz2": "w:bz2",
    ".tar.xz": "w:xz",
    ".tar": "w",
}


def make_archive(path: Path, entries: list[tuple[str, bytes]]) -> Path:
    if path.name.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in entries:
                archive.writestr(name, content)
        return path
    (mode,) = {mode for suffix, mode in MODES.items() if path.name.endswith(suffix)}
    with tarfile.open(path, mode) as tar:
        for name, content in entries:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def read(path: Path) -> bytes:
    with path.open("rb") as file:
        return read_root_file(file, path.name, "PKG-INFO")


@pytest.fixture(params=SDIST_SUFFIXES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / f"demo-1.0{request.param}"


@pytest.mark.parametrize("root", ["demo-1.0", "./demo-1.0"])
def test_the_file_in_the_one_folder_is_read(root: str, path: Path) -> None:
    entries = [(f"{root}/PKG-INFO", b"right"), (f"{root}/src/PKG-INFO", b"deeper"), ("PKG-INFO", b"higher")]
    assert read(make_archive(path, entries)) == b"right"


def test_without_the_file_it_is_empty(path: Path) -> None:
    assert read(make_archive(path, [("demo-1.0/setup.py", b"")])) == b""


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_several_the_last_one_counts(path: Path) -> None:
    """It is the one that remains where the archive is unpacked."""
    entries = [("demo-1.0/PKG-INFO", b"first"), ("demo-1.0/a.py", b""), ("demo-1.0/PKG-INFO", b"last")]
    assert read(make_archive(path, entries)) == b"last"


@pytest.mark.parametrize("kept", [0, 30, 4096, 60_000])
def test_one_that_breaks_off_anywhere_is_an_error(kept: int, path: Path) -> None:
    """Also behind the file."""
    make_archive(path, [("demo-1.0/PKG-INFO", b"right"), ("demo-1.0/data", os.urandom(100_000))])
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(OSError, match=r"."):
        read(path)


def test_a_file_that_would_fill_the_memory(path: Path) -> None:
    make_archive(path, [("demo-1.0/PKG-INFO", b" " * ((16 << 20) + 1))])
    with pytest.raises(OSError, match="larger than 16 MiB"):
        read(path)


@pytest.mark.parametrize(("suffix", "library"), [(".tar.bz2", "bz2"), (".tar.xz", "lzma")])
def test_a_python_without_the_library(
    suffix: str, library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_archive(tmp_path / f"demo-1.0{suffix}", [("demo-1.0/PKG-INFO", b"right")])
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(OSError, match=f"this Python cannot unpack it: .*{library}"):
        read(path)
