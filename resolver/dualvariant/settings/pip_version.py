"""Versions of pip, as far as what a pip can do depends on them."""

from __future__ import annotations

from functools import cache

__all__ = ["is_at_least"]


@cache
def is_at_least(pip: str | None, first: str) -> bool:
    """Whether a pip is of a version or a newer one; a pre-release counts as the version that it precedes.

    Args:
        pip: its version, as it says it; None, or a text that is no version (PEP 440), counts as the newest.
        first: the version.
    """
    if pip is None:
        return True
    from packaging.version import Version

    from variantlib.versions import try_version

    version = try_version(pip)
    return version is None or Version(version.base_version) >= Version(first)
