"""Versions (PEP 440) from texts of others, which may be no versions."""

from __future__ import annotations

from packaging.version import Version

__all__ = ["try_version"]


def try_version(text: str) -> Version | None:
    """The version that a text is; None if it is none, or has a number with more digits than Python reads (4300).

    ``packaging`` raises :exc:`~packaging.version.InvalidVersion` for the one, and a plain :exc:`ValueError` for the
    other.
    """
    try:
        return Version(text)
    except ValueError:
        return None
