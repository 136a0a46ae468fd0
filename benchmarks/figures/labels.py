"""Selection among label wheels: against the same number of hash wheels, and against what variantlib 0.2.2 takes."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from figures.environments import Environments
from figures.figure import Figure, at_least, at_most, reported, spread
from figures.offered import write_offer
from figures.ranking import HOST
from figures.worker import run_worker

__all__ = ["measure"]

COUNT = 10_000
ROUNDS = 11


def measure(environments: Environments, rounds: int) -> list[Figure]:
    """The figures. Both of ours and the peer run in turn, each in a fresh process, on the same variants."""
    offer = environments.scratch / "offers" / "labels"
    write_offer(offer, COUNT, HOST, [HOST])
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    for turn in range(ROUNDS):
        print(f"labels, round {turn + 1} of {ROUNDS}", file=sys.stderr)
        for name in ("hash", "label", "peer", "peer, raised threshold"):
            if name.startswith("peer"):
                collector = "default" if name == "peer" else "raised"
                result = run_worker(environments.peer, "rank_peer.py", offer, collector)
            else:
                result = run_worker(environments.ours, "select_ours.py", offer, 0, "application", name)
            if result["answer"] != COUNT:
                raise SystemExit(f"{name} ranked {result['answer']} of {COUNT} wheels")
            seconds[name].append(result["seconds"])
    return _compare(seconds)


def _compare(seconds: Mapping[str, Sequence[float]]) -> list[Figure]:
    # The peer may have the collector as it likes it better.
    best = min(("peer", "peer, raised threshold"), key=lambda name: median(seconds[name]))
    samples: dict[str, Any] = {name: list(values) for name, values in seconds.items()}
    dearer = median(_ratios(seconds["label"], seconds["hash"]))
    faster = {name: median(_ratios(seconds[best], seconds[name])) for name in ("label", "hash")}
    return [
        at_most("10,000 label wheels, of the time for 10,000 hash wheels", dearer, 1.3, **samples),
        at_least("10,000 label wheels, faster than variantlib 0.2.2", faster["label"], 10),
        at_least("10,000 hash wheels, faster than variantlib 0.2.2, same run", faster["hash"], 10),
        *(reported(f"… {name}, ms", spread(seconds[name])) for name in ("label", "hash", best)),
    ]


def _ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """The ratio of each round, so that what slows a whole round down counts for both sides."""
    return [one / other for one, other in zip(above, below, strict=True)]
