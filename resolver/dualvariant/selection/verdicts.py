"""Verdicts as the JSON document that other programs read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dualvariant.selection.project import Release
    from dualvariant.selection.view import View

__all__ = ["make_document"]


def make_document(view: View, releases: Iterable[tuple[str, Release]]) -> dict[str, Any]:
    """The document of verdicts (``explain --json``, ``install --dry-run --json``).

    Args:
        view: what was chosen from.
        releases: project names, each with the release that the verdicts are about.
    """
    return {
        "profile": view.choice.profile.digest,
        "projects": [
            {
                "name": name,
                "version": str(release.version),
                "candidates": [verdict.to_dict() for verdict in release.verdicts],
            }
            for name, release in releases
        ],
    }
