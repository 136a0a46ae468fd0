"""Intervals for paired measurements, against a textbook's example, an enumeration, and a known truth."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import product

import pytest

from dualvariant.measure.intervals import count_least_pairs, find_interval

#: Hollander, Wolfe, Chicken, table 3.1: a scale of depression of nine patients before and after a treatment.
BEFORE = (1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30)
AFTER = (0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29)


def test_the_example_of_the_book() -> None:
    """Examples 3.3 and 3.4 of the book: the estimate is -0.46, and the interval of 96 % is (-0.786, -0.010)."""
    differences = [after - before for before, after in zip(BEFORE, AFTER, strict=True)]
    found = find_interval(differences, 0.96)
    assert (found.middle, found.low, found.high) == pytest.approx((-0.46, -0.786, -0.010), abs=5e-4)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("pairs", [3, 6, 9, 12])
def test_its_ends_are_those_that_all_signs_give(pairs: int, confidence: float) -> None:
    """The definition, by enumeration: values are inside if the test does not refuse them, over all choices of signs."""
    generator = random.Random(pairs)
    differences = [generator.gauss(0.3, 1) for _ in range(pairs)]
    sums = [sum(rank for rank, sign in enumerate(signs, 1) if sign) for signs in product((False, True), repeat=pairs)]

    def is_refused(value: float) -> bool:
        ranked = sorted((difference - value for difference in differences), key=abs)
        seen = sum(rank for rank, difference in enumerate(ranked, 1) if difference > 0)
        at_most, at_least = (sum(total <= seen for total in sums), sum(total >= seen for total in sums))
        return 2 * min(at_most, at_least) <= (1 - confidence) * len(sums) * (1 + 1e-12)

    found = find_interval(differences, confidence)
    for end, outwards in ((found.low, -1), (found.high, 1)):
        if math.isinf(end):
            assert not is_refused(outwards * 1e6)
        else:
            assert is_refused(end + outwards * 1e-9)
            assert not is_refused(end - outwards * 1e-9)


def test_it_holds_the_truth_as_often_as_it_says() -> None:
    """Noise of three shapes, one with outliers; 400 measurements of each: no fewer hold the truth than 0.95 allows."""
    generator = random.Random(7)
    shapes: dict[str, Callable[[], float]] = {
        "normal": lambda: generator.gauss(0, 1),
        "uniform": lambda: generator.uniform(-1, 1),
        "outliers": lambda: generator.gauss(0, 1) * (50 if generator.random() < 0.1 else 1),
    }
    for name, noise in shapes.items():
        held = 0
        for _ in range(400):
            found = find_interval([2.5 + noise() for _ in range(12)], 0.95)
            held += found.low <= 2.5 <= found.high
        assert held >= 368, name  # fewer have a probability below 0.004 at 0.95


def test_too_few_pairs_have_no_bounds() -> None:
    for confidence in (0.9, 0.95, 0.99, 0.999):
        least = count_least_pairs(confidence)
        values = [float(number) for number in range(least)]
        assert math.isfinite(find_interval(values, confidence).low)
        assert math.isinf(find_interval(values[1:], confidence).low)


@pytest.mark.parametrize(("differences", "confidence"), [([], 0.95), ([1.0], 0.0), ([1.0], 1.0)])
def test_what_has_no_interval(differences: list[float], confidence: float) -> None:
    with pytest.raises(ValueError, match="no interval"):
        find_interval(differences, confidence)
