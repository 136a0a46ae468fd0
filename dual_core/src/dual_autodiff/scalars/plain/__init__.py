"""The scalars in plain Python, the compiled module's twin.

``operators.py`` and ``functions.py`` are made from the table of operations by ``tools/generate.py``.
"""

from collections.abc import Callable
from typing import Any

from dual_autodiff.scalars.plain import functions, functions_of_two
from dual_autodiff.scalars.plain.dual import Dual, variable
from dual_autodiff.scalars.plain.functions import *  # noqa: F403
from dual_autodiff.scalars.plain.functions_of_two import *  # noqa: F403
from dual_autodiff.scalars.plain.multi_dual import MultiDual, elements, gathered, tagged, variables

__all__ = ["FUNCTIONS", "Dual", "MultiDual", *functions.__all__, *functions_of_two.__all__]
__all__ += ["elements", "gathered", "tagged", "variable", "variables"]

#: Every function of the module by its name.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: getattr(module, name) for module in (functions, functions_of_two) for name in module.__all__
}
