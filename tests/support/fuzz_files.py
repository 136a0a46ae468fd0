"""Targets of the fuzzer that are binary files: ELF files, wheels and sdists."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from packaging.utils import InvalidSdistFilename

from dualvariant.audit.module import read_module
from dualvariant.audit.wheel import audit_wheel
from dualvariant.binary.elf import parse_elf, read_elf
from dualvariant.core.errors import DualvariantError
from dualvariant.static_index.entry import read_entry
from elf_files import make_library
from fuzz_case import Case
from fuzz_documents import LEVEL, METADATA, NAMES, VARIANT_LINES
from mutations import Mutator
from variantlib.dialects import hashes
from variantlib.errors import VariantError
from variantlib.wheel_archive import WheelArchive
from variantlib.wheel_name import Dialect, parse_wheel_name

__all__ = ["WHEEL_REFUSALS", "elf", "sdist", "wheel"]

#: What a reader of a wheel may raise.
WHEEL_REFUSALS: tuple[type[Exception], ...] = (DualvariantError, VariantError, InvalidSdistFilename, OSError)


@cache
def _libraries() -> list[bytes]:
    return [make_library(code) for code in (b"\xc5\xfc\x58\xc1\xc3", b"\x0f\xa2\xc3" * 100)]


def elf(mutator: Mutator, folder: Path) -> Case:
    content = mutator.elf(mutator.random.choice(_libraries()))

    def read() -> None:
        parse_elf(content)
        read_elf(content)
        read_module("a.so", "ELF", content, frozenset()).to_dict()

    return content, read


_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


@cache
def _wheel(method: int, lines: str) -> bytes:
    files = {
        "demo/__init__.py": b"x = 1\n",
        "demo/_c.so": _libraries()[0],
        "demo-1.0.dist-info/METADATA": f"{METADATA}{lines}\n".encode(),
        "demo-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode()},{len(content)}\n"
        for path, content in files.items()
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for path, content in {**files, "demo-1.0.dist-info/RECORD": record.encode()}.items():
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), content, method)
    return out.getvalue()


def wheel(mutator: Mutator, folder: Path) -> Case:
    lines = mutator.random.choice(["", VARIANT_LINES])
    content = mutator.zip(_wheel(mutator.random.choice(_METHODS), lines))
    path = folder / NAMES[1 if lines else 0]
    name = parse_wheel_name(path.name)

    def read() -> None:
        path.write_bytes(content)
        try:
            for work in (hashes.read_wheel, audit_wheel, read_entry, _tag):
                with suppress(*WHEEL_REFUSALS):
                    work(path)
        finally:
            path.unlink()

    def _tag(path: Path) -> None:
        if name.dialect is Dialect.STANDARD:
            with WheelArchive(path, name) as archive:
                hashes.write_wheel(archive, LEVEL, io.BytesIO())

    return content, read


@cache
def _sdist(kind: str) -> bytes:
    out, info = io.BytesIO(), METADATA.encode()
    if kind == ".zip":
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("demo-1.0/PKG-INFO", info)
    else:
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for path in ("demo-1.0/PKG-INFO", "demo-1.0/" + "é" * 120):
                member = tarfile.TarInfo(path)
                member.size = len(info)
                tar.addfile(member, io.BytesIO(info))
    return out.getvalue()


def sdist(mutator: Mutator, folder: Path) -> Case:
    kind = mutator.random.choice([".zip", ".tar.gz"])
    content = _sdist(kind)
    if kind == ".zip":
        content = mutator.zip(content)
    elif mutator.random.random() < 0.7:
        content = gzip.compress(mutator.data(content), 1, mtime=0)
    else:
        content = mutator.data(gzip.compress(content, 1, mtime=0))
    path = folder / f"demo-1.0{kind}"

    def read() -> None:
        path.write_bytes(content)
        read_entry(path)

    return content, read
