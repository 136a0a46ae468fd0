"""ELF files: the machine that they are for, the loader's search paths, code, symbols and notes.

Sources: the ELF specification (System V ABI, chapters 4 and 5) for the 64-bit little-endian files that both Linux
targets have; the x86-64 psABI for the property "x86 ISA needed" and for indirect functions.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from attrs import field, frozen

__all__ = [
    "GUESTS",
    "ISA_LEVELS",
    "MACHINES",
    "Code",
    "Elf",
    "ElfFile",
    "Function",
    "parse_elf",
    "read_elf",
    "read_mapped_segments",
]

#: ``e_machine`` by the architecture's name in a wheel tag.
MACHINES = {"x86_64": 62, "aarch64": 183}

#: ``e_machine`` of programs that a driver or the kernel runs on something beside the CPU: wheels for any machine may
#: carry them as data.
GUESTS = {190: "NVIDIA's GPUs", 205: "Intel's GPUs", 224: "AMD's GPUs", 247: "the kernel's BPF"}

#: The bits of GNU_PROPERTY_X86_ISA_1_NEEDED by level.
ISA_LEVELS = {"v1": 1, "v2": 2, "v3": 4, "v4": 8}

_LOAD, _DYNAMIC, _NOTE, _GNU_PROPERTY = 1, 2, 4, 0x6474E553  # program header types
_STRTAB, _RPATH, _RUNPATH = 5, 15, 29  # tags of the dynamic section
_PROGBITS, _SYMTAB, _RELA, _NOBITS, _DYNSYM = 1, 2, 4, 8, 11  # section types
_READ_SECTIONS = (_PROGBITS, _SYMTAB, _RELA, _DYNSYM)
_EXECUTABLE_SECTION, _EXECUTABLE_SEGMENT = 4, 1  # SHF_EXECINSTR, PF_X
_PAGE = 4096
_LONGEST_NAME = 4096  # bytes
#: All names of symbols together, in sizes of the file: names can share their ends, but not by far so many.
_NAMES_SHARE = 8
_DEBUG = (".debug_", ".zdebug_")
_FUNCTION, _INDIRECT = 2, 10  # STT_FUNC, STT_GNU_IFUNC
_IRELATIVE = 37  # R_X86_64_IRELATIVE
_PROPERTY_TYPE, _ISA_NEEDED = 5, 0xC0008002  # NT_GNU_PROPERTY_TYPE_0, GNU_PROPERTY_X86_ISA_1_NEEDED


class Elf(NamedTuple):
    """The header of an ELF file, and the loader's search paths.

    Args:
        machine: ``e_machine``.
        run_paths: the folders that it makes the loader search (RPATH and RUNPATH).
    """

    machine: int
    run_paths: tuple[str, ...]


@frozen
class Code:
    """A stretch of machine code: the section's name, the address of its first byte, its bytes."""

    name: str
    address: int
    content: bytes = field(repr=False)


@frozen(order=True)
class Function:
    """A function's address, size and name, in this order."""

    address: int
    size: int
    name: str


@frozen
class ElfFile:
    """What an audit reads of an ELF file.

    Args:
        machine: ``e_machine``.
        kind: ``e_type``: 1 for an object file, 2 for a program, 3 for a library.
        code: its executable sections, or segments where it has no sections.
        functions: every function that has a name, by address.
        isa_needed: the bits of "x86 ISA needed"; None if it does not say.
        indirect: how many indirect functions it has: implementations that are chosen when it is loaded.
        imports: the names that it takes from other libraries.
        symbols: whether it has symbols or debug information that no loader looks at.
    """

    machine: int
    kind: int
    code: tuple[Code, ...] = field(repr=False)
    functions: tuple[Function, ...] = field(repr=False)
    isa_needed: int | None
    indirect: int
    imports: frozenset[str] = field(repr=False)
    symbols: bool = False


