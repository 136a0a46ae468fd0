"""The processes below a supervisor: who they are, how large they are, and how they are ended, all of them.

On Linux the supervisor is made a *subreaper* (prctl(2), ``PR_SET_CHILD_SUBREAPER``): a process whose parent ends
becomes its child, whatever sessions and groups it has moved to, so none is lost. Elsewhere the worker's process group
is ended.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

__all__ = ["adopt_orphans", "end_all", "find_excess"]

_SET_CHILD_SUBREAPER = 36

#: Seconds for ending processes that keep starting others.
_PATIENCE = 3.0


def adopt_orphans() -> None:
    """Make this process the parent of its descendants whose own parents end."""
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def find_excess(processes: int, memory: int) -> str | None:
    """What the descendants have too much of, in words; None for nothing, or where the system does not tell.

    Args:
        processes: how many they may be.
        memory: how many bytes of memory they may use together.
    """
    found = list(_descendants(os.getpid()))
    if len(found) > processes:
        return f"it started too many processes (more than {processes})"
    if sum(map(_resident_size, found)) > memory:
        return f"it used too much memory (more than {memory >> 20:,} MiB)"
    return None


def end_all(worker: int) -> None:
    """Kill every descendant, and wait for its end.

    Args:
        worker: the process that leads the group to end where descendants cannot be found.
    """
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        with suppress(OSError):
            os.killpg(worker, signal.SIGKILL)
        for pid in _descendants(os.getpid()):
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.001)  # a killed process takes a moment to end, and may have started another before


def _descendants(pid: int) -> Iterator[int]:
    for child in _children(pid):
        yield child
        yield from _descendants(child)


def _children(pid: int) -> list[int]:
    """The children of a process; none where the system does not tell."""
    found: list[int] = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with suppress(OSError), open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
    return found


def _resident_size(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
