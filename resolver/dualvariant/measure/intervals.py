"""A confidence interval for the typical value of differences between pairs: Wilcoxon's signed ranks.

The estimate is that of Hodges and Lehmann, the interval that of Tukey: the median, and two order statistics, of the
Walsh averages (the means of all pairs of differences, each with itself too). Which two follows from the exact
distribution of the signed-rank statistic. Nothing is assumed about the noise but that it is symmetric around the
typical value, as the difference of two values is that were measured in random order in the same way; single wild
values hardly move the result.

Source: Hollander, Wolfe, Chicken, "Nonparametric Statistical Methods", 3rd edition, sections 3.1 to 3.3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

__all__ = ["Interval", "count_least_pairs", "find_interval"]


class Interval(NamedTuple):
    """A typical value, and between which values it lies with some confidence.

    Args:
        middle: the estimate.
        low: the lower end; minus infinity where there are too few pairs for the confidence.
        high: the upper end; infinity where there are too few.
    """

    middle: float
    low: float
    high: float


def find_interval(differences: Sequence[float], confidence: float) -> Interval:
    """The interval of at least this confidence.

    Args:
        differences: one for each pair; at least one.
        confidence: between 0 and 1, as 0.95.

    Raises:
        ValueError: there are no differences, or the confidence is no such number.
    """
    if not differences or not 0 < confidence < 1:
        raise ValueError(f"no interval: {len(differences)} differences, confidence {confidence}")
    averages = sorted(
        (first + second) / 2 for number, first in enumerate(differences) for second in differences[number:]
    )
    outside = _count_outside(len(differences), confidence)
    if outside == 0:
        return Interval(median(averages), -math.inf, math.inf)
    return Interval(median(averages), averages[outside - 1], averages[-outside])


def count_least_pairs(confidence: float) -> int:
    """How many pairs it takes at least to have a bounded interval of this confidence."""
    return max(1, math.ceil(1 - math.log2(1 - confidence)))


def _count_outside(pairs: int, confidence: float) -> int:
    """How many Walsh averages lie outside at each end: the most whose probability is at most half of the rest."""
    # ways[total]: how many of the 2**pairs sets of the ranks 1 to ``pairs`` have this sum.
    ways = [1]
    for rank in range(1, pairs + 1):
        longer = ways + [0] * rank
        for total, count in enumerate(ways):
            longer[total + rank] += count
        ways = longer
    allowed = (1 - confidence) / 2 * 2**pairs
    below, outside = 0, 0
    for count in ways:
        below += count
        if below > allowed * (1 + 1e-12):
            break
        outside += 1
    return outside
