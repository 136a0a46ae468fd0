"""Selection: which wheel of a release this host gets, and why each of the others does not.

A pure function of (candidates, profile, tags, preferences). Its cost follows the number of wheels offered; how many
combinations the profile's values could make plays no part, and no hash is ever enumerated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import frozen

from variantlib.meta import VariantMeta
from variantlib.order import Key, Ranking
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
        self._known: dict[tuple[str, str, str], int | None] = {}

    def rank(self, candidate: Candidate) -> int | None:
        """The position of the candidate's best tag, or None."""
        wheel = candidate.wheel
        triple = (wheel.python, wheel.abi, wheel.platform)
        if triple not in self._known:
            ranks = [self._ranks[tag] for tag in map(str, wheel.tags) if tag in self._ranks]
            self._known[triple] = min(ranks, default=None)
        return self._known[triple]


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
    fitting: list[tuple[Key, int, Candidate]] = []
    rejected: list[Verdict] = []
    for candidate in candidates:
        judged = _judge(candidate, ranking, tags, preferences, wanted)
        if isinstance(judged, tuple):
            fitting.append((*judged, candidate))
        else:
            rejected.append(Verdict(candidate, Outcome.REJECTED, judged))

    if any(candidate.wheel.build for _, _, candidate in fitting):
        fitting.sort(key=lambda entry: entry[2].wheel.build, reverse=True)
    # A standard wheel's key is empty and comes after every variant's.
    fitting.sort(key=lambda entry: (not entry[0], entry[0], entry[1]))
    verdicts = []
    for position, (_, _, candidate) in enumerate(fitting):
        if position == 0:
            verdicts.append(Verdict(candidate, Outcome.CHOSEN, Chosen(candidate, len(fitting))))
        else:
            reason = Beaten(fitting[0][2], candidate, ranking)
            verdicts.append(Verdict(candidate, Outcome.BEATEN, reason))
    return verdicts + rejected


def _judge(
    candidate: Candidate,
    ranking: Ranking,
    tags: TagRanks,
    preferences: Preferences,
    wanted: str | None,
) -> tuple[Key, int] | Reason:
    """A candidate's sort key and tag rank, or why it is out."""
    rank = tags.rank(candidate)
    if rank is None:
        return WrongTags(candidate)
    if candidate.wheel.dialect is Dialect.LABEL:
        return LabelDialect()
    if candidate.wheel.dialect is Dialect.HASH and preferences.no_variant:
        return VariantsOff()
    if candidate.excluded is not None:
        return Excluded(candidate.excluded)
    if preferences.wanted and (wanted is None or not matches(candidate, wanted)):
        return NotAskedFor(preferences.wanted)
    if candidate.description is None:
        return (), rank
    key = ranking.key(candidate.description)
    if not isinstance(key, VariantMeta):
        return key, rank
    if wanted is not None and preferences.force:
        # Behind everything that the host supports (their keys start below zero), more properties first.
        return (1, -len(candidate.description.data)), rank
    return Unsupported(key, ranking.profile)
