"""Exact derivatives of ordinary Python expressions, by dual numbers.

>>> import dual_autodiff as df
>>> df.sin(df.Dual(2, 1))
Dual(0.9092974268256817, -0.4161468365471424)
"""

from typing import TYPE_CHECKING, Any

from dual_autodiff import dual
from dual_autodiff._build import BuildInfo, build_info
from dual_autodiff.derivatives.functions import derivative, value_and_derivative
from dual_autodiff.derivatives.primitives import primitive
from dual_autodiff.derivatives.several import gradient, hessian, hvp, jacobian, jvp, value_and_gradient
from dual_autodiff.dual import *  # noqa: F403
from dual_autodiff.errors import NotPointwiseError
from dual_autodiff.scalars.levels import NestedDual

if TYPE_CHECKING:
    from dual_autodiff.arrays.array import DualArray

__version__ = "0.1.0"

__all__ = ["BuildInfo", "DualArray", "NestedDual", "NotPointwiseError", "__version__", "build_info"]
__all__ += ["derivative", "gradient", "hessian", "hvp", "jacobian", "jvp"]
__all__ += ["primitive", "value_and_derivative", "value_and_gradient"]
__all__ += dual.__all__


def __getattr__(name: str) -> Any:
    """NumPy is imported with the first array, and so is the class of arrays."""
    if name == "DualArray":
        from dual_autodiff.arrays.array import DualArray

        return DualArray
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
