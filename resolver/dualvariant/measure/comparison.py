"""How fast each contender is, compared with a baseline; nobody wins within the noise.

Noise is measured, not assumed: one contender, the control, is the baseline once more, made and run like all others.
What differs between those two (the order of runs, other programs, the place of files and of code in memory) is no
merit of any contender. A contender is faster only if its whole interval is beyond all that the control's interval
allows.

Source: Mytkowicz, Diwan, Hauswirth, Sweeney, "Producing Wrong Data Without Doing Anything Obviously Wrong!", ASPLOS
2009, on differences that come from the setup alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dualvariant.measure.intervals import count_least_pairs, find_interval

__all__ = ["CONFIDENCE", "Comparison", "compare", "find_confidence", "plan_rounds"]

#: The confidence that all comparisons of one measurement are right together.
CONFIDENCE = 0.95

#: Rounds of a measurement, at least and at most.
_LEAST, _MOST = 10, 40


class Comparison(NamedTuple):
    """A contender compared with the baseline.

    Args:
        ratio: how many times as fast as the baseline it is: 1.25 does in 4 seconds what takes the baseline 5.
        low: the lower end of the ratio's interval.
        high: its upper end.
        noise: the ratio up to which the baseline differs from itself, at least 1.
        rounds: how many pairs were measured.
        confidence: that of the interval, so that all intervals of the measurement are right together with
            :data:`CONFIDENCE`.
    """

    ratio: float
    low: float
    high: float
    noise: float
    rounds: int
    confidence: float

    @property
    def verdict(self) -> str:
        """``faster``, ``slower``, or ``no difference`` where the interval is not wholly beyond the noise."""
        if self.low > self.noise:
            return "faster"
        return "slower" if self.high < 1 / self.noise else "no difference"


def find_confidence(contenders: int) -> float:
    """The confidence of each comparison with the baseline, so that several are right together (Bonferroni)."""
    return 1 - (1 - CONFIDENCE) / max(1, contenders)


def plan_rounds(seconds: float, contenders: int, budget: float) -> int:
    """How many rounds to measure, which is settled before the first: to go on until somebody wins would be no measure.

    Args:
        seconds: what one round takes, all contenders together.
        contenders: how many are compared with the baseline, the control among them.
        budget: seconds to spend if possible; the least number of rounds may take longer.
    """
    least = max(_LEAST, count_least_pairs(find_confidence(contenders)) + 2)
    return max(least, min(_MOST, int(budget / max(seconds, 1e-9))))


def compare(
    baseline: Sequence[float], control: Sequence[float], contenders: Mapping[str, Sequence[float]]
) -> dict[str, Comparison]:
    """Compare each contender with the baseline.

    Args:
        baseline: its seconds, one for each round.
        control: those of the baseline once more.
        contenders: those of each other one, by name, as many.

    Raises:
        ValueError: the numbers of rounds differ, there are none, or a time is not positive.
    """
    confidence = find_confidence(len(contenders) + 1)
    middle, low, high = _find_ratio(baseline, control, confidence)
    noise = max(high, 1 / low) if low > 0 else math.inf
    found = {}
    for name, times in contenders.items():
        middle, low, high = _find_ratio(baseline, times, confidence)
        found[name] = Comparison(middle, low, high, noise, len(baseline), confidence)
    return found


def _find_ratio(baseline: Sequence[float], times: Sequence[float], confidence: float) -> tuple[float, float, float]:
    """How many times as fast: the estimate and the ends of its interval."""
    logs = [math.log(ours / theirs) for ours, theirs in zip(baseline, times, strict=True)]
    found = find_interval(logs, confidence)
    return math.exp(found.middle), math.exp(found.low), math.exp(found.high)
