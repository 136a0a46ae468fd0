"""The README's table of accuracy says what the tests hold the arrays against."""

import math
import re
from pathlib import Path

import pytest

pytest.importorskip("gmpy2", reason="gmpy2, without which the bounds are not tested, is not installed")

from bounds import ARRAYS, ARRAYS_OF_TWO, LIBRARY, Bound
from exact import FUNCTIONS, FUNCTIONS_OF_TWO
from points import DOMAINS

README = Path(__file__).resolve().parents[1] / "README.md"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(x: float) -> str:
    """As the README writes it: large and small ones as powers of ten or two."""
    for base in (10, 2):
        power = round(math.log(x, base))
        if float(base) ** power == x and abs(power) > 3:
            return f"{base}{str(power).translate(_RAISED)}"
    return f"{x:g}"


def interval(name: str, bound: Bound) -> str:
    """Where the bound holds; an end is left out where the function's own domain ends there."""
    low, high = bound.low, bound.high
    if -low == high:
        return "all" if math.isinf(high) else rf"\|x\| ≤ {number(high)}"
    least = DOMAINS[name][0] if name in DOMAINS else -math.inf
    above = f"x ≥ {number(low)}" if low > least and low != 1.0 else ""
    below = f"x ≤ {number(high)}" if math.isfinite(high) else ""
    return above or below or "all"


def row(name: str, bound: Bound) -> str:
    slopes = [str(each) for each in dict.fromkeys(bound.slopes)]
    slope = slopes[0] if len(slopes) == 1 else f"{slopes[0]} by the base, {slopes[1]} by the exponent"
    return f"| {name} | {bound.value} | {slope} | {interval(name, bound)} |"


@pytest.mark.skipif(not README.is_file(), reason="the README is not beside the tests")
class TestReadme:
    def test_the_table_is_that_of_the_tests(self) -> None:
        own = {**ARRAYS, **{name: each for name, each in ARRAYS_OF_TWO.items() if each != LIBRARY}}
        table = README.read_text(encoding="utf-8").partition("| | value | derivative | for |\n|---|---|---|---|\n")[2]
        rows = table.partition("\n\n")[0].splitlines()
        assert sorted(rows) == sorted(row(name, bound) for name, bound in own.items())

    def test_the_rest_has_the_library_s_bounds(self) -> None:
        text = " ".join(README.read_text(encoding="utf-8").split())
        bounds = re.findall(r"within (\d) and (\d)\b", text)
        assert len(bounds) == 3
        assert set(bounds) == {(f"{LIBRARY.value:g}", f"{LIBRARY.slopes[0]:g}")}
        others = (set(FUNCTIONS) - set(ARRAYS)) | {name for name, each in ARRAYS_OF_TWO.items() if each == LIBRARY}
        assert others == {"erf", "erfc", "atan2"}
        assert "for erf, erfc and atan2, arrays have the C library's values" in text
        assert set(ARRAYS_OF_TWO) == set(FUNCTIONS_OF_TWO)
