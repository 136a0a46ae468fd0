"""Dual numbers and the functions of them: the compiled ones where they are installed, else plain Python's."""

from typing import TYPE_CHECKING

from dual_autodiff._backend import COMPILED
from dual_autodiff.scalars.levels import of_tag

if TYPE_CHECKING or COMPILED:
    from dual_autodiff._core import *  # noqa: F403
    from dual_autodiff._core import elements as elements
    from dual_autodiff._core import gathered as gathered
    from dual_autodiff._core import tagged as tagged
    from dual_autodiff._core import variable as variable
    from dual_autodiff._core import variables as variables
else:
    from dual_autodiff.scalars.plain import *  # noqa: F403
    from dual_autodiff.scalars.plain import elements, gathered, tagged, variable, variables  # noqa: F401

of_tag(Dual, True)  # noqa: F405
of_tag(MultiDual, True)  # noqa: F405

__all__ = [  # noqa: F405
    "Dual",
    "MultiDual",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "cos",
    "cosh",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "hypot",
    "log",
    "log1p",
    "log2",
    "log10",
    "maximum",
    "minimum",
    "pow",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "where",
]
