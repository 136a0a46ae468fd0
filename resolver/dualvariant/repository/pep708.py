"""One project on several indexes, or two projects of one name? (PEP 708)

pip up to 26.3 takes the files of all sources for one project's, whatever the pages say: whoever may upload to any of
them under a project's name can already decide, by a higher version, build number or better tag, what pip installs. A
variant adds nothing to that power, so where no page says anything the sources count as they do in pip; a folder or an
extra index with the variants of a project from the main index is what many people want.

Where pages do say something, they are believed: a variant from an index that the others do not know is not chosen. A
variant would otherwise beat every standard wheel of its release, and nobody would notice. Its standard wheels stay as
pip has them.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from dualvariant.network.urls import bare

__all__ = ["Place", "strangers"]


@frozen
class Place:
    """A project's page and what it says of other places.

    Args:
        url: the page, or None for a find-links source, which has no page of the project.
        tracks: the pages that it extends, by the word of the index's operator.
        alternates: the pages that hold the same project, by its owner's word.
    """

    url: str | None
    tracks: tuple[str, ...] = ()
    alternates: tuple[str, ...] = ()

    @property
    def outspoken(self) -> bool:
        """Whether it says anything of other places."""
        return bool(self.tracks or self.alternates)


def _page(url: str) -> str:
    return bare(url).rstrip("/").lower()


def _same_project(one: Place, other: Place) -> bool:
    """Whether a page extends the other one, or both name the same alternate locations, themselves among them."""
    if one.url is None or other.url is None:
        return False
    mine, theirs = _page(one.url), _page(other.url)
    if theirs in map(_page, one.tracks) or mine in map(_page, other.tracks):
        return True
    if {*map(_page, one.tracks)} & {*map(_page, other.tracks)}:
        return True
    all_of_mine = {mine, *map(_page, one.alternates)}
    all_of_theirs = {theirs, *map(_page, other.alternates)}
    return bool(one.alternates and other.alternates) and all_of_mine == all_of_theirs


def strangers(places: Sequence[Place | None]) -> set[int]:
    """The positions of the places that hold another project of the same name, as far as the pages tell.

    Args:
        places: in the order of the sources; None where there is no page. Find-links sources are the user's own word,
            and never strangers.
    """
    first = next((place for place in places if place is not None and place.outspoken), None)
    if first is None:
        return set()
    family = [first]
    for member in family:  # it grows while it is walked
        family += [
            place
            for place in places
            if place is not None and not any(place is known for known in family) and _same_project(member, place)
        ]
    return {
        position
        for position, place in enumerate(places)
        if place is not None and place.url is not None and not any(place is known for known in family)
    }
