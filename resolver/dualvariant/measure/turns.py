"""Run contenders in turns: in each round every one once, in random order, so that what else happens hits all alike."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

__all__ = ["run_in_turns"]


def run_in_turns(
    contenders: Mapping[str, Callable[[], float]], rounds: int, after_round: Callable[[int], None] | None = None
) -> dict[str, list[float]]:
    """The seconds of each contender, one for each round.

    Args:
        contenders: by name; each call is one run, and returns the seconds that it took.
        rounds: how many.
        after_round: is told the number of each round that is over, from 1.
    """
    times: dict[str, list[float]] = {name: [] for name in contenders}
    shuffler = random.Random(0)  # the same order in every measurement, which is random enough
    for number in range(1, rounds + 1):
        names = list(contenders)
        shuffler.shuffle(names)
        for name in names:
            times[name].append(contenders[name]())
        if after_round is not None:
            after_round(number)
    return times
