"""What is generated from the table of operations is up to date, and the table's rules are the kernels' slopes."""

import math
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import dual_autodiff as df
import pytest
from dual_autodiff import operations
from dual_autodiff.scalars.levels import NestedDual, new_tag

GENERATOR = Path(__file__).resolve().parents[1] / "tools" / "generate.py"

#: Points inside the domain of each function.
POINTS = {
    "asin": (-0.9, 0.9),
    "acos": (-0.9, 0.9),
    "atanh": (-0.9, 0.9),
    "acosh": (1.1, 9.0),
    **dict.fromkeys(("log", "log2", "log10", "log1p", "sqrt", "cbrt"), (0.1, 9.0)),
}


@pytest.mark.skipif(not GENERATOR.is_file(), reason="the tools are not beside the tests")
def test_generated_parts_are_up_to_date() -> None:
    result = subprocess.run([sys.executable, str(GENERATOR), "--check"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("function", operations.FUNCTIONS, ids=lambda f: f.name)
def test_rule_of_a_function_is_its_kernel_s_slope(function: Any) -> None:
    source = random.Random(function.name)
    low, high = POINTS.get(function.name, (-2.0, 2.0))
    for _ in range(200):
        x = source.uniform(low, high)
        at = getattr(df, function.name)(df.Dual(x, 1.0))
        assert math.isclose(function.rule(df, x, at.real), at.dual, rel_tol=1e-12)


@pytest.mark.parametrize("name", [function.name for function in operations.FUNCTIONS])
def test_second_derivative_is_the_slope_of_the_first(name: str) -> None:
    low, high = POINTS.get(name, (-2.0, 2.0))
    f, step = getattr(df, name), 1e-4
    for part in (0.2, 0.5, 0.8):
        x = low + part * (high - low)
        slope = (df.derivative(f, x + step) - df.derivative(f, x - step)) / (2 * step)
        assert math.isclose(df.derivative(f, x, order=2), slope, rel_tol=1e-5, abs_tol=1e-6)


@pytest.mark.parametrize("name", operations.RULES_OF_TWO)
def test_rules_of_two_arguments_are_the_kernels_slopes(name: str) -> None:
    operation = {"add": "+", "sub": "-", "mul": "*", "div": "/", "mod": "%", "floordiv": "//", "pow": "**"}.get(name)
    f = eval(f"lambda x, y: x {operation} y") if operation else getattr(df, name)
    x, y = 3.7, 1.3
    value = f(x, y)
    by_x, by_y = (rule() for rule in operations.RULES_OF_TWO[name](df, x, y, value))
    assert math.isclose(by_x, f(df.Dual(x, 1.0), y).dual, rel_tol=1e-13)
    assert math.isclose(by_y, f(x, df.Dual(y, 1.0)).dual, rel_tol=1e-13)


def test_a_number_of_two_derivatives_holds_both() -> None:
    inner, outer = new_tag(), new_tag()
    x = df.dual.tagged(3.0, 1.0, inner) * df.dual.tagged(5.0, 1.0, outer)
    assert isinstance(x, NestedDual)
    assert (x.value.value, x.value.derivative, x.derivative.value, x.derivative.derivative) == (15.0, 5.0, 3.0, 1.0)
