"""An index of uv with ``format = "flat"``: files of any project, and a place in the order of the indexes."""

from __future__ import annotations

from dualvariant.repository.source import FindLinks

__all__ = ["FlatIndex"]


class FlatIndex(FindLinks):
    """Reads its files as a find-links source does, but counts as an index: it has a project if it has a file of it."""
