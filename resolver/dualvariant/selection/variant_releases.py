"""Releases of which only variants fit here: an installer by itself does not see them.

They are shown, so that a project with nothing but variants can be installed. But they may lead an installer to where
there is no solution, past one that it finds by itself: it takes no pre-release beside a final release, for example.
"""

from __future__ import annotations

from dualvariant.selection.project import Release
from variantlib.verdict import Outcome
from variantlib.wheel_name import Dialect

__all__ = ["has_variants_only", "without_variants"]

_WHY_NOT = "the installer finds no solution with it, and by itself does not see its release"


def has_variants_only(release: Release) -> bool:
    """Whether a variant is chosen, and neither a standard wheel nor an sdist fits."""
    chosen = release.chosen
    if chosen is None or chosen.wheel.dialect is Dialect.STANDARD:
        return False
    fitting = [verdict.candidate for verdict in release.verdicts if verdict.outcome is not Outcome.REJECTED]
    return not any(candidate.wheel.dialect is Dialect.STANDARD for candidate in fitting) and not any(
        file.fits and not file.shown.is_renamed for file in release.considered
    )


def without_variants(release: Release) -> Release:
    """The release with none of its variants chosen."""
    return release.with_files(
        [
            listed._replace(excluded=_WHY_NOT)
            if listed.wheel is not None and listed.wheel.dialect is not Dialect.STANDARD
            else listed
            for listed in release.files
        ]
    )
