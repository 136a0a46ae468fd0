"""Files that somebody else has put in their place, and those that the user names."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from dualvariant.core import files
from dualvariant.core.files import open_regular, read_named, read_regular, sha256_of, write_atomically
from processes import PATIENCE

LIMIT = 1 << 20


def make_pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def make_socket(path: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
    return path


def make_folder(path: Path) -> Path:
    path.mkdir()
    return path


def make_link(path: Path) -> Path:
    path.symlink_to("/dev/zero")
    return path


IRREGULAR: list[Callable[[Path], Path]] = [
    make_pipe,
    make_socket,
    make_folder,
    make_link,
    lambda path: Path("/dev/zero"),
    lambda path: Path("/dev/null"),
    lambda path: path / "none",
    lambda path: path.with_name("x\0y"),
    lambda path: path.with_name("x\ud800y"),
    lambda path: path.with_name("x" * 5000),
]


@pytest.fixture(autouse=True)
def short_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The address of a socket has 108 characters at most."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("make", IRREGULAR)
def test_only_regular_files_are_opened(make: Callable[[Path], Path]) -> None:
    path = make(Path("x"))
    for read in (open_regular, sha256_of, lambda path: read_regular(path, LIMIT)):
        with pytest.raises(OSError) as caught:
            read(path)
        assert caught.value.strerror


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    Path("file").write_bytes(b"content")
    Path("link").symlink_to("file")
    assert read_regular(Path("link"), 7) == b"content" == read_named(Path("link"), 7)


@pytest.mark.parametrize("read", [read_regular, read_named])
def test_a_file_has_a_limit(read: Callable[[Path, int], bytes]) -> None:
    with Path("sparse").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(OSError) as caught:
        read(Path("sparse"), LIMIT)
    assert caught.value.errno == errno.EFBIG


def test_the_user_may_name_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """``-r <(command)``, as with pip; the writer may open it later."""
    monkeypatch.setattr(files, "PIPE_TIMEOUT", PATIENCE)
    path = make_pipe(Path("pipe"))

    def write() -> None:
        with path.open("wb") as file:
            file.write(b"x" * 200_000)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    assert read_named(path, LIMIT) == b"x" * 200_000
    writer.join(PATIENCE)


def test_the_user_may_name_the_null_device() -> None:
    assert read_named(Path("/dev/null"), LIMIT) == b""


def test_a_pipe_that_nobody_writes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PIPE_TIMEOUT", 0.1)
    with pytest.raises(OSError) as caught:
        read_named(make_pipe(Path("pipe")), LIMIT)
    assert caught.value.errno == errno.ETIMEDOUT


@pytest.mark.parametrize("make", [make_folder, make_socket, lambda path: Path("/dev/zero")])
def test_what_the_user_may_not_name(make: Callable[[Path], Path]) -> None:
    with pytest.raises(OSError):
        read_named(make(Path("x")), LIMIT)


def test_a_pipe_in_the_place_of_a_file_is_replaced() -> None:
    path = make_pipe(Path("pipe"))
    assert write_atomically(path, b"content")
    assert path.read_bytes() == b"content"
