"""Exact derivatives of ordinary Python expressions, by dual numbers.

>>> import dual_autodiff as df
>>> df.sin(df.Dual(2, 1))
Dual(0.9092974268256817, -0.4161468365471424)
"""

from .dual import (
    Dual,
    acos,
    asin,
    atan,
    cos,
    cosh,
    exp,
    log,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)

__version__ = "0.1.0"

# fmt: off
__all__ = [
    "Dual", "__version__",
    "acos", "asin", "atan", "cos", "cosh", "exp", "log", "sin", "sinh", "sqrt", "tan", "tanh",
]
# fmt: on
