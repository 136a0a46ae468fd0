"""Selection among the wheels of one release: how its cost grows, and what PyPI's variantlib takes for the same."""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from collections.abc import Sequence
from statistics import linear_regression, median

from figures.environments import Environments
from figures.figure import Figure, at_least, at_most, reported, spread
from figures.offered import Shape, write_offer
from figures.worker import run_worker

__all__ = ["measure"]

COUNTS = (1_000, 3_000, 10_000, 30_000, 100_000)
HOST = Shape(providers=6, keys=3, values=5)

#: Two hosts that support the same wheels: 10⁶ combinations, and 10¹².
FEW, MANY = Shape(providers=6, keys=1, values=9), Shape(providers=6, keys=2, values=9)

ROUNDS = 7
PEER_ROUNDS = 3  # of the largest count: a run of it takes the peer ten seconds and more


def measure(environments: Environments, rounds: int) -> list[Figure]:
    """The figures of selection. Ours and the peer's runs alternate, each in a fresh process."""
    folder = environments.scratch / "offers"
    for count in COUNTS:
        write_offer(folder / str(count), count, HOST, [HOST])
    write_offer(folder / "combinations", 10_000, FEW, [FEW, MANY])

    seconds: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    memory: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    combinations: defaultdict[int, list[float]] = defaultdict(list)
    for turn in range(ROUNDS):
        print(f"ranking, round {turn + 1} of {ROUNDS}", file=sys.stderr)
        for count in COUNTS:
            for name in ("ours", "ours, default collector", "peer", "peer, raised threshold"):
                large = count == COUNTS[-1]
                if name.startswith("peer") and (count in (3_000, 30_000) or (large and turn >= PEER_ROUNDS)):
                    continue
                if name == "peer, raised threshold" and large:
                    continue
                result = _run(environments, folder / str(count), name)
                if result["answer"] != count:
                    raise SystemExit(f"{name} ranked {result['answer']} of {count} wheels")
                seconds[name, count].append(result["seconds"])
                memory[name, count].append(result["memory"])
        for host in (0, 1):
            result = run_worker(
                environments.ours, "select_ours.py", folder / "combinations", host, "application", "hash"
            )
            combinations[host].append(result["seconds"])
    return [*_growth(seconds), *_against_peer(seconds, memory), _combinations(combinations)]


def _run(environments: Environments, offer: object, name: str) -> dict[str, float]:
    if name.startswith("ours"):
        collector = "application" if name == "ours" else "default"
        return run_worker(environments.ours, "select_ours.py", offer, 0, collector, "hash")
    return run_worker(environments.peer, "rank_peer.py", offer, "default" if name == "peer" else "raised")


def exponent(counts: Sequence[int], seconds: Sequence[float]) -> float:
    """The slope of time over count on logarithmic scales, by least squares: 1 is proportional growth."""
    return linear_regression([math.log(count) for count in counts], [math.log(each) for each in seconds]).slope


def _growth(seconds: dict[tuple[str, int], list[float]]) -> list[Figure]:
    figures = []
    for name in ("ours", "ours, default collector"):
        medians = [median(seconds[name, count]) for count in COUNTS]
        samples = {str(count): seconds[name, count] for count in COUNTS}
        slope = exponent(COUNTS, medians)
        last = exponent(COUNTS[-3::2], medians[-3::2])
        if name == "ours":
            figures.append(at_most("Growth from 1,000 to 100,000 wheels, exponent", slope, 1.1, "{:.3f}", **samples))
            figures.append(reported("… of the last decade alone", f"{last:.3f}"))
            each = ", ".join(f"{took / count * 1e6:.1f}" for count, took in zip(COUNTS, medians, strict=True))
            figures.append(reported("… µs a wheel at 1k, 3k, 10k, 30k, 100k", each))
        else:
            text = f"{slope:.3f}, last decade {last:.3f}"
            figures.append(reported("… with Python's default collector", text, **samples))
    return figures


def _against_peer(
    seconds: dict[tuple[str, int], list[float]], memory: dict[tuple[str, int], list[float]]
) -> list[Figure]:
    # The peer may have the collector as it likes it better.
    best = min(("peer", "peer, raised threshold"), key=lambda name: median(seconds[name, 10_000]))
    ours, theirs = seconds["ours", 10_000], seconds[best, 10_000]
    default = seconds["ours, default collector", 10_000]
    large, ours_large, theirs_large = COUNTS[-1], memory["ours", COUNTS[-1]], memory["peer", COUNTS[-1]]
    return [
        at_least(
            "10,000 wheels, faster than variantlib 0.2.2", median(theirs) / median(ours), 10, ours=ours, theirs=theirs
        ),
        reported("… ours, ms", spread(ours)),
        reported(f"… {best}, ms", spread(theirs)),
        reported("… both with the default collector", f"{median(seconds['peer', 10_000]) / median(default):.1f} ×"),
        reported(
            "100,000 wheels, faster than variantlib 0.2.2",
            f"{median(seconds['peer', large]) / median(seconds['ours', large]):.1f} ×",
            ours=seconds["ours", large],
            theirs=seconds["peer", large],
        ),
        at_most(
            "100,000 wheels, peak memory of variantlib 0.2.2's",
            median(ours_large) / median(theirs_large),
            0.5,
            ours=ours_large,
            theirs=theirs_large,
        ),
        reported("… ours, theirs, MB", f"{median(ours_large) / 1e6:.0f}, {median(theirs_large) / 1e6:.0f}"),
    ]


def _combinations(seconds: dict[int, list[float]]) -> Figure:
    return at_most(
        f"The same 10,000 wheels with {MANY.combinations:.0e} possible combinations, of the time with "
        f"{FEW.combinations:.0e}",
        median(seconds[1]) / median(seconds[0]),
        1.1,
        few=seconds[0],
        many=seconds[1],
    )
