"""What installers demand of a wheel's archive besides METADATA, as far as its directory and its WHEEL tell.

Source: the binary distribution format (PyPA specification), and what pip 26.3 and uv 0.13.9 refuse to unpack.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from dualvariant.core.files import digests_of
from variantlib.errors import WheelFileError
from variantlib.wheel_archive import LARGEST_METADATA, WheelArchive, parse_headers
from variantlib.wheel_name import WheelName

__all__ = ["check_content", "check_installable"]

#: The most bytes of a wheel's files that are unpacked before the installer does it: a tenth of a second.
LARGEST_CHECKED = 32 << 20

#: The compression methods that every installer unpacks.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


def check_content(path: Path, name: WheelName, digests: Mapping[str, str]) -> None:
    """Refuse a wheel on this machine whose bytes are not those that are listed, or whose files cannot be unpacked.

    A wheel whose files take more than :data:`LARGEST_CHECKED` is not looked at.

    Args:
        path: the wheel.
        name: its parsed file name.
        digests: those that its source lists, by algorithm, in hexadecimal digits.

    Raises:
        WheelFileError: it is damaged.
        OSError: it cannot be read.
    """
    with WheelArchive(path, name) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > LARGEST_CHECKED:
            return
        broken = archive.find_damaged_entry()
    if broken is not None:
        raise WheelFileError(name.filename, f"its entry {broken!r} is damaged")
    for algorithm, digest in digests_of(path, digests).items():
        if digest != digests[algorithm]:
            raise WheelFileError(name.filename, f"its {algorithm} is not the one that its source lists")


def check_installable(archive: WheelArchive) -> None:
    """Refuse a wheel that installers refuse; what its files contain is not looked at (:func:`check_content`).

    Raises:
        WheelFileError: it has no WHEEL of a known version or no RECORD, or an entry that cannot be unpacked, or is
            outside of the folder into which it is unpacked.
    """
    why = _find_flaw_of_wheel(archive.read(f"{archive.dist_info}/WHEEL", LARGEST_METADATA))
    if why is None and f"{archive.dist_info}/RECORD" not in archive.namelist():
        why = "it has no RECORD"
    why = why or next(filter(None, map(_find_flaw_of_entry, archive.infolist())), None)
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
    if entry.flag_bits & _ENCRYPTED:
        return f"its entry {entry.filename!r} is encrypted"
    if entry.compress_type not in _METHODS:
        return f"its entry {entry.filename!r} is compressed by a method that not every installer knows"
    return None
