"""What is said where a function does not return what its derivative needs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

__all__ = ["name_of", "refuse_several"]


def name_of(f: Callable[..., Any]) -> str:
    """The user's function: its name and where it comes from."""
    name = getattr(f, "__qualname__", None) or type(f).__qualname__
    code = getattr(f, "__code__", None)
    if code is not None:
        file = code.co_filename.replace("\\", "/").rpartition("/")[2]
        name = "a lambda" if f.__name__ == "<lambda>" else f"{f.__name__}()"
        return f"{name} of {file}, line {code.co_firstlineno},"
    module = getattr(f, "__module__", None)
    return f"{module}.{name}" if module else str(name)


def refuse_several(f: Callable[..., Any], result: Any, instead: str = "jacobian(f, x) is for several values") -> None:
    """Tell that *f* returned what is no single number.

    :raises TypeError: it is None, a sequence or an array
    """
    if result is None:
        raise TypeError(f"{name_of(f)} returned None: does it lack a return?")
    numpy = sys.modules.get("numpy")
    kind = "a tuple" if isinstance(result, tuple) else "a list" if isinstance(result, list) else None
    if (
        numpy is not None
        and kind is None
        and (isinstance(result, numpy.ndarray) or hasattr(type(result), "_directions"))
    ):
        kind = f"an array of shape {result.shape}"
    if kind is not None:
        raise TypeError(f"{name_of(f)} returned {kind}, not one number: {instead}")
