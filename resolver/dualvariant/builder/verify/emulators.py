"""Emulators of other processors: where ``qemu-user`` is, and its command lines."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from dualvariant.core.dirs import cache_dir

__all__ = ["VARIABLE", "Emulator", "find_emulator", "find_folder"]

#: The folder that ``tools/fetch-emulators.sh`` fills: ``qemu/usr/bin/qemu-…-static``, and ``arm``, a root for Arm.
VARIABLE = "DUALVARIANT_EMULATORS"


class Emulator(NamedTuple):
    """A qemu for one architecture.

    Args:
        program: the path of qemu.
        root: where the programs and libraries of that architecture are; None for those of this machine.
    """

    program: Path
    root: Path | None = None

    def command(self, cpu: str, *words: str) -> list[str]:
        """A command line that runs one program on such a processor; what that program starts is not emulated."""
        root = ["-L", str(self.root)] if self.root else []
        return [str(self.program), "-cpu", cpu, *root, *words]


def find_folder() -> Path | None:
    """The folder of the emulators: the variable's, else the one that ``build --emulators fetch`` fills."""
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE])
    fetched = cache_dir("emulators")
    return fetched if fetched is not None and (fetched / "qemu").is_dir() else None


def find_emulator(machine: str, here: str) -> Emulator | str:
    """The emulator of an architecture, or why there is none.

    Args:
        machine: ``x86_64`` or ``aarch64``.
        here: this machine's own architecture.
    """
    if sys.platform != "linux":
        return "emulation needs Linux"
    folder = find_folder()
    names = (f"qemu-{machine}-static", f"qemu-{machine}")
    found = folder / "qemu" / "usr" / "bin" / names[0] if folder else None
    if found is None or not os.access(found, os.X_OK):
        program = next(filter(None, map(shutil.which, names)), None)
        if program is None:
            return f"no emulator: {names[0]} is neither on PATH nor in ${VARIABLE} (--emulators fetch gets it)"
        found = Path(program)
    if machine == here:
        return Emulator(found)
    prefix = os.environ.get("QEMU_LD_PREFIX")
    root = Path(prefix) if prefix else folder / "arm" if folder and (folder / "arm").is_dir() else None
    if root is None or not root.is_dir():
        return f"no Python for {machine}: $QEMU_LD_PREFIX and ${VARIABLE} name no root of such programs"
    return Emulator(found, root)
