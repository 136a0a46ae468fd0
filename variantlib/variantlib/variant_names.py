"""The names that projects give to variants (named configurations), so that a user can ask for ``fast``.

A name has the form of a label, so that it can be the label of a label wheel, and nobody can take it for a property or a
hash.
"""

from __future__ import annotations

import re

__all__ = ["NULL_LABEL", "find_name_flaw"]

#: The label of the variant without properties.
NULL_LABEL = "null"

_NAME = re.compile(r"[0-9a-z_.]+")
_HASH = re.compile(r"[0-9a-f]{8}")
_RESERVED = (NULL_LABEL, "standard")


def find_name_flaw(name: str) -> str | None:
    """Why a text is no name of a variant, in words that follow "the name"; None if it is one.

    Args:
        name: the text.
    """
    if not _NAME.fullmatch(name):
        return "may have only 0-9, a-z, _ and ."
    if name in _RESERVED:
        return "is reserved"
    if _HASH.fullmatch(name):
        return "looks like a hash"
    return None
