"""Variant wheels on this machine: checked like an index's, then given to the engine under the standard name."""

from __future__ import annotations

import shutil
from pathlib import Path

from dualvariant.selection.choice import Choice
from dualvariant.selection.failures import DoesNotFitError
from variantlib.dialects import find_dialect
from variantlib.selection import Preferences, TagRanks, select
from variantlib.verdict import Candidate, Outcome
from variantlib.wheel_name import parse_wheel_name

__all__ = ["make_standard_copy"]


def make_standard_copy(path: Path, choice: Choice, scratch: Path) -> Path:
    """The path that the engine gets: the wheel's own, or that of a link to it under the standard name.

    Raises:
        WheelNameError, WheelFileError: it is no wheel, or its name and content disagree.
        DoesNotFitError: this host does not support it, and ``--force`` was not given.
    """
    name = parse_wheel_name(path.name)
    dialect = find_dialect(name)
    if dialect is None:
        return path
    candidate = Candidate(name, dialect.read_wheel(path, name))
    forced = choice.preferences(name.name).force
    wishes = Preferences(wanted=(name.label,), force=True) if forced and name.label else None
    (verdict,) = select([candidate], choice.profile, TagRanks(choice.tags), wishes, choice.label_rules)
    if verdict.outcome is not Outcome.CHOSEN:
        raise DoesNotFitError(f"{path.name} does not fit: {verdict.reason}", "--force installs it nevertheless")
    copy = scratch / name.standard_filename
    try:
        copy.symlink_to(path.absolute())
    except OSError:
        shutil.copyfile(path, copy)
    return copy
