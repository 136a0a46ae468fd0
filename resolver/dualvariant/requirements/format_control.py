"""Which kinds of files an installer may take: ``--no-binary`` and ``--only-binary``, as pip reads them."""

from __future__ import annotations

from attrs import evolve, frozen
from packaging.utils import NormalizedName, canonicalize_name

__all__ = ["FormatControl"]

ALL = ":all:"
NONE = ":none:"


@frozen
class FormatControl:
    """Project names, or ``:all:``, whose wheels (``no_binary``) or sources (``only_binary``) are ruled out."""

    no_binary: frozenset[str] = frozenset()
    only_binary: frozenset[str] = frozenset()

    def apply(self, option: str, value: str) -> FormatControl:
        """After one more ``--no-binary`` or ``--only-binary``; the later one wins."""
        mine, other = ("no_binary", "only_binary") if option == "--no-binary" else ("only_binary", "no_binary")
        names, others = set(getattr(self, mine)), set(getattr(self, other))
        for word in filter(None, (part.strip() for part in value.split(","))):
            if word == ALL:
                names, others = {ALL}, set()
            elif word == NONE:
                names = set()
            else:
                names.add(canonicalize_name(word))
                others.discard(canonicalize_name(word))
        changes = {mine: frozenset(names), other: frozenset(others)}
        return evolve(self, **changes)

    def wheels(self, project: NormalizedName) -> bool:
        """Whether wheels of the project may be installed."""
        return self._ruled_out(project) != "no_binary"

    def sources(self, project: NormalizedName) -> bool:
        """Whether it may be built from source."""
        return self._ruled_out(project) != "only_binary"

    def _ruled_out(self, project: NormalizedName) -> str | None:
        """The set that decides about a project: a name comes before ``:all:``."""
        for name in (project, ALL):
            if name in self.only_binary:
                return "only_binary"
            if name in self.no_binary:
                return "no_binary"
        return None
