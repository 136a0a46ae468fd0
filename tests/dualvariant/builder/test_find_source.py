"""Sources that cannot be read end as one error, whatever is wrong with them."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from dualvariant.builder.run.source import BrokenSdistError, find_source, unpack_sdist
from dualvariant.core.errors import UnreadableFileError, UsageError
from dualvariant.core.toml import LARGEST, InvalidTomlError


def fetch(requirement: str) -> Path:
    raise AssertionError(f"an index is asked for {requirement}")


def write_tar(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


@pytest.mark.parametrize("as_sdist", [False, True])
def test_a_pyproject_that_is_not_utf_8(as_sdist: bool, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes("[tool]".encode("utf-16"))
    content = (tmp_path / "pyproject.toml").read_bytes()
    source = write_tar(tmp_path / "demo-1.0.tar.gz", {"demo-1.0/pyproject.toml": content}) if as_sdist else tmp_path
    with pytest.raises(InvalidTomlError, match="is not UTF-8"):
        find_source(str(source), fetch)


def test_a_pyproject_of_a_folder_that_is_too_large(tmp_path: Path) -> None:
    with (tmp_path / "pyproject.toml").open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(UnreadableFileError, match="larger than 16 MiB"):
        find_source(str(tmp_path), fetch)


@pytest.mark.parametrize(
    ("offset_in_entry", "offset_in_file", "value"),
    [pytest.param(8, 6, 1, id="encrypted"), pytest.param(10, 8, 99, id="unknown method")],
)
def test_an_archive_that_python_cannot_unpack(
    offset_in_entry: int, offset_in_file: int, value: int, tmp_path: Path
) -> None:
    path = tmp_path / "demo-1.0.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("demo-1.0/pyproject.toml", "[tool]")
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + offset_in_entry] = content[offset_in_file] = value
    path.write_bytes(content)
    with pytest.raises(BrokenSdistError):
        find_source(str(path), fetch)


def test_a_pyproject_that_would_fill_the_memory(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "demo-1.0.tar.gz", {"demo-1.0/pyproject.toml": b" " * (LARGEST + 1)})
    with pytest.raises(BrokenSdistError, match="larger than 16 MiB"):
        find_source(str(path), fetch)


def test_an_archive_that_breaks_off_or_writes_elsewhere_is_not_unpacked(tmp_path: Path) -> None:
    whole = write_tar(tmp_path / "demo-1.0.tar.gz", {"demo-1.0/a.py": bytes(range(256)) * 999})
    half = tmp_path / "half-1.0.tar.gz"
    half.write_bytes(whole.read_bytes()[:-200])
    with pytest.raises(BrokenSdistError):
        unpack_sdist(half, tmp_path / "half")
    elsewhere = write_tar(tmp_path / "elsewhere-1.0.tar.gz", {"demo-1.0/a.py": b"", "../../evil.py": b""})
    if hasattr(tarfile, "data_filter"):
        with pytest.raises(BrokenSdistError, match="outside"):
            unpack_sdist(elsewhere, tmp_path / "elsewhere")


def test_a_wheel_that_is_not_there_is_no_requirement() -> None:
    with pytest.raises(UsageError, match="no such file"):
        find_source("demo-1.0-py3-none-any.whl", fetch)


def test_an_empty_name_is_not_the_working_directory() -> None:
    with pytest.raises(UsageError, match="empty"):
        find_source("", fetch)
