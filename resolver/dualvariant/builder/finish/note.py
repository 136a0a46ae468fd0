"""The ELF note of a wheel's x86-64 level, and one platform tag in place of several that mean the same.

Processors below the level refuse a library that has the note, with an ImportError in place of an illegal instruction.
auditwheel writes several platform tags, and pips before 22.3 install a label wheel whose platform tag is compressed
even where its variant does not fit; so one tag is left.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from dualvariant.audit.instruction_sets import LEVELS
from dualvariant.binary.elf import MACHINES, read_elf
from dualvariant.binary.isa_note import with_isa_note
from dualvariant.builder.declaration.job import Job
from dualvariant.builder.errors import BrokenWheelError
from dualvariant.builder.finish.rewrite import dist_info_of, rewrite_wheel
from dualvariant.core.platforms import find_oldest_libc_tag, get_platform, split_platform_tags
from variantlib.wheel_name import parse_wheel_name

__all__ = ["add_level_note", "find_level"]


def find_level(job: Job) -> str:
    """The x86-64 level that the job's label asks for; ``v1`` if it asks for none."""
    levels = [meta.value for meta in job.variant or () if (meta.provider, meta.key) == ("x86_64", "level")]
    return levels[0] if levels and levels[0] in LEVELS else "v1"


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
    with zipfile.ZipFile(wheel) as archive:
        changes = _add_notes(archive, find_level(job))
        if len(tags) > 1:
            entry = f"{dist_info_of(archive, wheel.name)}/WHEEL"
            changes[entry] = _keep_tag(archive.read(entry), tags, tag)
    if not changes and tags == [tag]:
        return wheel
    renamed = wheel.name.removesuffix(f"{name.platform}.whl") + f"{tag}.whl"
    return rewrite_wheel(wheel, folder / renamed, changes)


def _add_notes(archive: zipfile.ZipFile, level: str) -> dict[str, bytes]:
    """The x86-64 libraries of a wheel, each with the note; none for level v1, which every processor has."""
    changes: dict[str, bytes] = {}
    for entry in archive.namelist() if level != "v1" else ():
        with archive.open(entry) as file:
            if file.read(4) != b"\x7fELF":
                continue
        content = archive.read(entry)
        elf = read_elf(content)
        if elf is None or elf.machine != MACHINES["x86_64"]:
            continue
        try:
            changes[entry] = with_isa_note(content, level)
        except ValueError as error:
            raise BrokenWheelError(
                f"no ELF note can be added to {entry!r} ({error})",
                "check what the build, or a step of it such as strip or patchelf, did to the file",
            ) from error
    return changes


def _keep_tag(content: bytes, tags: list[str], tag: str) -> bytes:
    """The content of ``WHEEL`` without the lines of the other platform tags."""
    others = tuple(f"-{other}".encode() for other in tags if other != tag)
    return b"".join(
        line
        for line in content.splitlines(keepends=True)
        if not (line.startswith(b"Tag:") and line.rstrip().endswith(others))
    )
