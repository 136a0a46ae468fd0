"""Remove symbol tables and debug information, which no process needs, from the libraries of a wheel.

The linker gets ``-s``, but not every build system passes that on, and cargo and Meson keep what they choose. What is
left is removed by the toolchain's own ``strip``. This runs before anything else changes the wheel: GNU strip makes a
file unusable that patchelf has rewritten, or that has an ELF note at its end. The result is compared with the original:
whatever a loader maps into memory must be the same.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

from dualvariant.binary.elf import MACHINES, ElfFile, read_elf, read_mapped_segments
from dualvariant.builder.toolchain.compilers import Toolchain
from dualvariant.builder.variables import STRIP
from dualvariant.core.platforms import get_platform
from dualvariant.core.processes import capture
from variantlib.wheel_archive import WheelArchive, rewrite_wheel

__all__ = ["find_strip_program", "strip_wheel"]


def strip_wheel(wheel: Path, toolchain: Toolchain, folder: Path, log: Path) -> Path:
    """The wheel with every program and library in it stripped; what cannot be stripped is left as it is.

    Args:
        wheel: as the project's build made it.
        toolchain: what it was compiled with.
        folder: an empty folder of ours.
        log: a file to which a line for each library is appended.

    Raises:
        BuildFailedError: the wheel cannot be read.
    """
    with WheelArchive(wheel) as archive:
        found = {entry: archive.read(entry) for entry in archive.namelist() if _is_elf(archive, entry)}
    candidates = {entry: content for entry, content in found.items() if _has_symbols(read_elf(content))}
    if not candidates:
        return wheel
    program = find_strip_program(toolchain)
    changes: dict[str, bytes] = {}
    with log.open("a", encoding="utf-8") as messages:
        for entry, content in candidates.items():
            try:
                changes[entry] = _strip(content, program, folder)
                messages.write(f"stripped: {entry}\n")
            except (OSError, ValueError, subprocess.SubprocessError) as error:
                messages.write(f"not stripped: {entry} ({error})\n")
    if not changes:
        return wheel
    return rewrite_wheel(wheel, folder / wheel.name, changes)


def find_strip_program(toolchain: Toolchain) -> list[str] | None:
    """The program that strips what this toolchain makes; None if there is none here.

    ``STRIP`` names another. zig has one in name only: up to 0.17 its ``objcopy --strip-all`` is not implemented.
    """
    asked = os.environ.get(STRIP)
    if asked and not toolchain.cross:
        return shlex.split(asked)
    prefixed = [f"{get_platform(toolchain.platform).gnu_triplet}-strip", "llvm-strip"]
    names = prefixed if toolchain.cross else ["strip", *prefixed]
    return next(([name] for name in names if shutil.which(name)), None)


def _is_elf(archive: WheelArchive, entry: str) -> bool:
    return archive.read_beginning(entry, 4) == b"\x7fELF"


def _has_symbols(elf: ElfFile | None) -> bool:
    """Whether it is a program or a library with more in it than a process needs."""
    return elf is not None and elf.kind in (2, 3) and elf.machine in MACHINES.values() and elf.symbols


def _strip(content: bytes, program: list[str] | None, folder: Path) -> bytes:
    if program is None:
        raise ValueError("no program here strips for that machine; llvm-strip does")
    path = folder / "library"
    path.write_bytes(content)
    path.chmod(0o755)
    done = capture([*program, "--strip-all", path])
    if done.returncode:
        raise ValueError(f"{program[0]}: {done.stderr.strip() or done.returncode}")
    new = path.read_bytes()
    if read_mapped_segments(new) != read_mapped_segments(content):
        raise ValueError(f"{program[0]} changes what the loader maps")
    return new
