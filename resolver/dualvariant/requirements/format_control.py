"""Which kinds of files an installer may take: ``--no-binary`` and ``--only-binary``, as pip and uv read them."""

from __future__ import annotations

from collections.abc import Set
from typing import NamedTuple

from packaging.utils import NormalizedName, canonicalize_name

from dualvariant.requirements.name_sets import ALL, NONE, add_names

__all__ = ["FORMAT_OPTIONS", "FormatControl"]

#: Options that say which files of a project may be taken.
FORMAT_OPTIONS = frozenset({"--no-binary", "--only-binary"})


class FormatControl(NamedTuple):
    """Project names, or ``:all:``, whose wheels (``no_binary``) or sources (``only_binary``) are ruled out.

    Args:
        no_binary: the projects that must be built from source.
        only_binary: those that must not.
        as_uv: to pip, the later one of two options wins. To uv, a project may be in both sets, and then nothing of it
            is left. Source: ``BuildOptions`` of uv's crate ``uv-configuration``; a test asks uv itself.
    """

    no_binary: frozenset[str] = frozenset()
    only_binary: frozenset[str] = frozenset()
    as_uv: bool = False

    def apply(self, option: str, value: str, *, of_file: bool = False) -> FormatControl:
        """After one more ``--no-binary`` or ``--only-binary``.

        Args:
            option: which of them.
            value: names with commas between them.
            of_file: it is in a requirement file. To uv, a ``:none:`` there clears nothing that is said elsewhere.
        """
        mine, others = self.no_binary, self.only_binary
        if option == "--only-binary":
            mine, others = others, mine
        if self.as_uv:
            mine = mine | _read_names(value) if of_file else _read_names(value, mine)
        else:
            mine, others = add_names(value, mine, others)
        no_binary, only_binary = (mine, others) if option == "--no-binary" else (others, mine)
        return self._replace(no_binary=no_binary, only_binary=only_binary)

    def wheels(self, project: NormalizedName) -> bool:
        """Whether wheels of the project may be installed."""
        return not _rules_out(self.no_binary, project, self.only_binary)

    def sources(self, project: NormalizedName) -> bool:
        """Whether it may be built from source."""
        return not _rules_out(self.only_binary, project, self.no_binary)


def _read_names(value: str, before: Set[str] = frozenset()) -> frozenset[str]:
    """The names of an option of uv, behind those of the options before it."""
    names = set(before)
    for word in value.split(","):
        if word == NONE:
            names = set()
        else:
            names.add(word if word == ALL else canonicalize_name(word))
    return frozenset(names)


def _rules_out(names: Set[str], project: NormalizedName, opposite: Set[str]) -> bool:
    """Whether a set has a project; ``:all:`` has it, unless the opposite set has its name, and not ``:all:`` itself."""
    if ALL in names:
        return project not in opposite or ALL in opposite
    return project in names
