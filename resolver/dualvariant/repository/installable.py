"""What installers demand of a wheel's archive besides METADATA, as far as its directory and its WHEEL tell.

Source: the binary distribution format (PyPA specification), and what pip 26.3 and uv 0.13.9 refuse to unpack.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from dualvariant.core.files import digests_of, read_regular
from dualvariant.repository.zip_structure import find_flaw_of_structure
from variantlib.errors import WheelFileError
from variantlib.wheel_archive import LARGEST_METADATA, WheelArchive, parse_headers
from variantlib.wheel_name import WheelName

__all__ = ["check_content", "check_installable"]

#: The most bytes of a wheel's files that are unpacked before the installer does it: a tenth of a second.
LARGEST_CHECKED = 32 << 20

#: The compression methods that every installer unpacks.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
#: The most bytes of a file's name, in almost every file system.
_LONGEST_NAME = 255


def check_content(path: Path, name: WheelName, digests: Mapping[str, str]) -> None:
    """Refuse a wheel on this machine that an installer may refuse, or whose bytes are not those that are listed.

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
        entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > LARGEST_CHECKED:
            return
        check_installable(archive)
        record = archive.read(f"{archive.dist_info}/RECORD", LARGEST_CHECKED)
        scripts = f"{archive.dist_info}/entry_points.txt"
        entry_points = archive.read(scripts, LARGEST_METADATA) if scripts in archive.namelist() else b""
    why = find_flaw_of_structure(read_regular(path, 2 * LARGEST_CHECKED), entries)
    why = why or _find_flaw_of_record(record) or (_find_flaw_of_entry_points(entry_points) if entry_points else None)
    if why is not None:
        raise WheelFileError(name.filename, why)
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
    folders = {str(folder) for parent in {PurePosixPath(path).parent for path in paths} for folder in _lineage(parent)}
    clash = next((path for path in files if path in folders), None)
    return None if clash is None else f"it has {clash!r} as a file and as a folder"


def _lineage(folder: PurePosixPath) -> Iterable[PurePosixPath]:
    return (folder, *folder.parents)


def _find_flaw_of_record(content: bytes) -> str | None:
    """Why an installer may refuse a wheel with this RECORD: it must be UTF-8, with three fields in each line."""
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return "its RECORD is no table in UTF-8"
    return None if all(len(row) in (0, 3) for row in rows) else "its RECORD has a line without three fields"


def _find_flaw_of_entry_points(content: bytes) -> str | None:
    """Why an installer may refuse a wheel with these entry points: scripts are written into one folder."""
    import configparser  # most wheels have no entry points

    parser = configparser.RawConfigParser(delimiters=("=",), strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    try:
        parser.read_string(content.decode("utf-8"))
    except (UnicodeDecodeError, configparser.Error):
        return "its entry_points.txt cannot be read"
    groups = [parser[group] for group in ("console_scripts", "gui_scripts") if group in parser]
    outside = next((name for names in groups for name in names if name in (".", "..") or "/" in name), None)
    return None if outside is None else f"its script {outside!r} is outside of the folder of scripts"
