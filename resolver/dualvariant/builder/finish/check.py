"""Does a wheel that a project's build has made fit its job? Asked before the wheel gets a label."""

from __future__ import annotations

import zipfile
from pathlib import Path

from dualvariant.binary.elf import MACHINES, parse_elf
from dualvariant.builder.errors import BuildFailedError
from variantlib.wheel_name import Dialect, parse_wheel_name

__all__ = ["check_wheel"]


def check_wheel(wheel: Path, platform: str) -> None:
    """Refuse a wheel that cannot be what its job says, before it gets a label.

    Raises:
        BuildFailedError: it is for another platform, or for this computer alone.
        WheelNameError, WheelFileError: it is no wheel.
    """
    name = parse_wheel_name(wheel.name)
    machine = platform.removeprefix("linux_")
    if name.dialect is not Dialect.STANDARD:
        raise BuildFailedError(f"the project's build labels its wheels itself: {wheel.name!r}")
    if name.platform == "any":
        raise BuildFailedError(f"nothing in the project's wheel is compiled: {wheel.name!r}")
    if not all(tag.endswith(f"_{machine}") for tag in name.platform.split(".")):
        raise BuildFailedError(f"the project's build made it for another platform: {wheel.name!r}")
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.namelist():
            elf = parse_elf(archive.read(entry))
            if elf is None:
                continue
            if elf.machine != MACHINES[machine]:
                raise BuildFailedError(
                    f"{entry!r} is for another machine (ELF number {elf.machine} instead of "
                    f"{MACHINES[machine]}, {machine})"
                )
            local = [path for path in elf.run_paths if path.startswith("/")]
            if local:
                raise BuildFailedError(f"{entry!r} looks for libraries in a folder of this computer: {local[0]!r}")
