"""Whether several indexes hold one project, or several projects of one name (PEP 708).

pip up to 26.3 takes the files of all sources for those of one project, whatever the pages say. So anyone who may upload
a file under a project's name to one of them can already decide what pip installs, by a higher version, a higher build
number or a better tag. A variant adds nothing to that. Where no page says anything, the sources therefore count as they
do in pip: a folder, or an extra index, with the variants of a project from the main index is a common set-up.

Where pages do say something, it is believed: a variant from an index that the other pages do not name is not chosen. It
would otherwise be preferred over every standard wheel of its release. The standard wheels of such an index count as
they do in pip.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dualvariant.core.errors import InvalidUrlError
from dualvariant.network.urls import strip_credentials

__all__ = ["PageLocation", "find_other_projects"]


class PageLocation(NamedTuple):
    """Where a project's page is, and what it says of pages on other indexes.

    Args:
        url: the page, or None for a find-links source, which has no page of the project.
        tracks: the pages that it extends, as the operator of the index says.
        alternates: the pages that hold the same project, as the project's owner says.
    """

    url: str | None
    tracks: tuple[str, ...] = ()
    alternates: tuple[str, ...] = ()

    @property
    def names_others(self) -> bool:
        """Whether it says anything of other pages."""
        return bool(self.tracks or self.alternates)


def _normalize(url: str) -> str:
    try:
        return strip_credentials(url).rstrip("/").lower()
    except InvalidUrlError:  # a page may name anything
        return url


def _same_project(one: PageLocation, other: PageLocation) -> bool:
    """Whether a page extends the other one, or both name the same alternate locations, themselves among them."""
    if one.url is None or other.url is None:
        return False
    mine, theirs = _normalize(one.url), _normalize(other.url)
    if theirs in map(_normalize, one.tracks) or mine in map(_normalize, other.tracks):
        return True
    if {*map(_normalize, one.tracks)} & {*map(_normalize, other.tracks)}:
        return True
    all_of_mine = {mine, *map(_normalize, one.alternates)}
    all_of_theirs = {theirs, *map(_normalize, other.alternates)}
    return bool(one.alternates and other.alternates) and all_of_mine == all_of_theirs


def find_other_projects(locations: Sequence[PageLocation | None]) -> set[int]:
    """The positions of the pages that belong to another project of the same name, as far as the pages say.

    Args:
        locations: in the order of the sources; None where there is no page. Find-links sources never count as another
            project: the user has named them for this one.
    """
    first = next((location for location in locations if location is not None and location.names_others), None)
    if first is None:
        return set()
    same = [first]
    for member in same:  # it grows while it is walked
        same += [
            location
            for location in locations
            if location is not None and not any(location is known for known in same) and _same_project(member, location)
        ]
    return {
        position
        for position, location in enumerate(locations)
        if location is not None and location.url is not None and not any(location is known for known in same)
    }
