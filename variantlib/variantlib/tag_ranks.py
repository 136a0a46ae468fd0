"""How well the tags of a wheel fit an interpreter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from variantlib.verdict import Candidate

__all__ = ["TagRanks"]


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
