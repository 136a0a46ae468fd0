"""The ELF note "x86 ISA needed", added to a library that has been linked already.

With it glibc (2.33 and newer) refuses the library on a lesser processor, and Python raises an ImportError, where the
process would die of an illegal instruction. A linker can write it (``-z x86-64-v3`` of GNU ld); others cannot, zig's
among them. So it is added afterwards, for every linker: the program headers and the note go to the end of the file,
into a segment of their own that is mapped behind all others, and a section header describes it for tools that read
sections. Nothing that was there moves. It is the last step: patchelf may follow, but GNU strip breaks a file with
program headers at its end, as it does after patchelf.

Sources: ELF specification, chapter 5; x86-64 psABI, "x86 ISA needed"; glibc's loader, which reads a note of this kind
from any PT_NOTE segment that is aligned to 8 bytes.
"""

from __future__ import annotations

import struct

from dualvariant.binary.elf import ISA_LEVELS, MACHINES, read_elf

__all__ = ["add_isa_note"]

_LOAD, _NOTE, _GNU_PROPERTY, _PHDR = 1, 4, 0x6474E553, 6
_READ = 4
_PAGE = 4096
_SECTION_NOTE, _ALLOCATED = 7, 2
_NAME = b".note.gnu.property.isa\0"


def add_isa_note(content: bytes, level: str) -> bytes:
    """Add a note that a library needs this level; the same bytes if it has one already, or is not for x86-64.

    Args:
        content: an ELF file.
        level: ``v2``, ``v3`` or ``v4``.

    Raises:
        ValueError: the file has no program headers, or says that it needs another level.
    """
    elf = read_elf(content)
    if elf is None or elf.machine != MACHINES["x86_64"] or elf.kind not in (2, 3):
        return content
    wanted = ISA_LEVELS[level]
    if elf.isa_needed is not None and elf.isa_needed & wanted:
        return content
    return _append_note(content, _note(wanted))


def _note(bits: int) -> bytes:
    described = struct.pack("<IIIxxxx", 0xC0008002, 4, bits)
    return struct.pack("<III4s", 4, len(described), 5, b"GNU\0") + described


def _append_note(content: bytes, note: bytes) -> bytes:
    offset, sections_at = struct.unpack_from("<QQ", content, 32)
    size, count, section_size, section_count, names_index = struct.unpack_from("<HHHHH", content, 54)
    if size != 56 or not count:
        raise ValueError("it has no program headers")
    headers = [list(struct.unpack_from("<IIQQQQQQ", content, offset + number * size)) for number in range(count)]
    loads = [number for number, header in enumerate(headers) if header[0] == _LOAD]
    page = max([_PAGE, *(headers[number][7] for number in loads)])
    at = _align(len(content), _PAGE)
    address = _align(max(headers[number][3] + headers[number][6] for number in loads), page) + at % page
    has_property = any(header[0] == _GNU_PROPERTY for header in headers)
    added = 2 if has_property else 3
    table = (count + added) * size
    length = table + len(note)
    place = (at + table, address + table, address + table, len(note), len(note), 8)
    headers.insert(loads[-1] + 1, [_LOAD, _READ, at, address, address, length, length, page])
    headers.append([_NOTE, _READ, *place])
    if not has_property:
        headers.append([_GNU_PROPERTY, _READ, *place])
    for header in headers:
        if header[0] == _PHDR:
            header[2:7] = [at, address, address, table, table]
    new = bytearray(content.ljust(at, b"\0"))
    new += b"".join(struct.pack("<IIQQQQQQ", *header) for header in headers) + note
    struct.pack_into("<Q", new, 32, at)
    struct.pack_into("<H", new, 56, count + added)
    if sections_at and section_size == 64 and names_index < section_count:
        raw = [list(struct.unpack_from("<IIQQQQIIQQ", content, sections_at + n * 64)) for n in range(section_count)]
        names = raw[names_index]
        strings = content[names[4] : names[4] + names[5]] + _NAME
        raw.append([names[5], _SECTION_NOTE, _ALLOCATED, place[1], place[0], len(note), 0, 0, 8, 0])
        names[4], names[5] = len(new), len(strings)
        new += strings
        new += bytes(-len(new) % 8)
        struct.pack_into("<Q", new, 40, len(new))
        struct.pack_into("<H", new, 60, section_count + 1)
        new += b"".join(struct.pack("<IIQQQQIIQQ", *header) for header in raw)
    return bytes(new)


def _align(number: int, to: int) -> int:
    return (number + to - 1) // to * to
