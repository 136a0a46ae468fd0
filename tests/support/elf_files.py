"""Small ELF libraries without a compiler: every table that is read has something in it."""

from __future__ import annotations

import struct

__all__ = ["make_library"]

_TEXT = 0x1000  # where the code is, in the file and in memory


def make_library(code: bytes, *, machine: int = 62) -> bytes:
    """A library for Linux with this machine code, symbols, relocations, a run path and the note "x86 ISA needed" (v3).

    Args:
        code: the machine code, of one function called ``work``.
        machine: ``e_machine``.
    """
    names = b"\0work\0__cpu_model\0$ORIGIN/../lib:/opt/lib\0"
    symbols = bytes(24) + struct.pack("<IBBHQQ", 1, 0x12, 0, 1, _TEXT, len(code))
    symbols += struct.pack("<IBBHQQ", 6, 0x10, 0, 0, 0, 0) + struct.pack("<IBBHQQ", 1, 0x1A, 0, 1, _TEXT, 1)
    relocations = struct.pack("<QQq", 0x3000, 37, _TEXT)
    note = struct.pack("<III4s", 4, 16, 5, b"GNU\0") + struct.pack("<IIIxxxx", 0xC0008002, 4, 4)
    titles = b"\0.text\0.dynsym\0.dynstr\0.rela.dyn\0.note.gnu.property\0.dynamic\0.shstrtab\0"
    content = bytearray(_TEXT) + code.ljust(-(-len(code) // 16) * 16, b"\0")
    places = {}
    dynamic = struct.pack("<QQQQQQ", 29, 18, 5, 0, 0, 0)
    for title, data in (
        ("dynsym", symbols),
        ("dynstr", names),
        ("rela", relocations),
        ("note", note),
        ("dynamic", dynamic),
    ):
        places[title] = (len(content), len(data))
        content += data + bytes(-len(data) % 16)
    strings_at = places["dynstr"][0]
    struct.pack_into("<QQ", content, places["dynamic"][0], 29, 18)
    struct.pack_into("<QQ", content, places["dynamic"][0] + 16, 5, strings_at)
    segments = [
        (1, 5, 0, 0, len(content), 0x1000),
        (2, 4, places["dynamic"][0], places["dynamic"][0], places["dynamic"][1], 8),
        (4, 4, places["note"][0], places["note"][0], places["note"][1], 8),
        (0x6474E553, 4, places["note"][0], places["note"][0], places["note"][1], 8),
    ]
    titles_at = len(content)
    content += titles + bytes(-len(titles) % 16)
    sections_at = len(content)
    sections = [
        (0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        (titles.index(b".text"), 1, 6, _TEXT, _TEXT, len(code), 0, 0, 16, 0),
        (titles.index(b".dynsym"), 11, 2, *2 * places["dynsym"][:1], places["dynsym"][1], 3, 1, 8, 24),
        (titles.index(b".dynstr"), 3, 2, *2 * places["dynstr"][:1], places["dynstr"][1], 0, 0, 1, 0),
        (titles.index(b".rela.dyn"), 4, 2, *2 * places["rela"][:1], places["rela"][1], 2, 0, 8, 24),
        (titles.index(b".note"), 7, 2, *2 * places["note"][:1], places["note"][1], 0, 0, 8, 0),
        (titles.index(b".dynamic"), 6, 2, *2 * places["dynamic"][:1], places["dynamic"][1], 3, 0, 8, 16),
        (titles.index(b".shstrtab"), 3, 0, 0, titles_at, len(titles), 0, 0, 1, 0),
    ]
    content += b"".join(struct.pack("<IIQQQQIIQQ", *section) for section in sections)
    header = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    header += struct.pack(
        "<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, sections_at, 0, 64, 56, len(segments), 64, len(sections), 7
    )
    content[: len(header)] = header
    for number, (kind, flags, at, address, size, align) in enumerate(segments):
        struct.pack_into("<IIQQQQQQ", content, 64 + 56 * number, kind, flags, at, address, address, size, size, align)
    return bytes(content)
