"""The ELF reader: on files of this machine, on files made by hand, on rubbish."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

from dualvariant.binary.elf import MACHINES, Elf, parse_elf


def shared_object(machine: int, run_path: str, tag: int = 29) -> bytes:
    """An ELF file with a dynamic section and nothing else."""
    strings = b"\0" + run_path.encode() + b"\0"
    address, at = 0x1000, 64 + 2 * 56
    dynamic = struct.pack("<6Q", 5, address + 48, tag, 1, 0, 0)
    content = dynamic + strings
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    header += struct.pack("<IIQQQQQQ", 1, 4, at, address, address, len(content), len(content), 8)
    header += struct.pack("<IIQQQQQQ", 2, 4, at, address, address, len(dynamic), len(dynamic), 8)
    return header + content


@pytest.mark.parametrize("machine", MACHINES.values())
@pytest.mark.parametrize("tag", [15, 29])
def test_machine_and_run_paths(machine: int, tag: int) -> None:
    content = shared_object(machine, "/opt/lib:$ORIGIN", tag)
    assert parse_elf(content) == Elf(machine, ("/opt/lib", "$ORIGIN"))


def test_this_interpreter() -> None:
    import platform

    content = Path(sys.executable).read_bytes()
    if content[:4] != b"\x7fELF":
        pytest.skip("this interpreter is no ELF file")
    elf = parse_elf(content)
    assert elf is not None
    assert elf.machine == MACHINES.get(platform.machine(), elf.machine)


def test_anything_else_is_none_and_nothing_raises() -> None:
    whole = shared_object(62, "/opt/lib")
    assert parse_elf(b"") is None
    assert parse_elf(b"not an ELF file at all") is None
    assert parse_elf(b"\x7fELF\x01" + whole[5:]) is None  # 32 bits
    for length in range(len(whole)):
        parse_elf(whole[:length])
    for position in range(16, 64 + 112):
        parse_elf(whole[:position] + b"\xff" + whole[position + 1 :])
