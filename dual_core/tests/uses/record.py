"""How a use is written down, and what it is compared with.

A use is a function without arguments whose docstring is its row in the documentation's table. ``right`` states the
truth of what it returns, by other means than dual numbers. ``refused`` states a part of the message that it ends with:
the way out. There is no third result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Use", "expressions", "refused", "refused_by_library", "right", "slopes", "uses_of"]

Program = Callable[[], Any]


@dataclass(frozen=True)
class Use:
    """One use and its result.

    :param name: the name of the function, or the expression that is differentiated
    :param title: what a user wants, one line of Markdown
    :param program: the program; what it returns are numbers or arrays of numbers
    :param truth: makes the true numbers; None where the use is refused
    :param within: how far a number may be from the truth, relative to it where it is larger than 1
    :param way_out: what the message of a refusal has to say; empty where the use is right
    :param library: the library whose own message it is, where dual_autodiff is never asked; empty else
    :param instead: what to do instead, where the library's message does not say it
    """

    name: str
    title: str
    program: Program
    truth: Program | None = None
    within: float = 1e-9
    way_out: str = ""
    library: str = ""
    instead: str = ""


def _marked(program: Program, **result: Any) -> Program:
    title = " ".join((program.__doc__ or "").split()).removesuffix(".")
    program.use = Use(program.__name__, title, program, **result)  # type: ignore[attr-defined]
    return program


def right(truth: Any, within: float = 1e-9) -> Callable[[Program], Program]:
    """The program returns the truth: a number, numbers, or a function that makes them."""
    return lambda program: _marked(program, truth=truth if callable(truth) else lambda: truth, within=within)


def refused(way_out: str) -> Callable[[Program], Program]:
    """The program ends with an error that dual_autodiff raises, and whose message says *way_out*."""
    return lambda program: _marked(program, way_out=way_out)


def refused_by_library(library: str, message: str, instead: str) -> Callable[[Program], Program]:
    """The program ends with the *library*'s own error: it looks at types, and never asks a dual number anything."""
    return lambda program: _marked(program, way_out=message, library=library, instead=instead)


def uses_of(module: dict[str, Any]) -> list[Use]:
    """The uses that a module defines, in its order; call it with ``globals()`` at the module's end."""
    return [value.use for value in module.values() if hasattr(value, "use")]


def expressions(
    operator: Callable[[Callable[[Any], Any], Any], Any], rows: dict[str, Any], names: dict[str, Any], way_out: str = ""
) -> list[Use]:
    """One use for each expression of ``x``: its derivatives by *operator* are those of central differences.

    :param operator: ``gradient`` or ``jacobian``
    :param rows: the expressions, and where each is differentiated
    :param names: the modules and constants that the expressions use
    :param way_out: what the message says, if the expressions are refused
    """

    def use(text: str, x: Any) -> Use:
        f = eval(f"lambda x: {text}", names)
        truth = None if way_out else lambda: slopes(f, x)
        return Use(text, f"`{text}`", lambda: operator(f, x), truth, 1e-7, way_out)

    return [use(text, np.array(x, dtype=float)) for text, x in rows.items()]


def slopes(f: Callable[[Any], Any], x: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The derivatives of ``f(x)`` by every element of *x*: central differences, extrapolated to step zero.

    Three halvings of the step leave an error of the eighth order: about 1e-10 for functions of size 1.
    """
    point = np.array(x, dtype=float)
    columns = []
    for index in np.ndindex(*point.shape):
        table: list[Any] = []
        for halvings in range(4):
            step = 2.0 ** (-6 - halvings)
            ahead, behind = point.copy(), point.copy()
            ahead[index] += step
            behind[index] -= step
            row = (np.asarray(f(ahead), dtype=float) - np.asarray(f(behind), dtype=float)) / (2.0 * step)
            for order, coarser in enumerate(table):
                row, table[order] = row + (row - coarser) / (4.0 ** (order + 1) - 1.0), row
            table.append(row)
        columns.append(table[-1])
    stacked = np.reshape(columns, (*point.shape, *np.shape(columns[0])))
    return np.moveaxis(stacked, range(point.ndim), range(-point.ndim, 0))
