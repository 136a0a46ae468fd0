"""How the files of several sources become one list: a rule is a value, and each installer has one.

pip's is here: every file of every source is a candidate, and of two with one name the last one counts. The order is:
files in find-links folders, then those on find-links pages, then those of the indexes, in their order (measured with
pip 21.3 to 26.3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from attrs import frozen

from dualvariant.network.urls import local_path
from dualvariant.repository.page import File
from dualvariant.repository.source import Listing

__all__ = ["PIP_RULE", "MergeRule"]


@frozen
class MergeRule:
    """How an installer merges its sources.

    Args:
        name: the installer's; it is a part of the digest of a choice.
        merge: takes what each source lists (find-links sources first, then the indexes; None where a source has no page
            of the project) and gives the files that count, each with the position of its source. Of two files with one
            name the later one counts.
    """

    name: str
    merge: Callable[[Sequence[Listing | None]], Iterable[tuple[int, File]]]


def _merge_like_pip(listings: Sequence[Listing | None]) -> Iterator[tuple[int, File]]:
    """Every file. Those of find-links folders come first, by descending URL, whichever folder they are in."""
    listed = [(position, file) for position, listing in enumerate(listings) if listing for file in listing.files]
    folders = {
        position
        for position, listing in enumerate(listings)
        if listing is not None and listing.location.url is None and all(local_path(file.url) for file in listing.files)
    }
    in_folders = [(position, file) for position, file in listed if position in folders]
    yield from sorted(in_folders, key=lambda pair: pair[1].url, reverse=True)
    yield from ((position, file) for position, file in listed if position not in folders)


PIP_RULE = MergeRule("pip", _merge_like_pip)
