"""A variant wheel that the user names by its path: checked, then handed over under its standard name."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from dualvariant.core.errors import NothingFitsError, UsageError
from dualvariant.network.urls import local_path
from variantlib.dialects import hashes
from variantlib.errors import WheelNameError
from variantlib.select import Preferences, TagRanks, select
from variantlib.verdict import Candidate, Outcome
from variantlib.wheel_name import Dialect, parse_wheel_name

if TYPE_CHECKING:
    from dualvariant.selection.view import View

__all__ = ["LocalVariant", "local_variant", "standard_copy"]

#: ``PLACE.whl``, or ``NAME @ PLACE.whl``, with extras, fragment and marker behind it.
_NAMED = re.compile(r"(?P<before>[^@]*? @ |)(?P<place>\S+?\.whl)(?P<after>(\[[^\]]*\])?(#\S*)?(\s.*)?)")


@frozen
class LocalVariant:
    """A variant wheel on this machine that a requirement names.

    Args:
        path: where it is.
        standard: its standard file name.
        before: what stands before it in the requirement.
        after: what stands behind it.
        address: whether it is named by a ``file:`` address, and not by a path.
    """

    path: Path
    standard: str
    before: str
    after: str
    address: bool

    def named(self, path: Path) -> str:
        """The requirement with another file in its place."""
        return f"{self.before}{path.as_uri() if self.address else path}{self.after}"


def local_variant(requirement: str) -> LocalVariant | None:
    """The variant wheel on this machine that a requirement names by path or ``file:`` address, if it does."""
    match = _NAMED.fullmatch(requirement.strip())
    if match is None:
        return None
    at = local_path(match["place"])
    path = at or Path(match["place"])
    try:
        name = parse_wheel_name(path.name)
    except WheelNameError:
        return None
    if name.dialect is Dialect.STANDARD or not path.is_file():
        return None
    return LocalVariant(path, name.standard_filename, match["before"], match["after"], at is not None)


def standard_copy(path: Path, view: View, scratch: Path) -> Path:
    """The path that the engine gets: the wheel's own, or that of a link to it under the standard name.

    Raises:
        WheelNameError, WheelFileError: it is no wheel, or its name and content disagree.
        NothingFitsError: this host does not support it, and ``--force`` was not given.
        UsageError: it is a variant of the dialect that is not installed yet.
    """
    name = parse_wheel_name(path.name)
    if name.dialect is Dialect.STANDARD:
        return path
    if name.dialect is Dialect.LABEL:
        raise UsageError(f"label variants (PEP 825) are not installed by this version: {path.name!r}")
    candidate = Candidate(name, hashes.read_wheel(path, name))
    forced = view.choice.preferences(name.name).force
    wishes = Preferences(wanted=(name.label,), force=True) if forced and name.label else None
    (verdict,) = select([candidate], view.choice.profile, TagRanks(view.choice.tags), wishes)
    if verdict.outcome is not Outcome.CHOSEN:
        raise NothingFitsError(f"{path.name} does not fit: {verdict.reason}", "--force installs it all the same")
    copy = scratch / name.standard_filename
    try:
        copy.symlink_to(path.absolute())
    except OSError:
        shutil.copyfile(path, copy)
    return copy
