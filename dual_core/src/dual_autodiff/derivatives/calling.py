"""A user's function is called: where a library fails on its dual numbers, the error says what to do instead.

NumPy, SciPy and pandas ask an array of dual numbers what to do with it, but not the numbers in a list or in an array of
objects. There they fail in words of their own ("no callable exp method"), which do not say what would work.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from dual_autodiff.scalars.levels import NONE, tag_of
from dual_autodiff.scalars.real_part import is_of_a_library

__all__ = ["FAILURES", "call", "explain"]

#: The errors by which a library fails on numbers that it does not know.
FAILURES = (TypeError, ValueError, AttributeError, RuntimeError)

#: NumPy's words about a universal function, whose own code leaves no frame in a traceback.
_UFUNC = re.compile(r"ufunc '(\w+)' not supported|loop of ufunc does not support .* no callable (\w+) method")

_ONE_ARRAY = "give it one array, which numpy.stack and reshape make of the numbers"
_NO_RULE = "write it with functions of NumPy or dual_autodiff, or give it a rule with dual_autodiff.primitive"


def call(f: Callable[..., Any], *args: Any) -> Any:
    """The result of *f*, with the errors of :func:`explain`."""
    try:
        return f(*args)
    except FAILURES as error:
        explain(error)
        raise


def explain(error: Exception) -> None:
    """Where a library failed on the dual numbers of a user's function, say what to do instead.

    :raises TypeError: a library failed on dual numbers; its own error is the cause
    """
    # Another class, as LinAlgError, tells what is wrong with the numbers, and not with their type.
    if type(error) in FAILURES or isinstance(error, TypeError):
        frames = _innermost_frames_of_a_library(error)
        if frames and _holds_duals(list(frames[0].f_locals.values())):
            name, instead = _what_to_do(frames)
            raise TypeError(f"{name} was given dual numbers, and failed ({error}): {instead}") from error
        found = None if frames else _UFUNC.match(str(error))
        if found:
            name = found[1] or found[2]
            raise TypeError(f"{error}. Where it was given dual numbers: {_instead_of(name)}") from error


def _innermost_frames_of_a_library(error: Exception) -> list[FrameType]:
    """The frames, outermost first, from the call of a library to where it failed; none if it failed elsewhere."""
    frames: list[FrameType] = []
    step = error.__traceback__
    while step is not None:
        if is_of_a_library(step.tb_frame.f_globals.get("__name__")):
            frames.append(step.tb_frame)
        else:
            frames.clear()
        step = step.tb_next
    return frames


def _holds_duals(value: Any) -> bool:
    if tag_of(value) > NONE:
        return True
    if isinstance(value, dict):
        return any(map(_holds_duals, value.values()))
    if getattr(getattr(value, "dtype", None), "kind", None) == "O":  # an array or series of objects
        value = value.tolist()
    return isinstance(value, (list, tuple)) and any(map(_holds_duals, value))


def _what_to_do(frames: list[FrameType]) -> tuple[str, str]:
    """The public name of the function that was called, or that of its package, and what to do instead."""
    from dual_autodiff.arrays.by_name import has_rule
    from dual_autodiff.arrays.kinds import INSTEAD_OF_SPARSE

    module = _public(frames[0].f_globals["__name__"])
    if module.startswith("scipy.sparse"):
        return module, INSTEAD_OF_SPARSE
    for frame in frames:  # the first ones may be wrappers
        for package in (module, module.partition(".")[0]):
            name = frame.f_code.co_name
            function = getattr(sys.modules.get(package), name, None)
            if callable(function):
                return f"{package}.{name}", _ONE_ARRAY if has_rule(function) else _instead_of(name)
    return module, _NO_RULE


def _public(module: str) -> str:
    """The package that users import: ``numpy.linalg`` of ``numpy.linalg._linalg``."""
    return module.partition("._")[0]


def _instead_of(name: str) -> str:
    """What to do in place of a library's function of this name."""
    import numpy

    import dual_autodiff
    from dual_autodiff.arrays.by_name import has_rule

    if name in dual_autodiff.__all__:
        return f"use dual_autodiff.{name}"
    if "scipy.special" in sys.modules:
        from dual_autodiff import special

        if name in special.__all__:
            return f"use dual_autodiff.special.{name}"
    if has_rule(getattr(numpy.linalg, name, None)):
        return f"use numpy.linalg.{name} of one array"
    return _NO_RULE
