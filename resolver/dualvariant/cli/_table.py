"""Rows of text as aligned columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dualvariant.core.printable import printable_line

__all__ = ["describe_values", "table"]


def table(rows: Sequence[Sequence[str]]) -> str:
    """The rows, one a line, each column as wide as its widest cell; the last column may be of any width.

    Cells are made printable: no cell can begin a line of its own.
    """
    rows = [[printable_line(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]) for row in rows
    )


def describe_values(values: Mapping[str, Sequence[str]]) -> list[str]:
    """A provider's values by key, one line a key; keys that follow each other and say the same share a line."""
    lines: list[tuple[list[str], Sequence[str]]] = []
    for key, said in values.items():
        if lines and list(lines[-1][1]) == list(said):
            lines[-1][0].append(key)
        else:
            lines.append(([key], said))
    return [f"{' '.join(keys)}: {' '.join(said)}" for keys, said in lines]
