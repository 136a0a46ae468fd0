"""Which of the two implementations runs: the compiled one where this installation has it, else plain Python.

A compiled module that is there and cannot be imported raises, since a broken wheel must not pass for a slow one.
"""

from importlib.util import find_spec

__all__ = ["COMPILED"]

#: True where the compiled modules are installed.
COMPILED: bool = find_spec("dual_autodiff._core") is not None
