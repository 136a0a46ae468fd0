"""What installers demand of a wheel's archive besides METADATA, as far as its directory and its WHEEL tell.

Source: the binary distribution format (PyPA specification), and what pip 26.3 and uv 0.13.9 refuse to unpack.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from variantlib.errors import WheelFileError
from variantlib.wheel_archive import LARGEST_METADATA, WheelArchive, parse_headers

__all__ = ["check_installable"]

#: The compression methods that every installer unpacks.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
#: The most bytes of a file's name, in almost every file system.
_LONGEST_NAME = 255


def check_installable(archive: WheelArchive) -> None:
    """Refuse a wheel that installers refuse; what its files contain is not looked at.

    Raises:
        WheelFileError: it has no WHEEL of a known version or no RECORD, or an entry that cannot be unpacked, or is
            outside of the folder into which it is unpacked.
    """
    why = _find_flaw_of_wheel(archive.read(f"{archive.dist_info}/WHEEL", LARGEST_METADATA))
    if why is None and f"{archive.dist_info}/RECORD" not in archive.namelist():
        why = "it has no RECORD"
    why = why or next(filter(None, map(_find_flaw_of_entry, archive.infolist())), None)
    why = why or _find_clash(archive.namelist())
    if why is not None:
        raise WheelFileError(archive.name.filename, why)


def _find_flaw_of_wheel(content: bytes) -> str | None:
    """Why installers refuse a wheel with this WHEEL: it must be UTF-8, and its version must begin with 1."""
    try:
        version = parse_headers(content.decode("utf-8")).get("Wheel-Version")
    except UnicodeDecodeError:
        return "its WHEEL is not UTF-8"
    if version is None:
        return "its WHEEL has no Wheel-Version"
    numbers = str(version).strip().split(".")
    if all(number.isdecimal() for number in numbers) and numbers[0].lstrip("0") == "1":
        return None
    return f"its WHEEL has the Wheel-Version {version!r} (1.0 is known)"


def _find_flaw_of_entry(entry: zipfile.ZipInfo) -> str | None:
    """Why installers refuse a wheel with this entry."""
    path = PurePosixPath(entry.filename)
    if path.is_absolute() or ".." in path.parts:
        return f"its entry {entry.filename!r} is outside of the wheel"
    if any(len(part.encode("utf-8", "surrogatepass")) > _LONGEST_NAME for part in path.parts):
        return "an entry has a longer name than a file may have"
    if entry.flag_bits & _ENCRYPTED:
        return f"its entry {entry.filename!r} is encrypted"
    if entry.compress_type not in _METHODS:
        return f"its entry {entry.filename!r} is compressed by a method that not every installer knows"
    return None


def _find_clash(paths: Sequence[str]) -> str | None:
    """Why not all entries can be written: two of them have one path, or the path of one is a folder of another."""
    files = [path for path in paths if not path.endswith("/")]
    for path, times in Counter(files).items():
        if times > 1:
            return f"it has {path!r} more than once"
    parents = {PurePosixPath(path).parent for path in paths}
    folders = {str(folder) for parent in parents for folder in (parent, *parent.parents)}
    clash = next((path for path in files if path in folders), None)
    return None if clash is None else f"it has {clash!r} as a file and as a folder"
