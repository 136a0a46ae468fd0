"""Wheels on this machine. Variants are checked like an index's, then given to the engine under the standard name."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from dualvariant.selection.choice import Choice
from dualvariant.selection.failures import DamagedWheelError, DoesNotFitError
from variantlib.dialects import find_dialect
from variantlib.preferences import Preferences
from variantlib.selection import TagRanks, select
from variantlib.verdict import Candidate, Outcome
from variantlib.wheel_name import WheelName, parse_wheel_name
from variantlib.zip_reader import BrokenZipError, ZipReader

__all__ = ["check_for_pip", "check_variant", "make_standard_copy"]

#: What pip takes for the damage of a wheel; it says so itself.
_KNOWN_TO_PIP = (zipfile.BadZipFile, KeyError, RuntimeError)


def check_for_pip(path: Path, *, unpacks: bool) -> None:
    """Refuse a wheel that is damaged in a way on which pip would end with a traceback, in the middle of an install.

    Where wheels are compressed as usual, only the METADATA is looked at: all else would take as long as to install it.

    Args:
        path: the wheel.
        unpacks: whether pip is going to unpack it; else it only reads the METADATA.

    Raises:
        DamagedWheelError: it is damaged so.
    """
    try:
        archive = ZipReader(path)
    except BrokenZipError:
        return
    entry = None
    try:
        for entry in archive.infolist():
            usual = entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
            if entry.filename.endswith(".dist-info/METADATA") or (unpacks and not usual):
                for _ in archive.unpack(entry):
                    pass
    except BrokenZipError as error:
        if not isinstance(error.__cause__, _KNOWN_TO_PIP):
            name = entry.filename if entry is not None else "its directory"
            raise DamagedWheelError(
                f"the wheel is damaged ({name}: {error}): {str(path)!r}", "download or build it again"
            ) from error
    finally:
        archive.close()


def check_variant(path: Path, choice: Choice) -> WheelName | None:
    """The name of a variant that can be installed; None for a standard wheel.

    Raises:
        WheelNameError, WheelFileError: it is no wheel, or its name and content disagree.
        DoesNotFitError: this host does not support it, and ``--force`` was not given.
    """
    name = parse_wheel_name(path.name)
    dialect = find_dialect(name)
    if dialect is None:
        return None
    candidate = Candidate(name, dialect.read_wheel(path, name))
    forced = choice.preferences(name.name).force
    wishes = Preferences(wanted=(name.label,), force=True) if forced and name.label else None
    (verdict,) = select([candidate], choice.profile, TagRanks(choice.tags), wishes, choice.label_rules)
    if verdict.outcome is not Outcome.CHOSEN:
        raise DoesNotFitError(f"{path.name} does not fit: {verdict.reason}", "--force installs it anyway")
    return name


def make_standard_copy(path: Path, choice: Choice, scratch: Path) -> Path:
    """The path that the engine gets: the wheel's own, or that of a link to it under the standard name.

    Raises:
        WheelNameError, WheelFileError, DoesNotFitError: as :func:`check_variant` does.
    """
    name = check_variant(path, choice)
    if name is None:
        return path
    copy = scratch / name.standard_filename
    try:
        copy.symlink_to(path.absolute())
    except OSError:
        shutil.copyfile(path, copy)
    return copy
