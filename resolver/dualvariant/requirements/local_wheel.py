"""A variant wheel on this machine that a requirement names by its path or address."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from dualvariant.core.files import exists
from dualvariant.network.urls import local_path
from variantlib.errors import WheelNameError
from variantlib.wheel_name import Dialect, parse_wheel_name

__all__ = ["LocalVariant", "find_local_variant"]

#: ``PLACE.whl``, or ``NAME @ PLACE.whl``, with extras, fragment and marker behind it.
_NAMED = re.compile(r"(?P<before>[^@]*? @ |)(?P<place>\S+?\.whl)(?P<after>(\[[^\]]*\])?(#\S*)?(\s.*)?)")


class LocalVariant(NamedTuple):
    """A variant wheel on this machine that a requirement names.

    Args:
        path: where it is.
        standard: its standard file name.
        before: the part of the requirement before it.
        after: the part behind it.
        address: whether it is named by a ``file:`` address, and not by a path.
    """

    path: Path
    standard: str
    before: str
    after: str
    address: bool

    def with_path(self, path: Path) -> str:
        """The requirement with the path of another file."""
        return f"{self.before}{path.as_uri() if self.address else path}{self.after}"


def find_local_variant(requirement: str) -> LocalVariant | None:
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
    if name.dialect is Dialect.STANDARD or not exists(path) or not path.is_file():
        return None
    return LocalVariant(path, name.standard_filename, match["before"], match["after"], at is not None)
