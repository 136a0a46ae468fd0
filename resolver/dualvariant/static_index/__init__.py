"""The static index of a folder of wheels: what was read, what was written, and the pages in between."""

from dualvariant.static_index.write import Summary, write_index

__all__ = ["Summary", "write_index"]
