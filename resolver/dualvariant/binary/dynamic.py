"""What the loader reads of an ELF file: the libraries that it needs, its own name, the functions that others can call.

Sources: ELF specification, chapter 5 (dynamic section, program interpreter) and chapter 4 (symbol table).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Dynamic", "read_dynamic"]

_LOAD, _DYNAMIC, _INTERPRETER = 1, 2, 3
_NEEDED, _STRTAB, _SONAME = 1, 5, 14
_DYNSYM = 11
_PROGRAM = 2  # ET_EXEC
_FUNCTION, _INDIRECT = 2, 10
_LOCAL = 0  # STB_LOCAL
_VISIBLE = (0, 3)  # STV_DEFAULT, STV_PROTECTED


class Dynamic(NamedTuple):
    """One ELF file, as a loader sees it.

    Args:
        machine: ``e_machine``.
        program: whether it is started, not opened by another.
        needed: the libraries that are opened with it.
        soname: the name by which other libraries ask for it; None if it has none.
        exported: the functions that others can find by name.
    """

    machine: int
    program: bool
    needed: tuple[str, ...]
    soname: str | None
    exported: frozenset[str]


def read_dynamic(content: bytes) -> Dynamic | None:
    """Read an ELF file; None for anything that is not a whole 64-bit little-endian one."""
    if content[:6] != b"\x7fELF\x02\x01":
        return None
    try:
        return _read(content)
    except (struct.error, ValueError, IndexError, OverflowError):
        return None


def _read(content: bytes) -> Dynamic:
    kind, machine = struct.unpack_from("<HH", content, 16)
    (offset,) = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    headers = [struct.unpack_from("<IIQQQQ", content, offset + number * size) for number in range(count)]
    entries: list[tuple[int, int]] = []
    for header in headers:
        if header[0] == _DYNAMIC:
            at, length = header[2], header[5]
            entries = list(struct.iter_unpack("<QQ", content[at : at + length - length % 16]))
            break
    strings = next((value for tag, value in entries if tag == _STRTAB), 0)
    loads = [(at, address, length) for kind_, _, at, address, _, length in headers if kind_ == _LOAD]
    start = next((at + strings - address for at, address, length in loads if 0 <= strings - address < length), 0)
    names = [(tag, _text(content, start + value)) for tag, value in entries if tag in (_NEEDED, _SONAME)]
    program = kind == _PROGRAM or any(header[0] == _INTERPRETER for header in headers)
    return Dynamic(
        machine,
        program,
        tuple(name for tag, name in names if tag == _NEEDED),
        next((name for tag, name in names if tag == _SONAME), None),
        frozenset(_exports(content)),
    )


def _exports(content: bytes) -> Iterator[str]:
    (offset,) = struct.unpack_from("<Q", content, 40)
    size, count = struct.unpack_from("<HH", content, 58)
    if not offset or size != 64:
        return
    sections = [struct.unpack_from("<IIQQQQIIQQ", content, offset + number * size) for number in range(count)]
    for _, kind, _, _, at, length, link, _, _, entry in sections:
        if kind != _DYNSYM or entry != 24:
            continue
        strings = sections[link][4]
        for name, info, other, section, _, _ in struct.iter_unpack("<IBBHQQ", content[at : at + length - length % 24]):
            if section and info >> 4 != _LOCAL and info & 15 in (_FUNCTION, _INDIRECT) and other & 3 in _VISIBLE:
                yield _text(content, strings + name)


def _text(content: bytes, at: int) -> str:
    return content[at : content.index(b"\0", at)].decode("utf-8", "replace")