def parse_elf(content: bytes) -> Elf | None:
    """Read an ELF file; None for anything that is not a 64-bit little-endian one, or is cut off."""
    if content[:6] != b"\x7fELF\x02\x01":
        return None
    try:
        return _parse(content)
    except (struct.error, ValueError, OverflowError):
        return None


def _parse(content: bytes) -> Elf:
    (machine,) = struct.unpack_from("<H", content, 18)
    headers = list(_segments(content))
    paths: list[str] = []
    for _, _, at, _, length in (header for header in headers if header[0] == _DYNAMIC):
        entries = [struct.unpack_from("<QQ", content, place) for place in range(at, at + length, 16)]
        strings = next((value for tag, value in entries if tag == _STRTAB), 0)
        start = next(
            (
                place + strings - address
                for kind, _, place, address, n in headers
                if kind == _LOAD and address <= strings < address + n
            ),
            None,
        )
        if start is not None:
            # Of several entries with one tag the loader takes the last one.
            found = {tag: value for tag, value in entries if tag in (_RPATH, _RUNPATH)}
            paths = [path for value in found.values() for path in _text(content, start + value).split(":")]
        break  # a file has one dynamic section
    return Elf(machine, tuple(paths))


def _segments(content: bytes) -> Iterator[tuple[int, int, int, int, int]]:
    """Type, flags, place in the file, address and size of each program header."""
    (offset,) = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    for number in range(count):
        kind, flags, at, address, _, length = struct.unpack_from("<IIQQQQ", content, offset + number * size)
        yield kind, flags, at, address, length


class _Section(NamedTuple):
    name: str
    kind: int
    flags: int
    address: int
    at: int
    size: int
    link: int
    entry: int


def read_elf(content: bytes) -> ElfFile | None:
    """Read code, symbols and notes of an ELF file; None for one that is not 64-bit little-endian, or is broken."""
    if content[:6] != b"\x7fELF\x02\x01":
        return None
    try:
        kind, machine = struct.unpack_from("<HH", content, 16)
        sections = _sections(content)
        _require_disjoint(content, (section.size for section in sections if section.kind in _READ_SECTIONS))
        functions: set[Function] = set()
        imports: set[str] = set()
        indirect = 0
        for section in sections:
            if section.kind in (_SYMTAB, _DYNSYM) and section.link < len(sections):
                strings = sections[section.link]
                for name, symbol, index, address, size in _symbols(content, section, strings):
                    if index == 0:
                        imports.add(name)
                    elif symbol == _INDIRECT:
                        indirect += 1
                    elif symbol == _FUNCTION:
                        functions.add(Function(address, size, name))
            elif section.kind == _RELA and machine == MACHINES["x86_64"] and section.entry == 24:
                places = range(section.at + 8, min(section.at + section.size, len(content) - 16), 24)
                indirect += sum(content[place] == _IRELATIVE for place in places)
        return ElfFile(
            machine,
            kind,
            tuple(_code(content, sections)),
            tuple(sorted(functions)),
            _read_isa_needed(content),
            indirect,
            frozenset(imports),
            any(section.kind == _SYMTAB or section.name.startswith(_DEBUG) for section in sections),
        )
    except (struct.error, ValueError, OverflowError, IndexError):
        return None


def _sections(content: bytes) -> list[_Section]:
    (offset,) = struct.unpack_from("<Q", content, 40)
    size, count, names = struct.unpack_from("<HHH", content, 58)
    if not offset or size != 64:
        return []
    raw = [struct.unpack_from("<IIQQQQIIQQ", content, offset + number * size) for number in range(count)]
    if names >= len(raw):
        return []
    at = raw[names][4]
    return [
        _Section(_text(content, at + name), kind, flags, address, place, length, link, entry)
        for name, kind, flags, address, place, length, link, _, _, entry in raw
    ]


