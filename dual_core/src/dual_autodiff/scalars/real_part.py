"""What ``.real`` of a dual number is: the value where a user asks, the number itself where NumPy or its like asks.

To those libraries the real part is the number without its imaginary part: they compute with it, and the derivative has
to come along. From NumPy 2.5 on, ``.real`` of an array of objects asks each element, and ``numpy.var`` takes it.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["is_of_a_library", "real_of"]

#: Packages whose functions take arrays of objects, or call those that do.
_LIBRARIES = frozenset(["numpy", "pandas", "scipy"])


def is_of_a_library(module: Any) -> bool:
    """Whether a module belongs to NumPy or its like, which mean the number itself by its real part.

    :param module: the module's name, or what was put in its place
    """
    return type(module) is str and module.partition(".")[0] in _LIBRARIES


def real_of(x: Any, value: Any) -> Any:
    """The real part of *x*, for the Python function that has read the property which calls this.

    :param value: the value of *x*
    """
    try:
        caller = sys._getframe(2)
    except ValueError:  # no Python function runs: C has asked
        return value
    return x if is_of_a_library(caller.f_globals.get("__name__")) else value
