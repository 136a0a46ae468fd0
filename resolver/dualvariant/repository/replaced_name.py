"""Variants whose ``~`` a store has replaced: GitHub's releases make ``demo-1.0.a496bd9c-…`` of ``demo-1.0~a496bd9c-…``.

Without its ``~`` the name says something else. Most often it is no wheel name at all, and installers pass over it. With
a hash of eight decimal digits it may be the name of a release or a build that does not exist (``1.0.12345678``), and
only the wheel itself tells it from a real one (``2.31.0.20240106``).
"""

from __future__ import annotations

import re

from variantlib.errors import WheelNameError
from variantlib.wheel_name import Dialect, WheelName, parse_wheel_name

__all__ = ["describe_replaced", "find_replaced_name", "may_have_replaced_names"]

# What is in the place of the '~': another character that is neither a letter nor a digit, or its escape, once more
# escaped.
_REPLACED = re.compile(r"(.+?)(%(?:25)*7e|[^A-Za-z0-9~])([0-9a-f]{8})((?:-[^-]+){3}\.whl)", re.IGNORECASE)

# The dash behind a hash. A pattern that begins with the hash would be tried at each digit of each digest on the page.
_BEHIND_HASH = re.compile(rb"-(?<=[0-9a-fA-F]{8}-)")
#: What follows the hash in such a name, in the bytes of a page; each part of a wheel's name begins with a dash.
_TAGS = re.compile(rb"(?:-[^-\s\"'<>]+){3}\.whl", re.IGNORECASE)


def may_have_replaced_names(page: bytes) -> bool:
    """Whether :func:`find_replaced_name` may find something on a page; it need not be parsed for that."""
    return any(_TAGS.match(page, dash.start()) for dash in _BEHIND_HASH.finditer(page))


def find_replaced_name(filename: str) -> WheelName | None:
    """What the name of a variant said before its ``~`` was replaced; None for a name that cannot come about so.

    The result has the file name as it is now.
    """
    match = _REPLACED.fullmatch(filename)
    if match is None:
        return None
    try:
        wheel = parse_wheel_name(f"{match[1]}~{match[3]}{match[4]}")
    except WheelNameError:
        return None
    return wheel._replace(filename=filename) if wheel.dialect is Dialect.HASH else None


def describe_replaced(wheel: WheelName) -> str:
    """What a wheel with a replaced name is, in words."""
    return (
        f"probably variant {wheel.label} of {wheel.name} {wheel.version}: whatever stores it has replaced the '~' in "
        "its name, so no installer knows it"
    )
