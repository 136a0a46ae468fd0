"""Writes the static index of a folder of wheels, and keeps what it has read for the next run."""

from dualvariant.static_index.write import Summary, write_index

__all__ = ["Summary", "write_index"]
