"""Two sets of project names that exclude each other, as pip's ``--no-binary`` and ``--only-binary`` change them.

Source: ``handle_mutual_excludes`` of ``pip._internal.models.format_control`` and ``release_control``.
"""

from __future__ import annotations

from collections.abc import Set

from packaging.utils import canonicalize_name

__all__ = ["ALL", "NONE", "add_names"]

ALL = ":all:"
NONE = ":none:"


def add_names(value: str, names: Set[str], others: Set[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Both sets after one more option.

    ``:all:`` is no element of a list: what stands before it is forgotten, and what stands behind it too, unless a
    ``:none:`` is there, which empties the set.

    Args:
        value: names with commas between them.
        names: the set of the option.
        others: the set that is its opposite.
    """
    mine, theirs = set(names), set(others)
    words = value.split(",")
    while ALL in words:
        mine, theirs = {ALL}, set()
        del words[: words.index(ALL) + 1]
        if NONE not in words:
            return frozenset(mine), frozenset(theirs)
    for word in words:
        if word == NONE:
            mine = set()
        else:
            name = canonicalize_name(word)
            theirs.discard(name)
            mine.add(name)
    return frozenset(mine), frozenset(theirs)
