"""The documentation's page of uses: ``python -m uses.page`` in the folder ``tests`` writes it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from uses import THEMES
from uses.record import Use

__all__ = ["PAGE", "page"]

PAGE = Path(__file__).resolve().parents[3] / "docs" / "dual_autodiff" / "uses.md"

HEAD = """# What dual_autodiff differentiates, and what it refuses

<!-- Written by `python -m uses.page` in dual_core/tests, from the modules in dual_core/tests/uses. -->

For readers who want to know whether their function can be differentiated. Each row is a small program that CI runs,
with the compiled package and with the one in plain Python. *Right* means that the program returns the derivative,
compared with a closed form, with mpmath, or with central differences extrapolated to step zero. *Refused* means that it
ends with an error of `dual_autodiff` whose message says what to do instead; the table has a word of that message. A row
that is refused by another library shows that library's own error, and the table says what to do instead. No row returns
a wrong number.

NumPy, SciPy and pandas take a list or an array of objects without asking `dual_autodiff` what is in it. Where they
fail on dual numbers within `gradient` or another derivative, its error says what to do, and theirs is the cause.
Outside of a derivative, SciPy's special functions and sparse arrays refuse a `DualArray` in the same words. Of numbers
made by hand in a list or in an array of objects, the library's own error is all that is shown: `numpy.stack(numbers)`
makes one array of them, which `numpy.linalg` and `dual_autodiff.special` take.

One limit has no row. A result that only comparisons decide, such as the end of a bisection or a position in a table, is
constant until a comparison changes its result, so its derivative is 0. Differentiate the equation instead: by Newton's
method, or by the implicit function theorem; both are below.

The programs are in `dual_core/tests/uses`, one file for each section.
"""


def result(use: Use) -> str:
    """The last cell of the use's row."""
    if use.truth is not None:
        return "right"
    if use.library:
        return f"refused by {use.library} (“{use.way_out}”): {use.instead}"
    return f"refused: `{use.way_out}`"


def section(theme: str) -> str:
    """The heading and the table of one module of uses."""
    module = import_module(f"uses.{theme}")
    title = (module.__doc__ or "").splitlines()[0].rstrip(".")
    rows = [f"| {use.title.replace('|', chr(92) + '|')} | {result(use)} |" for use in module.USES]
    return "\n".join([f"## {title}", "", "| use | result |", "|---|---|", *rows, ""])


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(section(theme) for theme in THEMES)])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
