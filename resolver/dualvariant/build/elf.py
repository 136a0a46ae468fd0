"""As much of an ELF file as tells for which machine it is, and where its loader will look.

Source: the ELF specification (System V ABI, chapters 4 and 5), for the 64-bit little-endian files
that both Linux targets have.
"""

from __future__ import annotations

import struct

from attrs import frozen

__all__ = ["MACHINES", "Elf", "parse_elf"]

#: ``e_machine`` by the architecture's name in a wheel tag.
MACHINES = {"x86_64": 62, "aarch64": 183}

_DYNAMIC = 2  # program header type PT_DYNAMIC
_LOAD = 1  # PT_LOAD
_STRTAB, _RPATH, _RUNPATH = 5, 15, 29  # tags of the dynamic section


@frozen
class Elf:
    """What an ELF file says.

    Args:
        machine: ``e_machine``.
        run_paths: the folders that it makes the loader search (RPATH and RUNPATH).
    """

    machine: int
    run_paths: tuple[str, ...]


def parse_elf(content: bytes) -> Elf | None:
    """Read an ELF file; None for anything that is not a 64-bit little-endian one, or is cut off."""
    if content[:6] != b"\x7fELF\x02\x01":
        return None
    try:
        return _parse(content)
    except (struct.error, ValueError, OverflowError):
        return None


def _parse(content: bytes) -> Elf:
    machine, _, _, offset = struct.unpack_from("<HIQQ", content, 18)
    size, count = struct.unpack_from("<HH", content, 54)
    headers = [struct.unpack_from("<IIQQQQ", content, offset + number * size) for number in range(count)]
    loads = [(at, address, length) for kind, _, at, address, _, length in headers if kind == _LOAD]
    paths: list[str] = []
    for kind, _, at, _, _, length in headers:
        if kind != _DYNAMIC:
            continue
        entries = [struct.unpack_from("<QQ", content, place) for place in range(at, at + length, 16)]
        strings = next((value for tag, value in entries if tag == _STRTAB), 0)
        start = next(
            (at + strings - address for at, address, n in loads if address <= strings < address + n),
            None,
        )
        if start is None:
            continue
        for tag, value in entries:
            if tag in (_RPATH, _RUNPATH):
                text = content[start + value : content.index(b"\0", start + value)]
                paths += text.decode("utf-8", "replace").split(":")
    return Elf(machine, tuple(paths))
