"""The projects that requirements and constraints ask for by links and files, and not from the sources."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable
from contextlib import suppress

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, NormalizedName, canonicalize_name, parse_wheel_filename

from variantlib.errors import WheelNameError
from variantlib.wheel_name import parse_wheel_name

__all__ = ["find_direct", "may_be_direct"]

_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)")


def find_direct(
    places: Iterable[str], applies: Callable[[Requirement], bool] = lambda requirement: True
) -> dict[NormalizedName | None, list[str]]:
    """The projects of links and paths, each with its places; None for those that only the installer can name.

    Args:
        places: ``NAME @ URL``, a URL, or a path, with extras, fragment and marker behind it.
        applies: whether a requirement's marker admits the target; others do not count.
    """
    found: dict[NormalizedName | None, list[str]] = {}
    for place in places:
        if _is_meant(place, applies):
            found.setdefault(_find_name(place), []).append(place)
    return found


def may_be_direct(project: NormalizedName | None, direct: Container[NormalizedName | None]) -> bool:
    """Whether a link or file is of a project, or may be."""
    return None in direct or project in direct


def _is_meant(place: str, applies: Callable[[Requirement], bool]) -> bool:
    """Whether the marker behind a place admits the target; a place without one, or with a mistake, counts."""
    _, semicolon, marker = place.rpartition(";")
    try:
        return not semicolon or applies(Requirement(f"any ; {marker}"))
    except InvalidRequirement:
        return True


def _find_name(place: str) -> NormalizedName | None:
    if " @ " in place or "@" in place.partition(":")[0]:
        with suppress(InvalidRequirement):
            return canonicalize_name(Requirement(place).name)
    egg = _EGG.search(place)
    if egg is not None:
        return canonicalize_name(egg[1])
    filename = place.partition(";")[0].strip().partition("#")[0].partition("?")[0].rpartition("/")[2].partition("[")[0]
    if not filename.endswith(".whl"):
        return None
    with suppress(WheelNameError):
        return parse_wheel_name(filename).name
    with suppress(InvalidWheelFilename):
        return parse_wheel_filename(filename)[0]
    return None
