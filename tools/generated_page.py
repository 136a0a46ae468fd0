"""A page of the documentation that is made from the data of a test: written, or compared."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

__all__ = ["make_table", "run"]


def make_table(title: str, clients: Sequence[str], rows: dict[str, list[str]]) -> str:
    """A section with a table: a row for each situation, a column for each installer."""
    lines = [f"{title[0].upper()}{title[1:]}\n", "| |" + "".join(f" {client} |" for client in clients)]
    lines.append("|---|" + "---|" * len(clients))
    lines += [f"| {row} |" + "".join(f" {cell} |" for cell in cells) for row, cells in rows.items()]
    return "\n".join(lines) + "\n"


def run(program: str, data: Path, page: Path, render: Callable[[Any], str]) -> int:
    """Write the page, or, with ``--check`` as the only argument, compare it; return the exit code.

    Args:
        program: the module that calls this, for messages.
        data: the file with the data, in JSON.
        page: the file of the page.
        render: makes the page from the data.
    """
    text = render(json.loads(data.read_text(encoding="utf-8")))
    if sys.argv[1:] == ["--check"]:
        if page.exists() and page.read_text(encoding="utf-8") == text:
            return 0
        print(f"{page.name} is out of date: 'python -m {program}' writes it", file=sys.stderr)
        return 1
    if sys.argv[1:]:
        print(f"usage: python -m {program} [--check]", file=sys.stderr)
        return 2
    page.write_text(text, encoding="utf-8")
    return 0
