"""Who is faster: known ratios, no difference, and noise that would make a winner."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import partial

import pytest

from dualvariant.measure.comparison import compare, find_confidence, plan_rounds
from dualvariant.measure.turns import run_in_turns


def simulate(generator: random.Random, seconds: float, drift: list[float]) -> float:
    """A run: its own noise, sometimes another program beside it, and a machine that slows down and recovers."""
    drift[0] = max(0.7, min(1.5, drift[0] + generator.gauss(0, 0.02)))
    beside = 1.8 if generator.random() < 0.08 else 1.0
    return seconds * drift[0] * beside * math.exp(generator.gauss(0, 0.02))


def measure(seed: int, **seconds: float) -> dict[str, str]:
    """The verdicts on contenders that truly take some seconds; the baseline takes 1."""
    generator, drift = random.Random(seed), [1.0]
    contenders: dict[str, Callable[[], float]] = {
        name: partial(simulate, generator, taken, drift)
        for name, taken in {"baseline": 1.0, "control": 1.0, **seconds}.items()
    }
    times = run_in_turns(contenders, plan_rounds(3.0, len(seconds) + 1, 45.0))
    found = compare(times.pop("baseline"), times.pop("control"), times)
    return {name: comparison.verdict for name, comparison in found.items()}


def test_a_known_ratio_is_found() -> None:
    for seed in range(30):
        assert measure(seed, half=0.5, double=2.0) == {"half": "faster", "double": "slower"}


def test_nobody_wins_without_a_difference() -> None:
    """Three equal contenders: in 200 measurements at most the few false winners that 95 % allow."""
    winners = sum(set(measure(seed, a=1.0, b=1.0, c=1.0).values()) != {"no difference"} for seed in range(200))
    assert winners <= 4


def test_the_interval_holds_the_true_ratio() -> None:
    generator = random.Random(3)
    held = 0
    for _ in range(200):
        baseline, control, other = (
            [math.exp(generator.gauss(0, 0.05)) * t for _ in range(14)] for t in (1.0, 1.0, 0.8)
        )
        found = compare(baseline, control, {"other": other})["other"]
        held += found.low <= 1.25 <= found.high
    assert held >= 188


def test_a_baseline_that_differs_from_itself_is_noise() -> None:
    """The second environment of the baseline is 10 % slower by its place alone: 6 % are no merit, 30 % are."""
    generator = random.Random(4)
    times = {
        name: [seconds * math.exp(generator.gauss(0, 0.002)) for _ in range(12)]
        for name, seconds in (("baseline", 1.0), ("control", 1.1), ("small", 1 / 1.06), ("large", 1 / 1.3))
    }
    found = compare(times.pop("baseline"), times.pop("control"), times)
    assert {name: comparison.verdict for name, comparison in found.items()} == {
        "small": "no difference",
        "large": "faster",
    }
    assert found["small"].noise == pytest.approx(1.1, abs=0.01)
    assert found["large"].ratio == pytest.approx(1.3, abs=0.02)


def test_rounds_are_settled_by_time_and_never_too_few() -> None:
    assert plan_rounds(1.0, 2, 20.0) == 20
    assert plan_rounds(1e-3, 2, 60.0) == 40
    for contenders in (2, 5, 40):
        least = plan_rounds(1e3, contenders, 1.0)
        same = [1.0] * least
        found = compare(same, same, dict.fromkeys(map(str, range(contenders - 1)), same))
        assert all(math.isfinite(comparison.high) for comparison in found.values())
        assert found["0"].confidence == find_confidence(contenders)


def test_turns_are_fair() -> None:
    """Each contender runs once in each round, and is the first in some of them."""
    order: list[str] = []

    def run(name: str) -> float:
        order.append(name)
        return 1.0

    rounds: list[int] = []
    times = run_in_turns({name: partial(run, name) for name in "abc"}, 30, rounds.append)
    assert {name: len(taken) for name, taken in times.items()} == {"a": 30, "b": 30, "c": 30}
    assert rounds == list(range(1, 31))
    each = [order[at : at + 3] for at in range(0, 90, 3)]
    assert all(sorted(names) == ["a", "b", "c"] for names in each)
    assert {names[0] for names in each} == {"a", "b", "c"}


def test_unequal_rounds_are_no_measurement() -> None:
    with pytest.raises(ValueError, match="zip"):
        compare([1.0, 1.0], [1.0, 1.0], {"short": [1.0]})
