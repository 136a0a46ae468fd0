"""Rows of text as aligned columns."""

from __future__ import annotations

from collections.abc import Sequence

from dualvariant.core.printable import printable_line

__all__ = ["table"]


def table(rows: Sequence[Sequence[str]]) -> str:
    """The rows, one a line, each column as wide as its widest cell; the last column may be of any width.

    Cells are made printable: no cell can begin a line of its own.
    """
    rows = [[printable_line(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]) for row in rows
    )
