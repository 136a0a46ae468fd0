"""Wheels on this machine that one installer takes and another one refuses."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import samples
from dualvariant.repository.whole_wheel import check_content
from variantlib.errors import WheelFileError
from variantlib.wheel_name import parse_wheel_name

INFO = "demo-1.0.dist-info"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return samples.make_wheel(tmp_path, "demo", "1.0", properties=["x86_64 :: level :: v3"])


def check(wheel: Path) -> None:
    check_content(wheel, parse_wheel_name(wheel.name), {})


def add_scripts(wheel: Path, content: bytes) -> None:
    add(wheel, f"{INFO}/entry_points.txt", content)


def change(wheel: Path, **contents: bytes) -> None:
    """Write the files of the wheel's ``.dist-info`` again, some of them with other bytes."""
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files.update({f"{INFO}/{name}": content for name, content in contents.items()})
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def add(wheel: Path, path: str, content: bytes = b"") -> None:
    with pytest.warns(UserWarning) if path == "demo.py" else io.BytesIO(), zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr(path, content)


class Pipe(io.BytesIO):
    """zipfile cannot go back in it, and so writes an entry's sizes behind the entry."""

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0) -> int:
        raise OSError

    def tell(self) -> int:
        raise OSError


def write_sizes_behind_entries(wheel: Path) -> None:
    pipe = Pipe()
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    wheel.write_bytes(pipe.getvalue())


def write_large_sizes(wheel: Path) -> None:
    with zipfile.ZipFile(wheel, "a") as archive, archive.open("large.py", "w", force_zip64=True) as file:
        file.write(b"pass")


def write_comment(wheel: Path) -> None:
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.comment = b"made by hand"


@pytest.mark.parametrize(
    "make",
    [
        lambda wheel: None,
        write_sizes_behind_entries,
        write_large_sizes,
        write_comment,
        lambda wheel: add(wheel, "package/"),
        lambda wheel: add(wheel, "grüße.py"),
        lambda wheel: change(wheel, RECORD=b""),
        lambda wheel: add_scripts(wheel, b"[console_scripts]\nDemo=demo:f [x]\n[other.group]\na/b = c:d\n"),
    ],
)
def test_a_sound_wheel(make: Callable[[Path], None], wheel: Path) -> None:
    make(wheel)
    check(wheel)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda wheel: wheel.write_bytes(b"#!/bin/sh\n" + wheel.read_bytes()), "belong to no entry"),
        (lambda wheel: wheel.write_bytes(wheel.read_bytes() + b"\0" * 9), "where its end says"),
        (lambda wheel: wheel.write_bytes(wheel.read_bytes() * 2), "belong to no entry"),
        (lambda wheel: add(wheel, "demo.py"), "'demo.py' more than once"),
        (lambda wheel: add(wheel, "demo.py/module.py"), "as a file and as a folder"),
        (lambda wheel: add(wheel, "package/" + "n" * 256), "longer name"),
        (lambda wheel: change(wheel, RECORD=b"\xff,,\n"), "UTF-8"),
        (lambda wheel: change(wheel, RECORD=b"demo.py,\n"), "three fields"),
        (lambda wheel: change(wheel, RECORD=b'"demo".py,,\n'), "no table"),
        (lambda wheel: add_scripts(wheel, b"[console_scripts\n"), "cannot be read"),
        (lambda wheel: add_scripts(wheel, b"[console_scripts]\nx = demo:\xff\n"), "cannot be read"),
        (lambda wheel: add_scripts(wheel, b"[gui_scripts]\n../x = demo:f\n"), r"'\.\./x' is outside"),
    ],
)
def test_a_wheel_that_an_installer_refuses(make: Callable[[Path], None], why: str, wheel: Path) -> None:
    make(wheel)
    with pytest.raises(WheelFileError, match=why):
        check(wheel)


@pytest.mark.parametrize("field", [6, 8, 14, 18, 22, 30], ids=["flags", "method", "checksum", "packed", "size", "path"])
def test_two_descriptions_of_one_entry(field: int, wheel: Path) -> None:
    """The number is that of a byte in the first local header (APPNOTE.TXT 4.3.7)."""
    content = bytearray(wheel.read_bytes())
    content[field] ^= 1
    wheel.write_bytes(content)
    with pytest.raises(WheelFileError, match=r"'demo\.py' is damaged, or its two descriptions differ"):
        check(wheel)
