"""The samples of the report that the package comes from (C1 Report, December 2024), with what they print.

The report's Dual stores the objects it gets, so its first sample prints ``5, 18``; here the parts are C doubles, and
it prints ``5.0 18.0``. Where the report shows printed numbers with commas, Python prints blanks. The page
docs/dual_autodiff/report.md says the same in prose.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys

import pytest
from dual_autodiff.dual import Dual


def printed(sample: str) -> list[str]:
    """What a sample prints, line by line; the report shows it without its imports."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec("import math\nfrom dual_autodiff.dual import Dual\n" + sample, {})
    return output.getvalue().splitlines()


def test_the_parts_are_floats() -> None:
    sample = """
x = Dual(5, 18)
print(x.real, x.dual)
"""
    assert printed(sample) == ["5.0 18.0"]


def test_division() -> None:
    sample = """
x = Dual(6, 2)
y = Dual(3, 1)
z = x / y
print(z.real, z.dual)
"""
    assert printed(sample) == ["2.0 0.0"]


def test_sine() -> None:
    sample = """
x = Dual(2, 1)
result = x.sin()
print(result.real, result.dual)
"""
    assert printed(sample) == ["0.9092974268256817 -0.4161468365471424"]


def test_the_check_after_installing() -> None:
    command = [sys.executable, "-c", "import dual_autodiff as df; print(df.Dual(5, 18))"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout == "Dual(5.0, 18.0)\n"


FUNCTION = """
def f(X):
    sinX = X.sin()
    log_sinX = sinX.log()
    x2 = X * X
    x2cosX = x2 * X.cos()
    return log_sinX + x2cosX

x = Dual(1.5, 1.0)
fx = f(x)
"""


def test_the_first_function() -> None:
    sample = """
print("f(1.5) =", fx.real)
print("f'(1.5) =", fx.dual)
"""
    assert printed(FUNCTION + sample) == ["f(1.5) = 0.15665054756073515", "f'(1.5) = -1.9612372705533612"]


def test_its_derivative_by_hand() -> None:
    sample = """
a = 1.5
analytical_derivative = (
    (math.cos(a)/math.sin(a)) + 2*a*math.cos(a) - a*a*math.sin(a))
print("Analytical f'(1.5) =", analytical_derivative)
print(abs(analytical_derivative - fx.dual) <= math.ulp(fx.dual))
"""
    assert printed(FUNCTION + sample) == ["Analytical f'(1.5) = -1.9612372705533612", "True"]


@pytest.mark.parametrize(
    ("step", "report"),
    [
        (1e-3, -1.9612379763359749),
        (1e-4, -1.9612372776108),
        (1e-5, -1.9612372706409584),
        (1e-6, -1.961237270337035),
    ],
)
def test_the_numerical_derivatives(step: float, report: float) -> None:
    """Central differences; another C library's sine and logarithm may differ in the last bit."""
    sample = f"""
def value(t):
    return math.log(math.sin(t)) + t**2 * math.cos(t)

print((value(1.5 + {step!r}) - value(1.5 - {step!r})) / (2 * {step!r}))
"""
    assert float(printed(sample)[0]) == pytest.approx(report, abs=4 * 2.3e-16 / step)


def test_a_text_is_no_number() -> None:
    with pytest.raises(TypeError):
        Dual("two", 1)  # type: ignore[arg-type]


def test_division_by_zero() -> None:
    x = Dual(6, 2)
    with pytest.raises(ZeroDivisionError):
        x / Dual(0, 0)


def test_an_attribute_that_does_not_exist() -> None:
    x = Dual(2, 1)
    with pytest.raises(AttributeError):
        x.non_existent_attribute  # type: ignore[attr-defined]  # noqa: B018


def test_there_are_only_two_parts() -> None:
    """As with the report's ``__slots__``: no third attribute can be set."""
    with pytest.raises(AttributeError):
        Dual(5, 18).third = 1.0  # type: ignore[attr-defined]
