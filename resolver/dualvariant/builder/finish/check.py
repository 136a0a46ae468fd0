"""Check that a wheel which a project's build has made fits its job, before it gets a label."""

from __future__ import annotations

import zipfile
from pathlib import Path

from dualvariant.binary.elf import GUESTS, MACHINES, parse_elf
from dualvariant.builder.errors import BrokenWheelError, NothingCompiledError, UnfitWheelError
from dualvariant.core.platforms import get_platform, split_platform_tags
from variantlib.wheel_name import Dialect, parse_wheel_name

__all__ = ["check_wheel"]


def check_wheel(wheel: Path, platform: str, *, variant: bool = True) -> None:
    """Refuse a wheel that cannot be what its job says.

    Args:
        wheel: as the project's build made it, or repaired.
        platform: the name of the job's platform.
        variant: whether it becomes a variant, so that something in it has to be compiled.

    Raises:
        NothingCompiledError: it is to be a variant, and nothing in it is compiled.
        UnfitWheelError: it is labelled, is for another platform, or works on this computer only.
        BrokenWheelError: it is not a zip archive.
        WheelNameError: its name is not a wheel's.
    """
    name = parse_wheel_name(wheel.name)
    target = get_platform(platform)
    if name.dialect is not Dialect.STANDARD:
        raise UnfitWheelError(
            f"the project's build labels its wheels itself: {wheel.name!r}",
            "build a standard wheel in the project; dualvariant adds the label",
        )
    if name.platform == "any":
        if not variant:
            return
        raise NothingCompiledError(
            f"nothing in the project's wheel is compiled, so there is nothing to make variants of: {wheel.name!r}",
            "publish the standard wheel (--only standard builds it alone)",
        )
    if not all(target.accepts_tag(tag) for tag in split_platform_tags(name.platform)):
        raise UnfitWheelError(
            f"the project's build made a wheel for another platform than {platform}: {wheel.name!r}",
            "the project's build settings must not name a platform; choose it with --platform",
        )
    try:
        with zipfile.ZipFile(wheel) as archive:
            for entry in archive.namelist():
                _check_file(entry, archive.read(entry), target.architecture)
    except zipfile.BadZipFile as error:
        raise BrokenWheelError(
            f"the wheel cannot be read ({error}): {wheel.name!r}", "build it again; the log has what the build printed"
        ) from error


def _check_file(entry: str, content: bytes, machine: str) -> None:
    elf = parse_elf(content)
    if elf is None or elf.machine in GUESTS:
        return
    if elf.machine != MACHINES[machine]:
        raise UnfitWheelError(
            f"{entry!r} is for another machine (ELF number {elf.machine} instead of {MACHINES[machine]}, {machine})",
            "remove compiled files from the sources, and let the build use the compiler that CC names",
        )
    local = [path for path in elf.run_paths if path.startswith("/")]
    if local:
        raise UnfitWheelError(
            f"{entry!r} looks for libraries in a folder of this computer: {local[0]!r}",
            "build without a run path (-Wl,-rpath, runtime_library_dirs), or with one that starts with $ORIGIN",
        )
