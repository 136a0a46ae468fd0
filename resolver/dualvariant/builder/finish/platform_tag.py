"""One platform tag in place of several that mean the same.

auditwheel writes several tags for one C library, and pips before 22.3 install a label wheel whose platform tag is
compressed even where its variant does not fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dualvariant.core.platforms import find_oldest_libc_tag, split_platform_tags
from variantlib.wheel_archive import WheelArchive, rewrite_wheel
from variantlib.wheel_name import parse_wheel_name

__all__ = ["keep_tag", "leave_one_platform_tag", "rename"]


def leave_one_platform_tag(wheel: Path, folder: Path) -> Path:
    """The wheel with one of its platform tags for Linux, in ``folder``; a wheel that has no other is returned as it is.

    Several tags for other systems mean different systems, and stay.

    Raises:
        WheelNameError, WheelFileError: it is no wheel, or is damaged.
    """
    name = parse_wheel_name(wheel.name)
    tags = split_platform_tags(name.platform)
    if len(tags) == 1 or not all("linux" in tag for tag in tags):
        return wheel
    tag = find_oldest_libc_tag(tags)
    with WheelArchive(wheel) as archive:
        path = f"{archive.dist_info}/WHEEL"
        content = keep_tag(archive.read(path), tags, tag)
    return rewrite_wheel(wheel, folder / rename(wheel.name, name.platform, tag), {path: content})


def rename(filename: str, platform: str, tag: str) -> str:
    """The name of a wheel with another platform tag.

    Args:
        filename: the name as it is.
        platform: its platform tags.
        tag: the new one.
    """
    start, _, end = filename.rpartition(f"-{platform}")
    return f"{start}-{tag}{end}"


def keep_tag(content: bytes, tags: Sequence[str], tag: str) -> bytes:
    """The content of ``WHEEL`` without the lines of the other platform tags.

    Args:
        content: the file.
        tags: all platform tags of the wheel.
        tag: the one that stays.
    """
    others = tuple(f"-{other}".encode() for other in tags if other != tag)
    return b"".join(
        line
        for line in content.splitlines(keepends=True)
        if not (line.startswith(b"Tag:") and line.rstrip().endswith(others))
    )
