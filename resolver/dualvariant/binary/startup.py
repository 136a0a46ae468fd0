"""What runs when a library is loaded and imported, as its ELF file says.

The loader calls the functions of ``.init_array``. Python calls ``PyInit_NAME``, and after it the functions of the slots
``Py_mod_exec`` in the module's definition (PEP 489), to which ``PyInit_NAME`` refers.

Sources: System V ABI, chapter 5 ("Initialization and Termination Functions"); x86-64 and AArch64 psABI for relocations;
Linux Standard Base, ``.eh_frame_hdr``; CPython, ``Include/moduleobject.h``.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from mmap import mmap
from typing import NamedTuple

from attrs import field, frozen

__all__ = ["Startup", "read_inits", "read_startup"]

#: A file in memory, or mapped into it.
Content = bytes | mmap

_LOAD, _DYNAMIC = 1, 2
_WRITE = 2
_GNU_EH_FRAME = 0x6474E550
_STRTAB, _SYMTAB, _RELA, _RELASZ, _JMPREL, _PLTRELSZ, _INIT_ARRAY, _INIT_ARRAYSZ, _INIT = 5, 6, 7, 8, 23, 2, 25, 27, 12
_STRSZ = 10
#: R_X86_64_RELATIVE and IRELATIVE, R_AARCH64_RELATIVE.
_RELATIVE = (8, 37, 1027)
_M_SLOTS, _SLOT, _EXEC = 72, 16, 2  # offset of PyModuleDef.m_slots, size of a PyModuleDef_Slot, Py_mod_exec
_MOST_SLOTS = 64
#: A table of functions as binutils writes it: pointers of 4 bytes, relative to the table.
_TABLE = b"\x01\x1b\x03\x3b"


@frozen
class Startup:
    """The loader's view of a library.

    Args:
        constructors: the functions that the loader calls.
        inits: the addresses of ``PyInit_NAME`` by name.
        pointers: what the loader writes into the library's own data: an address at an address.
        imports: the names of the symbols whose addresses the loader writes, by where it writes them.
        functions: where functions begin, in ascending order, by the unwind tables.
        segments: address, length and place in the file of what is loaded.
        writable: address and end of the data that a program may change.
        content: the file.
    """

    constructors: tuple[int, ...]
    inits: Mapping[str, int] = field(hash=False)
    pointers: Mapping[int, int] = field(hash=False, repr=False)
    imports: Mapping[int, str] = field(hash=False, repr=False)
    functions: Sequence[int] = field(hash=False, repr=False)
    segments: tuple[tuple[int, int, int], ...]
    writable: tuple[tuple[int, int], ...]
    content: bytes = field(repr=False, hash=False)

    def is_variable(self, address: int) -> bool:
        """Whether an address is that of data which the program may change, and not of a place for an import."""
        return address not in self.imports and any(start <= address < end for start, end in self.writable)

    def find_exec_slots(self, definition: int) -> Iterator[int]:
        """The functions in the slots ``Py_mod_exec`` of what may be a module's definition.

        Args:
            definition: the address of a ``PyModuleDef``.
        """
        slots = self.pointers.get(definition + _M_SLOTS)
        if slots is None:
            return
        for number in range(_MOST_SLOTS):
            at = slots + number * _SLOT
            raw = self._read(at, 4)
            if raw is None or raw == bytes(4):
                return
            function = self.pointers.get(at + 8)
            if int.from_bytes(raw, "little") == _EXEC and function is not None:
                yield function

    def find_function(self, address: int) -> tuple[int, int] | None:
        """The beginning of the function that holds an address, and that of the next; None if it is not known."""
        at = bisect_right(self.functions, address)
        return (self.functions[at - 1], self.functions[at]) if 0 < at < len(self.functions) else None

    def _read(self, address: int, size: int) -> bytes | None:
        return _read(self.content, self.segments, address, size)


def read_startup(content: bytes) -> Startup | None:
    """Read what runs at startup; None for a file that has no dynamic section, or a broken one."""
    try:
        return _parse(content)
    except (struct.error, ValueError, OverflowError, IndexError):
        return None


def read_inits(content: Content) -> Mapping[str, int] | None:
    """The addresses of ``PyInit_NAME`` by name, as :attr:`Startup.inits`, at a small part of its cost.

    Returns:
        None for a file that has no dynamic section, or a broken one.
    """
    try:
        dynamic = _read_dynamic(content)
        return None if dynamic is None else dynamic.names.find_inits()
    except (struct.error, ValueError, OverflowError, IndexError):
        return None


class _Dynamic(NamedTuple):
    """The headers of a library, its segments, the tags of its dynamic section and its dynamic symbols."""

    headers: Sequence[tuple[int, ...]]
    segments: tuple[tuple[int, int, int], ...]
    tags: Mapping[int, int]
    names: _Names


def _read_dynamic(content: Content) -> _Dynamic | None:
    (offset,) = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    headers = [struct.unpack_from("<IIQQQQQ", content, offset + number * size) for number in range(count)]
    segments = tuple((address, length, at) for kind, _, at, address, _, length, _ in headers if kind == _LOAD)
    tags: dict[int, int] = {}
    for kind, _, at, _, _, length, _ in headers:
        if kind == _DYNAMIC:
            tags = dict(struct.iter_unpack("<QQ", content[at : at + length - length % 16]))
    if _SYMTAB not in tags or _STRTAB not in tags:
        return None
    return _Dynamic(headers, segments, tags, _Names(content, segments, tags))


def _parse(content: bytes) -> Startup | None:
    dynamic = _read_dynamic(content)
    if dynamic is None:
        return None
    headers, segments, tags, names = dynamic.headers, dynamic.segments, dynamic.tags, dynamic.names
    writable = tuple(
        (address, address + room) for kind, flags, _, address, _, _, room in headers if _is_data(kind, flags)
    )
    pointers, imports = _relocations(content, segments, tags, names)
    first, length = tags.get(_INIT_ARRAY, 0), min(tags.get(_INIT_ARRAYSZ, 0), len(content))
    constructors = [pointers[at] for at in range(first, first + length, 8) if at in pointers]
    if tags.get(_INIT):
        constructors.insert(0, tags[_INIT])
    functions = next((_functions(content, h[2], h[3]) for h in headers if h[0] == _GNU_EH_FRAME), [])
    return Startup(tuple(constructors), names.find_inits(), pointers, imports, functions, segments, writable, content)


def _relocations(
    content: bytes, segments: tuple[tuple[int, int, int], ...], tags: Mapping[int, int], names: _Names
) -> tuple[dict[int, int], dict[int, str]]:
    """What the loader writes into the library: its own addresses, and those of other libraries' symbols by name."""
    pointers: dict[int, int] = {}
    imports: dict[int, str] = {}
    for table, length in ((tags.get(_RELA), tags.get(_RELASZ, 0)), (tags.get(_JMPREL), tags.get(_PLTRELSZ, 0))):
        for where, info, addend in struct.iter_unpack("<QQq", _table(content, segments, table, length)):
            symbol, kind = info >> 32, info & 0xFFFFFFFF
            if kind in _RELATIVE:
                pointers[where] = addend
            elif symbol:
                name, value = names.read(symbol)
                if value:
                    pointers[where] = value + addend
                elif name:
                    imports[where] = name
    return pointers, imports


