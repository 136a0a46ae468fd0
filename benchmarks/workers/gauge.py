"""What a worker measures of itself: processor time, and the memory that a piece of work needs."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

__all__ = ["gauged", "resident"]


def gauged(work: Callable[[], int]) -> None:
    """Do the work once and print, as JSON, what it returned, took and needed.

    Time is the processor time of this process: the work is one thread that waits for nothing, and so other programs on
    the machine disturb it least. Memory is the highest resident size on the way, less the size before.
    """
    before = resident("VmRSS")
    start = time.process_time()
    answer = work()
    seconds = time.process_time() - start
    json.dump({"answer": answer, "seconds": seconds, "memory": resident("VmHWM") - before}, sys.stdout)


def resident(field: str) -> int:
    """Bytes from ``/proc``; where there is none, the highest size so far, which a parent's may hide."""
    try:
        for line in Path("/proc/self/status").read_text("ascii", "replace").splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
