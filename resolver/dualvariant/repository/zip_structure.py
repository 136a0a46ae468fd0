"""Whether every installer reads a zip archive alike: what it says twice agrees, and there is nothing else in it.

A zip archive describes each entry in its directory, and again in front of the entry's bytes. pip reads the directory
alone; uv refuses an archive whose two descriptions differ, or that has bytes which none of them describes.

Source: APPNOTE.TXT (4.3.7: local header, 4.3.9: data descriptor, 4.3.16: end of the directory).
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Sequence

__all__ = ["find_flaw_of_structure"]

_LOCAL_HEADER = struct.Struct("<4s2xHH4xLLLHH")
_DIRECTORY_ENTRY = struct.Struct("<4s24xHHH12x")
_END = struct.Struct("<4sHHHHLLH")
#: In the place of a size, this means that an extra field has it (zip64).
_ELSEWHERE = 0xFFFFFFFF
#: A flag: the sizes are behind the entry's bytes, in one of these numbers of bytes.
_HAS_DESCRIPTOR = 0x8
#: A flag: the path is UTF-8.
_IS_UTF_8 = 0x800
_DESCRIPTOR_SIZES = (12, 16, 20, 24)


def find_flaw_of_structure(content: bytes, entries: Sequence[zipfile.ZipInfo]) -> str | None:
    """What an installer may refuse an archive for; None for nothing.

    Args:
        content: the archive.
        entries: its entries, all of them stored or deflated, as the directory has them.
    """
    position = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset != position:
            return "it has bytes that belong to no entry"
        end = _find_end(content, entry)
        if end is None:
            return f"its entry {entry.filename!r} is damaged, or its two descriptions differ"
        position = end
    return None if _ends_well(content, position, len(entries)) else "its directory is not where its end says"


def _find_end(content: bytes, entry: zipfile.ZipInfo) -> int | None:
    """Where an entry ends, or None if its bytes are not what the directory says."""
    begin = entry.header_offset + _LOCAL_HEADER.size
    if begin > len(content):
        return None
    header: tuple[bytes, int, int, int, int, int, int, int] = _LOCAL_HEADER.unpack_from(content, entry.header_offset)
    signature, flags, method, crc, packed, size, name, extra = header
    if (signature, flags, method) != (b"PK\3\4", entry.flag_bits, entry.compress_type):
        return None
    if _decode(content[begin : begin + name], flags) != entry.orig_filename:
        return None
    begin += name + extra
    end = begin + entry.compress_size
    if not flags & _HAS_DESCRIPTOR:
        known = [(crc, entry.CRC), (packed, entry.compress_size), (size, entry.file_size)]
        if any(here not in (there, _ELSEWHERE) for here, there in known):
            return None
    if not _is_sound(content[begin:end], entry):
        return None
    if flags & _HAS_DESCRIPTOR:
        ends = (end + length for length in _DESCRIPTOR_SIZES if content.startswith(b"PK", end + length))
        return next(ends, None)
    return end


def _decode(path: bytes, flags: int) -> str | None:
    """The path of an entry as zipfile reads it, or None if it is not UTF-8, as installers want it."""
    try:
        text = path.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if flags & _IS_UTF_8 else path.decode("cp437")


def _is_sound(packed: bytes, entry: zipfile.ZipInfo) -> bool:
    """Whether an entry's bytes are as many as the directory says, with that checksum, and all of them count."""
    content = packed
    if entry.compress_type == zipfile.ZIP_DEFLATED:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = inflater.decompress(packed, entry.file_size + 1)
        except zlib.error:
            return False
        if not inflater.eof or inflater.unused_data:
            return False
    return len(content) == entry.file_size and zlib.crc32(content) == entry.CRC


def _ends_well(content: bytes, directory: int, count: int) -> bool:
    """Whether a directory of so many entries begins at a position, and then the archive's end, and nothing, comes."""
    at = directory
    for _ in range(count):
        if at + _DIRECTORY_ENTRY.size > len(content):
            return False
        signature, name, extra, comment = _DIRECTORY_ENTRY.unpack_from(content, at)
        if signature != b"PK\1\2":
            return False
        at += _DIRECTORY_ENTRY.size + name + extra + comment
    if at + _END.size > len(content):
        return False
    signature, disk, first_disk, here, total, size, offset, comment = _END.unpack_from(content, at)
    return (signature, disk, first_disk, here, total, size, offset, at + _END.size + comment) == (
        *(b"PK\5\6", 0, 0, count, count, at - directory, directory),
        len(content),
    )
