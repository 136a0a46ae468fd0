"""The ELF note of a wheel's x86-64 level, and one platform tag in place of several that mean the same.

Processors below the level refuse a library that has the note, with an ImportError in place of an illegal instruction.
:mod:`dualvariant.builder.finish.platform_tag` says why one tag is left.
"""

from __future__ import annotations

from pathlib import Path

from dualvariant.binary.elf import MACHINES, read_elf
from dualvariant.binary.isa_note import add_isa_note
from dualvariant.builder.declaration.job import Job
from dualvariant.builder.errors import BrokenWheelError
from dualvariant.builder.finish.platform_tag import keep_tag, rename
from dualvariant.core.platforms import find_oldest_libc_tag, get_platform, split_platform_tags
from variantlib.cpu.levels import find_promised_level
from variantlib.wheel_archive import WheelArchive, rewrite_wheel
from variantlib.wheel_name import parse_wheel_name

__all__ = ["add_level_note"]


def add_level_note(wheel: Path, job: Job, folder: Path) -> Path:
    """Write the wheel with the note of its level in each library, and with one platform tag.

    A wheel for macOS or Windows is returned as it is.

    Args:
        wheel: a wheel without a label.
        job: what it was built for.
        folder: an empty folder of ours.

    Raises:
        BrokenWheelError: a library has no room for the note, or the wheel cannot be read.
    """
    if not get_platform(job.platform).is_linux:
        return wheel
    name = parse_wheel_name(wheel.name)
    tags = split_platform_tags(name.platform)
    tag = find_oldest_libc_tag(tags)
    with WheelArchive(wheel) as archive:
        changes = _add_notes(archive, find_promised_level(job.variant or ()))
        if len(tags) > 1:
            entry = f"{archive.dist_info}/WHEEL"
            changes[entry] = keep_tag(archive.read(entry), tags, tag)
    if not changes and tags == [tag]:
        return wheel
    return rewrite_wheel(wheel, folder / rename(wheel.name, name.platform, tag), changes)


def _add_notes(archive: WheelArchive, level: str) -> dict[str, bytes]:
    """The x86-64 libraries of a wheel, each with the note; none for level v1, which every processor has."""
    changes: dict[str, bytes] = {}
    for entry in archive.namelist() if level != "v1" else ():
        if archive.read_beginning(entry, 4) != b"\x7fELF":
            continue
        content = archive.read(entry)
        elf = read_elf(content)
        if elf is None or elf.machine != MACHINES["x86_64"]:
            continue
        try:
            changes[entry] = add_isa_note(content, level)
        except ValueError as error:
            raise BrokenWheelError(
                f"no ELF note can be added to {entry!r} ({error})",
                "check what the build, or a step of it such as strip or patchelf, did to the file",
            ) from error
    return changes
