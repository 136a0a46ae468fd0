"""Looks through a whole wheel on this machine, before an installer does that and ends in the middle.

Source: the binary distribution format and the entry points specification (PyPA), and what pip 26.3 and uv 0.13.9
refuse.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from dualvariant.core.files import digests_of, read_regular
from dualvariant.repository.installable import check_installable
from dualvariant.repository.zip_structure import find_flaw_of_structure
from variantlib.errors import WheelFileError
from variantlib.wheel_archive import LARGEST_METADATA, WheelArchive
from variantlib.wheel_name import WheelName

__all__ = ["check_content"]

#: The most bytes of a wheel's files that are unpacked before the installer does it: 0.2 seconds.
LARGEST_CHECKED = 32 << 20


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