def _is_data(kind: int, flags: int) -> bool:
    return kind == _LOAD and bool(flags & _WRITE)


class _Names:
    """The dynamic symbols."""

    def __init__(self, content: Content, segments: tuple[tuple[int, int, int], ...], tags: Mapping[int, int]) -> None:
        self.content = content
        self.strings = _place(segments, tags[_STRTAB])
        self.end = self.strings + tags[_STRSZ] if _STRSZ in tags else len(content)
        self.table = _place(segments, tags[_SYMTAB])

    def read(self, number: int) -> tuple[str, int]:
        """Name and value of a symbol; 0 is the value of one that other libraries have."""
        at = self.table + number * 24
        name, _, _, section, value = struct.unpack_from("<IBBHQ", self.content, at)
        return self._text(name), value if section else 0

    def _text(self, at: int) -> str:
        start = self.strings + at
        end = self.content.find(b"\0", start, start + 4096)
        return self.content[start : max(end, start)].decode("utf-8", "replace")

    def find_inits(self) -> dict[str, int]:
        """The functions ``PyInit_NAME``. The table's length is nowhere; linkers put the strings behind it.

        The names are looked for first and then the symbols that have them: a tool that moves the strings leaves a gap
        that looks like a hundred thousand symbols.
        """
        found = {}
        for place in sorted({*self._find_strings(b"PyInit_"), *self._find_strings(b"PyModExport_")}):
            for number in self._find_symbols(place - self.strings):
                name, value = self.read(number)
                if value:
                    found[name] = value
        return found

    def _find_strings(self, beginning: bytes) -> Iterator[int]:
        at = self.content.find(beginning, self.strings, self.end)
        while at >= 0:
            yield at
            at = self.content.find(beginning, at + 1, self.end)

    def _find_symbols(self, name: int) -> Iterator[int]:
        """The numbers of the symbols whose name is at a place among the strings."""
        pattern, end = struct.pack("<I", name), max(self.strings, self.table)
        at = self.content.find(pattern, self.table, end)
        while at >= 0:
            number, rest = divmod(at - self.table, 24)
            if not rest and at + 24 <= end:
                yield number
            at = self.content.find(pattern, at + 1, end)


def _place(segments: tuple[tuple[int, int, int], ...], address: int) -> int:
    for start, length, at in segments:
        if start <= address < start + length:
            return at + address - start
    raise ValueError(f"nothing is loaded to {address:#x}")


def _read(content: bytes, segments: tuple[tuple[int, int, int], ...], address: int, size: int) -> bytes | None:
    try:
        at = _place(segments, address)
    except ValueError:
        return None
    raw = content[at : at + size]
    return raw if len(raw) == size else None


def _table(content: bytes, segments: tuple[tuple[int, int, int], ...], address: int | None, length: int) -> bytes:
    if address is None:
        return b""
    at = _place(segments, address)
    raw = content[at : at + length]
    return raw[: len(raw) - len(raw) % 24]


def _functions(content: bytes, at: int, address: int) -> list[int]:
    """The beginnings of functions, by the sorted table of ``.eh_frame_hdr``."""
    if content[at : at + 4] != _TABLE:
        return []
    (count,) = struct.unpack_from("<I", content, at + 8)
    table = content[at + 12 : at + 12 + 8 * count]
    return sorted(address + start for start, _ in struct.iter_unpack("<ii", table[: len(table) - len(table) % 8]))
