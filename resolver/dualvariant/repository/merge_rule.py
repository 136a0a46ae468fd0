"""How the files of several sources become one list: a rule is a value, and each installer has its own.

pip's: every file of every source is a candidate; of two with one name, which pass all filters, the last one counts. The
order is: files in find-links folders, then those on find-links pages, then those of the indexes, in their order
(measured with pip 21.3 to 26.3).

uv's: the files of find-links locations count with those of one index. By ``first-index``, that is the first that has
the project; no other is asked. By ``unsafe-best-match``, each release is taken from the first index that has a file of
it for the target, of a kind that may be taken, not yanked and early enough; a variant makes no index the first. A file
of a find-links location counts before one of the same name on an index (``uv-resolver``, ``version_map.rs`` and
``candidate_selector.rs``).

``unsafe-first-match`` looks for each requirement in the first index, and in the next one if no release there is
admitted. One page cannot say that, so it is taken for ``first-index``: nothing that uv would not install is installed,
and the user learns of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from packaging.specifiers import SpecifierSet
from packaging.utils import InvalidSdistFilename, NormalizedName, parse_sdist_filename
from packaging.version import Version

from dualvariant.network.urls import local_path
from dualvariant.repository.inquiry import Asking
from dualvariant.repository.page import JSON_TYPE, File
from dualvariant.repository.source import Listing
from variantlib.errors import WheelNameError
from variantlib.wheel_name import Dialect, parse_wheel_name

__all__ = ["PIP_RULE", "UV_FIRST_INDEX", "MergeRule", "make_best_match_rule"]


class MergeRule(NamedTuple):
    """How an installer asks and merges its sources.

    Args:
        name: the installer's, with its strategy; it is a part of the digest of a choice.
        merge: takes what each source lists (find-links sources first, then the indexes; None where a source has no page
            of the project) and gives the files that count, each with the position of its source.
        asking: how the sources are asked.
        first_counts: of files that do not differ the first one counts, not the last.
        joins_pages: the files of find-links locations come first, and then the page of each index as it is.
        any_host: a host may be read without https although nobody has said that it is trusted.
    """

    name: str
    merge: Callable[[Sequence[Listing | None]], Iterable[tuple[int, File]]]
    asking: Asking = Asking.PASS_OVER
    first_counts: bool = True
    joins_pages: bool = False
    any_host: bool = False


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


def _merge_like_uv(listings: Sequence[Listing | None]) -> Iterator[tuple[int, File]]:
    """Every file.

    Measured with uv 0.13.9: a link with several pairs in its fragment (``egg=``, two hashes, ``x=1``) has no hash; the
    case of a digest makes no difference; on find-links pages a yanked file is as good as any other; a file whose
    ``Requires-Python`` cannot be read does not count; in a folder, a folder with the name of a file does not count.
    """
    found = []
    for position, listing in enumerate(listings):
        if listing is None:
            continue
        of_index = listing.location.url is not None
        has_links = listing.page is None or listing.page.content_type != JSON_TYPE
        for file in listing.files:
            if not of_index and _is_folder(file):
                continue
            hashes = {} if has_links and file.has_pairs else {name: text.lower() for name, text in file.hashes.items()}
            yanked = file.yanked if of_index else None
            found.append((position, file._replace(egg=None, hashes=hashes, yanked=yanked)))
    # uv reads more than we do, so what we cannot read counts where there is no other copy.
    return iter(sorted(found, key=lambda pair: not _can_be_parsed(pair[1].requires_python)))


def _is_folder(file: File) -> bool:
    path = None if file.is_foreign_path else local_path(file.url)
    return path is not None and os.path.isdir(path)  # noqa: PTH112 -- a path that is too long is none


@lru_cache(maxsize=256)
def _can_be_parsed(requires_python: str | None) -> bool:
    try:
        SpecifierSet(requires_python or "")
    except ValueError:  # InvalidSpecifier, or a number with more digits than Python reads
        return False
    return True


PIP_RULE = MergeRule("pip", _merge_like_pip, first_counts=False, joins_pages=True)
#: uv without an index strategy.
UV_FIRST_INDEX = MergeRule("uv first-index", _merge_like_uv, Asking.IN_ORDER, any_host=True)


def make_best_match_rule(
    tags: Iterable[str], admits: Callable[[File, NormalizedName], bool] = lambda file, project: True
) -> MergeRule:
    """uv's rule with ``unsafe-best-match``.

    Args:
        tags: those of the target.
        admits: whether uv may take a file of a project, apart from its tags.
    """
    known = frozenset(tags)

    def merge(listings: Sequence[Listing | None]) -> Iterator[tuple[int, File]]:
        files = list(_merge_like_uv(listings))
        indexes = {
            position for position, listing in enumerate(listings) if listing is not None and listing.location.url
        }
        releases = {file.filename: _find_release(file.filename) for _, file in files}
        #: The first index that has a file of a release that uv may take without being asked for just this release.
        first: dict[Version, int] = {}
        for position, file in files:
            release = releases[file.filename]
            if release is None or position not in indexes or not release.may_be_taken(known) or file.yanked is not None:
                continue
            if admits(file, release.project):
                first.setdefault(release.version, position)
        for position, file in files:
            release = releases[file.filename]
            if position not in indexes or release is None:
                yield position, file
                continue
            taken = first.get(release.version, position)
            # What uv passes over on an index before that: variants, and what counts for a requirement of this release.
            is_besides = release.is_variant or file.yanked is not None
            if position == taken or (position < taken and is_besides and _can_be_parsed(file.requires_python)):
                yield position, file

    return MergeRule("uv unsafe-best-match", merge, Asking.ALL, any_host=True)


class _Release(NamedTuple):
    """The project and release that a file is of; of a wheel, its tags, and whether it is a standard wheel."""

    project: NormalizedName
    version: Version
    tags: frozenset[str] | None = None
    is_variant: bool = False

    def may_be_taken(self, tags: Set[str]) -> bool:
        """Whether plain uv sees it, and it fits one of the target's tags."""
        return not self.is_variant and (self.tags is None or not self.tags.isdisjoint(tags))


def _find_release(filename: str) -> _Release | None:
    """What a file's name says; None if it does not tell."""
    try:
        if not filename.endswith(".whl"):
            return _Release(*parse_sdist_filename(filename))
        wheel = parse_wheel_name(filename)
    except (WheelNameError, InvalidSdistFilename):
        return None
    parts = (wheel.python.split("."), wheel.abi.split("."), wheel.platform.split("."))
    is_variant = wheel.dialect is not Dialect.STANDARD
    return _Release(wheel.name, wheel.version, frozenset(map("-".join, product(*parts))), is_variant)
