"""Zip archives of strangers: each fault is one error, and none takes more memory or time than its size says."""

from __future__ import annotations

import bz2
import io
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from variantlib.dialects import hashes
from variantlib.errors import WheelFileError
from variantlib.wheel_archive import LARGEST_METADATA, WheelArchive, parse_headers
from variantlib.wheel_name import parse_wheel_name
from variantlib.zip_reader import LARGEST_DIRECTORY, BrokenZipError, ZipReader

NAME = parse_wheel_name("demo-1.0-py3-none-any.whl")
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
METADATA = "demo-1.0.dist-info/METADATA"
#: More than any limit of a file that is read, and quick to write.
BOMB = bytes(LARGEST_METADATA + 1)


def archive(method: int = zipfile.ZIP_DEFLATED, *, metadata: bytes = b"Name: demo\n", **entries: bytes) -> bytes:
    """A zip archive with METADATA and these entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for path, content in {METADATA: metadata, **entries}.items():
            file.writestr(path, content)
    return out.getvalue()


def read(content: bytes) -> None:
    with WheelArchive(io.BytesIO(content), NAME) as wheel:
        wheel.read_metadata()
        assert wheel.find_damaged_entry() is None, "damaged"


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_read(method: int) -> None:
    content = os.urandom(200_000) + bytes(200_000)
    reader = ZipReader(io.BytesIO(archive(method, x=content)))
    (entry,) = (entry for entry in reader.infolist() if entry.filename == "x")
    assert b"".join(reader.unpack(entry)) == content
    reader.close()


@pytest.mark.parametrize("method", METHODS)
def test_every_damaged_byte_is_one_kind_of_error(method: int) -> None:
    """Each byte of an archive is changed in turn; so are the numbers that begin there."""
    whole = archive(method, x=b"content " * 20)
    for at in range(len(whole)):
        for change in (b"\xff", b"\0", b"\xff\xff\xff\xff"):
            damaged = whole[:at] + change + whole[at + len(change) :]
            with suppress(WheelFileError, AssertionError):
                read(damaged)


@pytest.mark.parametrize("method", METHODS)
def test_metadata_has_a_limit(method: int) -> None:
    with pytest.raises(WheelFileError):
        read(archive(method, metadata=BOMB))


def test_an_archive_with_a_false_size_unpacks_in_small_pieces() -> None:
    """bzip2 makes 900 kB of some bytes; zipfile would unpack all of them at once, whatever is asked for."""
    bomb = bz2.compress(bytes(300 << 20))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as file:
        file.writestr("x", bomb)
    content = bytearray(out.getvalue())
    for at, offset in ((content.find(b"PK\3\4"), 8), (content.find(b"PK\1\2"), 10)):
        struct.pack_into("<H", content, at + offset, zipfile.ZIP_BZIP2)
    size = content.find(b"PK\1\2") + 24
    struct.pack_into("<I", content, size, 300 << 20)
    script = (
        "import io, re, sys\n"
        "from variantlib.zip_reader import ZipReader\n"
        "reader = ZipReader(io.BytesIO(sys.stdin.buffer.read()))\n"
        "next(reader.unpack(reader.infolist()[0]))\n"
        # ru_maxrss would count what the process that started this one had.
        "print(int(re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1]) >> 10)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], input=bytes(content), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    assert int(done.stdout) < 250


def test_a_directory_has_a_limit() -> None:
    content = bytearray(archive())
    end = content.rfind(b"PK\5\6")
    struct.pack_into("<I", content, end + 12, LARGEST_DIRECTORY + 1)
    padded = bytes(LARGEST_DIRECTORY + 1) + content
    with pytest.raises(BrokenZipError):
        ZipReader(io.BytesIO(padded))


def test_an_entry_without_a_path_is_refused() -> None:
    with pytest.raises(WheelFileError):
        read(archive(Q=b"").replace(b"Q", b"\0"))  # zipfile ends a path at a zero byte


def test_what_reading_the_file_raises_is_not_the_archives_fault() -> None:
    class Lost(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise LookupError("the server")

    with pytest.raises(LookupError):
        WheelArchive(Lost(archive()), NAME)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_only_a_regular_file_is_a_wheel(make: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / NAME.filename
    make(path)
    with pytest.raises(WheelFileError):
        WheelArchive(path)


def test_headers_end_at_the_blank_line_and_at_the_limit() -> None:
    assert hashes.parse_headers("Variant: a\n\nVariant: b\n").properties == ("a",)
    assert hashes.parse_headers("Variant: a\r\n\r\nVariant: b\r\n").properties == ("a",)
    assert parse_headers("A: x\n" * 2_000_000 + "B: y\n")["B"] is None
