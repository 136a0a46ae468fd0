"""Random programs with derivatives inside derivatives, as text that dual_autodiff and SymPy both evaluate."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import dual_autodiff as df
import numpy as np
import sympy
from hypothesis import strategies as st

__all__ = ["numbers_of", "programs", "symbols_of"]

#: Smooth functions without poles, so that derivatives of every order stay moderate.
_ONE = ["sin({})", "cos({})", "tanh({})", "atan({})", "exp(sin({}))", "({}) ** 2", "({}) ** 3", "-({})"]
_ONE += ["1 / (1 + ({0}) ** 2)", "log(2 + ({0}) ** 2)", "sqrt(1 + ({0}) ** 2)"]
_TWO = ["({}) + ({})", "({}) - ({})", "({}) * ({})", "({}) / (2 + sin({}))"]

#: Derivatives of functions of one variable: their place comes last.
_LEVELS = ["derivative(lambda {v}: {body}, {p})", "in_thread(lambda {v}: {body}, {p})"]
_LEVELS += ["second(lambda {v}: {body}, {p})"]
#: Of functions of many points.
_LEVELS_OF_ARRAYS = ["at_points(lambda {v}: {body})"]
#: Of functions of two variables.
_LEVELS_OF_TWO = [
    "gradient(lambda {v}, {w}: {body}, {p}, {q})",
    "jacobian(lambda {v}, {w}: [{body}, {other}], {p}, {q})",
    "jvp(lambda {v}, {w}: {body}, {p}, {q})",
    "hessian(lambda {v}, {w}: {body}, {p}, {q})",
]


@st.composite
def programs(
    draw: st.DrawFn, variables: tuple[str, ...] = ("x",), levels: int = 2, size: int = 2, arrays: bool = True
) -> str:
    """An expression of the variables with at most *levels* derivatives inside each other.

    Without *arrays*, the levels are those that a function of many points may have inside: derivatives by one number.
    """
    if levels and draw(st.booleans()):
        v, w = f"v{len(variables)}", f"w{len(variables)}"
        place = programs(variables, 0, 1)
        parts = {"v": v, "w": w, "p": draw(place), "q": draw(place)}
        level = draw(st.sampled_from(_LEVELS + (_LEVELS_OF_TWO + _LEVELS_OF_ARRAYS if arrays else [])))
        inner = (*variables, v, w) if level in _LEVELS_OF_TWO else (*variables, v)
        inside = programs(inner, levels - 1, size, arrays and level not in _LEVELS_OF_ARRAYS)
        parts |= {"body": draw(inside), "other": draw(inside) if "{other}" in level else ""}
        found = level.format(**parts)
        return f"({draw(programs(variables, 0, 1))}) * {found}" if draw(st.booleans()) else found
    if size == 0:
        number = draw(st.integers(-16, 16))
        return draw(st.sampled_from([*variables, *variables, variables[-1], f"number({number})"]))
    if draw(st.booleans()):
        return draw(st.sampled_from(_ONE)).format(draw(programs(variables, levels, size - 1, arrays)))
    parts_of_two = [
        draw(programs(variables, levels, size - 1, arrays)),
        draw(programs(variables, levels, size - 1, arrays)),
    ]
    return draw(st.sampled_from(_TWO)).format(*parts_of_two)


#: Where ``at_points`` evaluates a function, and the weights that make one number of several derivatives.
POINTS, WEIGHTS = (-3, 2, 5), (2, -1, 3, 1)


def _weighted(entries: Any) -> Any:
    return sum(weight * entry for weight, entry in zip(WEIGHTS, entries, strict=False))


def _in_thread(f: Callable[[Any], Any], p: Any) -> Any:
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(df.derivative, f, p).result()


def numbers_of(text: str) -> Callable[[Any], Any]:
    """The program as a function of x, of numbers and dual numbers."""
    points = np.array(POINTS) / 8
    names = {name: getattr(df, name) for name in ("sin", "cos", "tanh", "atan", "exp", "log", "sqrt", "derivative")}
    names |= {
        "number": lambda n: n / 8,
        "in_thread": _in_thread,
        "second": lambda f, p: df.derivative(lambda v: df.derivative(f, v), p),
        "at_points": lambda f: df.derivative(f, points).sum(),
        "gradient": lambda f, p, q: _weighted(df.gradient(lambda z: f(z[0], z[1]), [p, q])),
        "jacobian": lambda f, p, q: _weighted(df.jacobian(lambda z: f(z[0], z[1]), [p, q]).ravel()),
        "jvp": lambda f, p, q: df.jvp(lambda z: f(z[0], z[1]), [p, q], [2.0, -1.0])[1],
        "hessian": lambda f, p, q: _weighted(df.hessian(lambda z: f(z[0], z[1]), [p, q]).ravel()),
    }
    return lambda x: eval(text, {**names, "x": x})


def symbols_of(text: str) -> Callable[[Any], Any]:
    """The program as a function of x, of symbols and exact numbers."""

    def partial(f: Callable[..., Any], place: tuple[Any, ...], *by: int) -> Any:
        fresh = [sympy.Dummy() for _ in place]
        slope = f(*fresh)
        for index in by:
            slope = sympy.diff(slope, fresh[index])
        return slope.xreplace(dict(zip(fresh, place, strict=True)))

    def jacobian(f: Callable[..., Any], p: Any, q: Any) -> Any:
        entries = [partial(lambda v, w, row=row: f(v, w)[row], (p, q), by) for row in (0, 1) for by in (0, 1)]
        return _weighted(entries)

    names = {name: getattr(sympy, name) for name in ("sin", "cos", "tanh", "atan", "exp", "log", "sqrt")}
    names |= {
        "number": lambda n: sympy.Rational(n, 8),
        "derivative": lambda f, p: partial(f, (p,), 0),
        "in_thread": lambda f, p: partial(f, (p,), 0),
        "second": lambda f, p: partial(f, (p,), 0, 0),
        "at_points": lambda f: sum(partial(f, (sympy.Rational(n, 8),), 0) for n in POINTS),
        "gradient": lambda f, p, q: _weighted([partial(f, (p, q), by) for by in (0, 1)]),
        "jacobian": jacobian,
        "jvp": lambda f, p, q: 2 * partial(f, (p, q), 0) - partial(f, (p, q), 1),
        "hessian": lambda f, p, q: _weighted([partial(f, (p, q), i, j) for i in (0, 1) for j in (0, 1)]),
    }
    return lambda x: sympy.sympify(eval(text, {**names, "x": x}))
