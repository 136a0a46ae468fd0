"""Selection: which wheel of a release this host gets, and why each of the others does not.

A pure function of (candidates, profile, tags, preferences). Its cost follows the number of wheels offered; how many
combinations the profile's values could make does not matter, and no hash is ever enumerated.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from operator import itemgetter

from attrs import frozen

from variantlib.meta import VariantMeta
from variantlib.order import Ranking
from variantlib.profile import HostProfile
from variantlib.verdict import (
    Beaten,
    Candidate,
    Chosen,
    Excluded,
    LabelDialect,
    NotAskedFor,
    Outcome,
    Reason,
    Unsupported,
    VariantsOff,
    Verdict,
    WrongTags,
)
from variantlib.wheel_name import Dialect

__all__ = ["Preferences", "TagRanks", "select"]


@frozen
class Preferences:
    """What the user asked for, beyond the host's own answer.

    Args:
        wanted: labels, hashes or properties (``provider :: key :: value``), best first; the first that a release has
            decides, and nothing else of that release will do.
        no_variant: standard wheels only.
        force: a wanted variant is taken even if the host does not support it.
    """

    wanted: tuple[str, ...] = ()
    no_variant: bool = False
    force: bool = False


class TagRanks:
    """How well a wheel's tags fit an interpreter: 0 is its best tag, None means it cannot use the wheel.

    Args:
        tags: the interpreter's tags as strings (``cp311-cp311-manylinux_2_17_x86_64``), best first.
    """

    def __init__(self, tags: Iterable[str]) -> None:
        self.tags = list(tags)
        self._ranks = {tag: position for position, tag in reversed(list(enumerate(self.tags)))}
        self._known: dict[str, int | None] = {}

    def rank(self, candidate: Candidate) -> int | None:
        """The position of the candidate's best tag, or None."""
        wheel = candidate.wheel
        tag_set = wheel.tag_set
        try:
            return self._known[tag_set]
        except KeyError:
            ranks = [self._ranks[tag] for tag in map(str, wheel.tags) if tag in self._ranks]
            rank = self._known[tag_set] = min(ranks, default=None)
            return rank


def matches(candidate: Candidate, wanted: str) -> bool:
    """Whether the candidate is what one entry of :attr:`Preferences.wanted` names: a label, a hash or a property."""
    if candidate.wheel.label == wanted:
        return True
    description = candidate.description
    if description is None or "::" not in wanted:
        return False
    try:
        return VariantMeta.from_str(wanted) in description.data
    except ValueError:
        return False


def _first_that_exists(candidates: Sequence[Candidate], preferences: Preferences) -> str | None:
    """The first wanted entry that one of the candidates matches."""
    for wanted in preferences.wanted:
        if any(matches(candidate, wanted) for candidate in candidates):
            return wanted
    return None


def select(
    candidates: Sequence[Candidate],
    profile: HostProfile,
    tags: TagRanks,
    preferences: Preferences | None = None,
) -> list[Verdict]:
    """A verdict for each wheel of one release, in preference order, the rejected ones last.

    Args:
        candidates: the wheels of one release of one project, each with its variant's description.
        profile: what the host supports, providers in priority order.
        tags: what the target interpreter can install.
        preferences: what the user asked for; nothing, if left out.

    Returns:
        One :class:`Verdict` a candidate. At most one is chosen; none is, if nothing fits.
    """
    preferences = preferences or Preferences()
    ranking = Ranking(profile)
    wanted = _first_that_exists(candidates, preferences)
    fitting: list[tuple[int, int, Candidate]] = []
    rejected: list[Verdict] = []
    for candidate in candidates:
        judged = _judge(candidate, ranking, tags, preferences, wanted)
        if isinstance(judged, tuple):
            fitting.append((*judged, candidate))
        else:
            rejected.append(Verdict(candidate, Outcome.REJECTED, judged))

    if not fitting:
        return rejected
    if any(candidate.wheel.build for _, _, candidate in fitting):
        fitting.sort(key=lambda entry: entry[2].wheel.build, reverse=True)
    fitting.sort(key=itemgetter(0, 1))
    _, best_rank, best = fitting[0]
    beaten = Outcome.BEATEN
    verdicts = [
        Verdict(candidate, beaten, Beaten(best, candidate, ranking, rank == best_rank))
        for _, rank, candidate in fitting
    ]
    verdicts[0] = Verdict(best, Outcome.CHOSEN, Chosen(best, len(fitting), ranking))
    return verdicts + rejected


#: The key of a standard wheel. Keys of variants that the host supports are negative, and so come first.
_STANDARD = sys.maxsize


def _judge(
    candidate: Candidate,
    ranking: Ranking,
    tags: TagRanks,
    preferences: Preferences,
    wanted: str | None,
) -> tuple[int, int] | Reason:
    """A candidate's sort key and tag rank, or why it is out."""
    rank = tags.rank(candidate)
    if rank is None:
        return WrongTags(candidate)
    dialect = candidate.wheel.dialect
    if dialect is Dialect.LABEL:
        return LabelDialect()
    if preferences.no_variant and dialect is Dialect.HASH:
        return VariantsOff()
    if candidate.excluded is not None:
        return Excluded(candidate.excluded)
    if preferences.wanted and (wanted is None or not matches(candidate, wanted)):
        return NotAskedFor(preferences.wanted if wanted is None else (wanted,))
    description = candidate.description
    if description is None:
        if dialect is Dialect.HASH:
            return Excluded("its properties are not known")
        return _STANDARD, rank
    key = ranking.key(description)
    if not isinstance(key, VariantMeta):
        return key, rank
    if wanted is not None and preferences.force:
        # Behind everything that the host supports, more properties first.
        return _STANDARD - len(description.data), rank
    return Unsupported(key, ranking.profile)
