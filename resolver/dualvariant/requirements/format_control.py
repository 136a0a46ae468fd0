"""Which kinds of files an installer may take: ``--no-binary`` and ``--only-binary``, as pip reads them."""

from __future__ import annotations

from attrs import frozen
from packaging.utils import NormalizedName

from dualvariant.requirements.name_sets import ALL, add_names

__all__ = ["FormatControl"]


@frozen
class FormatControl:
    """Project names, or ``:all:``, whose wheels (``no_binary``) or sources (``only_binary``) are ruled out."""

    no_binary: frozenset[str] = frozenset()
    only_binary: frozenset[str] = frozenset()

    def apply(self, option: str, value: str) -> FormatControl:
        """After one more ``--no-binary`` or ``--only-binary``; the later one wins."""
        if option == "--no-binary":
            no_binary, only_binary = add_names(value, self.no_binary, self.only_binary)
        else:
            only_binary, no_binary = add_names(value, self.only_binary, self.no_binary)
        return FormatControl(no_binary, only_binary)

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