def _text(content: bytes, at: int) -> str:
    """A string that ends with a zero byte; of a longer one than any real name has, its beginning."""
    end = content.find(b"\0", at, at + _LONGEST_NAME)
    if end < 0 and at + _LONGEST_NAME > len(content):
        raise ValueError("a string without an end")
    return content[at : end if end >= 0 else at + _LONGEST_NAME].decode("utf-8", "replace")


def _require_disjoint(content: bytes, lengths: Iterable[int]) -> None:
    """Refuse parts of a file that must overlap: reading each of them could take the square of its size.

    Notes may be in two segments, so twice the file is allowed.

    Raises:
        ValueError: they are larger together.
    """
    if sum(lengths) > 2 * len(content):
        raise ValueError("its parts overlap")


def _symbols(content: bytes, table: _Section, strings: _Section) -> Iterator[tuple[str, int, int, int, int]]:
    """Name, type, section, address and size of each symbol."""
    end = min(table.at + table.size, len(content))
    left = _NAMES_SHARE * len(content)
    for name, info, _, index, address, size in struct.iter_unpack(
        "<IBBHQQ", content[table.at : end - (end - table.at) % 24]
    ):
        if name:
            text = _text(content, strings.at + name)
            left -= len(text)
            if left < 0:
                raise ValueError("its names are longer than the file")
            yield text, info & 15, index, address, size


def read_mapped_segments(content: bytes) -> list[tuple[int, bytes]]:
    """Read what a loader maps into memory: each segment's address and bytes, the file's own headers made zeros.

    Raises:
        ValueError: a segment is outside the file, or where its address does not let it be mapped.
    """
    (headers,) = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    end = headers + size * count
    blank = bytes(64) + content[64:headers] + bytes(end - headers) + content[end:]
    found = []
    for kind, _, at, address, length in _segments(content):
        if kind == _LOAD:
            if at % _PAGE != address % _PAGE or at + length > len(content):
                raise ValueError(f"a segment cannot be mapped to {address:#x}")
            found.append((address, blank[at : at + length]))
    return found


def _code(content: bytes, sections: list[_Section]) -> Iterator[Code]:
    for section in sections:
        if section.flags & _EXECUTABLE_SECTION and section.kind == _PROGBITS and section.size:
            yield Code(section.name, section.address, content[section.at : section.at + section.size])
    if not sections:
        loads = [header for header in _segments(content) if header[0] == _LOAD]
        _require_disjoint(content, (length for _, _, _, _, length in loads))
        for _, flags, at, address, length in loads:
            if flags & _EXECUTABLE_SEGMENT:
                yield Code("(segment)", address, content[at : at + length])


def _read_isa_needed(content: bytes) -> int | None:
    """The bits of "x86 ISA needed", as glibc finds them: in the segments that hold notes."""
    found: int | None = None
    notes = [header for header in _segments(content) if header[0] in (_NOTE, _GNU_PROPERTY)]
    _require_disjoint(content, (length for _, _, _, _, length in notes))
    for _, _, at, _, length in notes:
        for bits in _isa_bits(content[at : at + length]):
            found = (found or 0) | bits
    return found


def _isa_bits(notes: bytes) -> Iterator[int]:
    at = 0
    while at + 12 <= len(notes):
        name_size, size, kind = struct.unpack_from("<III", notes, at)
        start = at + 12 + (name_size + 3) // 4 * 4
        if kind == _PROPERTY_TYPE and notes[at + 12 : at + 16] == b"GNU\0":
            place, end = start, min(start + size, len(notes))
            while place + 8 <= end:
                what, length = struct.unpack_from("<II", notes, place)
                if what == _ISA_NEEDED and length == 4 and place + 12 <= end:
                    yield int.from_bytes(notes[place + 8 : place + 12], "little")
                place += 8 + (length + 7) // 8 * 8
            at = start + (size + 7) // 8 * 8
        else:
            at = start + (size + 3) // 4 * 4
