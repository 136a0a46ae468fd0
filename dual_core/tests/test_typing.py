"""A user's code passes mypy --strict and pyright, and misuse does not."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from dual_autodiff._backend import COMPILED

GOOD = """
from fractions import Fraction
import numpy as np
import numpy.typing as npt
import dual_autodiff as df
from dual_autodiff.dual import Dual
from typing import Any
from typing_extensions import assert_type

def f(x: df.Dual) -> df.Dual:
    y = df.log(df.sin(x)) + x**2 * x.cos() - 2 * x / 3 + 2**x + x**x - 1 / x + (1 - x)
    return -abs(+y) if 0 < x <= Dual(3) and x != 1 else df.hypot(y, 2.0) + df.maximum(x, df.erf(y))

def slope(x: float) -> float:
    return f(Dual(x, 1)).dual

root: float = df.sqrt(2)
half: float = df.exp(Fraction(1, 2)) + float(Dual(Fraction(1, 2))) + df.atan2(1, 2)
table: dict[Dual, float] = {Dual(1.5): slope(1.5), df.sqrt(Dual(2)): root}

points = np.linspace(0.1, 3.0, 100).astype(np.float64)
X = df.DualArray(points, np.ones(100))
Y: df.DualArray = df.log(df.sin(X)) + X**2 * df.cos(X) - 2 / X
total: Dual = Y.sum()
part: df.DualArray = X[1:3]
values: npt.NDArray[np.float64] = Y.value + Y.derivative
slopes: npt.NDArray[np.float64] = df.derivative(lambda x: df.log(df.sin(x)) + x**2 * df.cos(x), points)
one: float = df.derivative(lambda x: x * x, 1.5)
both: tuple[float, float] = df.value_and_derivative(lambda x: x * x, 1.5)
level: str | None = df.build_info().level

assert_type(np.ones(5) * X, df.DualArray)
assert_type(X * np.ones(5), df.DualArray)
assert_type(X.sum(), Dual)
assert_type(X[0], Dual | df.DualArray)
assert_type(X[1:], df.DualArray)
assert_type(df.sin(X), df.DualArray)
assert_type(np.sin(X), Any)
assert_type(df.gradient(lambda x: x[0], [1.0, 2.0]), npt.NDArray[np.float64])
assert_type(df.gradient(lambda x: x, 1.0), float)
assert_type(df.hessian(lambda x: x[0], np.ones(2)), npt.NDArray[np.float64])
"""
BAD = """
from dual_autodiff import Dual, DualArray, derivative, sin

Dual("two", 1)
Dual(1) + "a"
sin("x")
Dual(1).real = 2.0
Dual(1).nothing
root: Dual = sin(2.0)
class Child(Dual): ...
DualArray([1.0]).value + None
text: str = derivative(sin, 1.0)
"""


#: The lines of BAD that are wrong.
WRONG = list(range(4, 13))


def run(*command: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False, env=environment
    )


def errors_of_mypy(tmp_path: Path, source: str) -> dict[int, str]:
    """Line → what is wrong there."""
    pytest.importorskip("mypy", reason="mypy is not installed")
    Path(tmp_path, "user_code.py").write_text(source)
    options = ["--strict", "--no-error-summary", "--config-file=", f"--cache-dir={tmp_path.parent / 'mypy'}"]
    result = run("mypy", *options, "user_code.py", folder=tmp_path)
    assert result.stderr == ""
    return {int(line.split(":")[1]): line for line in result.stdout.splitlines() if ": error: " in line}


@cache
def missing_pyright() -> str:
    """Why pyright does not run here; it is a program for Node.js, which its first run fetches."""
    if find_spec("pyright") is None:
        return "pyright is not installed"
    return "" if run("pyright", "--version").returncode == 0 else "pyright could not be fetched"


def errors_of_pyright(tmp_path: Path, source: str) -> dict[int, str]:
    """Line → what is wrong there."""
    if missing_pyright():
        pytest.skip(missing_pyright())
    Path(tmp_path, "user_code.py").write_text(source)
    # A configuration of its own: pyright would otherwise leave out what lies in a hidden folder of a project, as .nox.
    Path(tmp_path, "pyrightconfig.json").write_text('{"include": ["user_code.py"], "exclude": ["nothing"]}')
    result = run("pyright", "--outputjson", "-p", ".", "--pythonpath", sys.executable, folder=tmp_path)
    found = json.loads(result.stdout)
    assert found["summary"]["filesAnalyzed"] == 1
    errors = [each for each in found["generalDiagnostics"] if each["severity"] == "error"]
    return {each["range"]["start"]["line"] + 1: each["message"] for each in errors}


@pytest.mark.parametrize("errors", [errors_of_mypy, errors_of_pyright], ids=["mypy", "pyright"])
class TestAUsersCode:
    def test_good_code_passes(self, errors: Callable[[Path, str], dict[int, str]], tmp_path: Path) -> None:
        assert errors(tmp_path, GOOD) == {}

    def test_each_misuse_is_found(self, errors: Callable[[Path, str], dict[int, str]], tmp_path: Path) -> None:
        assert sorted(errors(tmp_path, BAD)) == WRONG


@pytest.mark.skipif(not COMPILED, reason="nothing is compiled in this wheel")
def test_the_stub_says_what_is_compiled() -> None:
    pytest.importorskip("mypy", reason="mypy is not installed")
    result = run("mypy.stubtest", "dual_autodiff._core")
    assert result.returncode == 0, result.stdout + result.stderr
