"""Libraries without their symbol tables and debug information, which no process needs.

The linker is told (``-s``), but not every build system passes that on, and cargo and Meson keep what they like. What
is left is taken out by the toolchain's own ``strip``. It runs before anything else touches the wheel: a file that
patchelf has rewritten, or that has an ELF note at its end, is one that GNU strip makes unusable. What a program has
written is looked at: whatever a loader maps into memory must be what it was.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

from dualvariant.binary.elf import MACHINES, ElfFile, read_elf, read_mapped_segments
from dualvariant.builder.toolchain.compilers import Toolchain
from variantlib.wheel_archive import WheelArchive, rewrite_wheel

__all__ = ["strip_program", "stripped"]


def stripped(wheel: Path, toolchain: Toolchain, folder: Path, log: Path) -> Path:
    """The wheel with every program and library in it stripped; what cannot be is left as it is. The log says so.

    Args:
        wheel: as the project's build made it.
        toolchain: what it was compiled with.
        folder: an empty folder of ours.
        log: a file that messages are added to.

    Raises:
        BuildFailedError: it is no whole wheel.
    """
    with WheelArchive(wheel) as archive:
        found = {entry: archive.read(entry) for entry in archive.namelist() if _is_elf(archive, entry)}
    waiting = {entry: content for entry, content in found.items() if _has_symbols(read_elf(content))}
    if not waiting:
        return wheel
    program = strip_program(toolchain)
    changes: dict[str, bytes] = {}
    with log.open("a", encoding="utf-8") as said:
        for entry, content in waiting.items():
            try:
                changes[entry] = _strip(content, program, folder)
                said.write(f"stripped: {entry}\n")
            except (OSError, ValueError, subprocess.SubprocessError) as error:
                said.write(f"not stripped: {entry} ({error})\n")
    if not changes:
        return wheel
    return rewrite_wheel(wheel, folder / wheel.name, changes)


def strip_program(toolchain: Toolchain) -> list[str] | None:
    """The program that strips what this toolchain makes; None if there is none here.

    ``STRIP`` names another. zig has one in name only: up to 0.17 its ``objcopy --strip-all`` is not implemented.
    """
    machine = toolchain.platform.removeprefix("linux_")
    asked = os.environ.get("STRIP")
    if asked and not toolchain.cross:
        return shlex.split(asked)
    near = [f"{machine}-linux-gnu-strip", "llvm-strip"]
    names = near if toolchain.cross else ["strip", *near]
    return next(([name] for name in names if shutil.which(name)), None)


def _is_elf(archive: WheelArchive, entry: str) -> bool:
    return archive.read_beginning(entry, 4) == b"\x7fELF"


def _has_symbols(elf: ElfFile | None) -> bool:
    """Whether it is a program or a library with more in it than a process needs."""
    return elf is not None and elf.kind in (2, 3) and elf.machine in MACHINES.values() and elf.symbols


def _strip(content: bytes, program: list[str] | None, folder: Path) -> bytes:
    if program is None:
        raise ValueError("no program here strips for that machine: llvm-strip would")
    path = folder / "library"
    path.write_bytes(content)
    path.chmod(0o755)
    done = subprocess.run([*program, "--strip-all", str(path)], capture_output=True, text=True, errors="replace")
    if done.returncode:
        raise ValueError(f"{program[0]}: {done.stderr.strip() or done.returncode}")
    new = path.read_bytes()
    if read_mapped_segments(new) != read_mapped_segments(content):
        raise ValueError(f"{program[0]} changes what the loader maps")
    return new
