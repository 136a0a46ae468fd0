"""Answer one question a line: ``{"case": …, "n": …}`` → ``{"seconds": …}`` of one call.

The case ``memory`` is answered with the most memory that the process has held, in ``bytes``.

usage: contender.py SIDE CORES
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable
from time import perf_counter

ROUND = 0.01  # seconds of one round


def main() -> None:
    side, cores = sys.argv[1], {int(core) for core in sys.argv[2].split(",")}
    os.sched_setaffinity(0, cores)
    import gradients
    import sides

    answers, stdout = sys.stdin, os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a peer prints is no answer
    made = getattr(gradients if side.startswith("gradients") else sides, side.replace("-", "_"))()

    def say(**answer: object) -> None:
        stdout.write(json.dumps(answer) + "\n")
        stdout.flush()

    say(versions=made.versions)
    calls: dict[tuple[str, int], tuple[Callable[[], object], int]] = {}
    for line in answers:
        question = json.loads(line)
        if question["case"] == "memory":
            say(bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
            continue
        key = question["case"], question["n"]
        try:
            if key not in calls:
                calls[key] = _ready(made.call(*key))
            call, loops = calls[key]
            start = perf_counter()
            for _ in range(loops):
                call()
            say(seconds=(perf_counter() - start) / loops)
        except Exception as error:
            say(missing=f"{type(error).__name__}: {error}")


def _ready(call: Callable[[], object]) -> tuple[Callable[[], object], int]:
    """A call that is warm, and how many of it fill a round."""
    call()
    call()
    start = perf_counter()
    call()
    return call, max(1, int(ROUND / max(perf_counter() - start, 1e-9)))


if __name__ == "__main__":
    main()
