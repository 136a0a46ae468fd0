"""Processes that tests start: whether they are alive, how to wait for them, how to end them and all their children."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

__all__ = ["PATIENCE", "descendants", "end_tree", "ended_at_last", "is_alive", "undo_ignored_signals", "wait_until"]

#: Seconds that a test waits for what takes a moment on a quiet machine. A busy machine makes tests slow, never red:
#: this limit only ends a test that waits for something that does not come.
PATIENCE = 300.0


def undo_ignored_signals() -> None:
    """Let the children of this process receive all signals, also those that this process was started to ignore.

    A shell starts background jobs without SIGINT, and nohup starts programs without SIGHUP; children inherit it, and a
    test that sends one of them would wait for ever. A Python function as the handler changes that, because a new
    program starts with the default action for a signal that had a handler (POSIX, execve). The function does nothing:
    this process still ignores the signal.
    Children inherit the mask of blocked signals, too.
    """
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for each in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(each) is signal.SIG_IGN:
            signal.signal(each, lambda number, frame: None)


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and waits for its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        fields = _fields_of(pid)
    except OSError:
        return not Path("/proc/self").exists()
    return fields[0] not in "ZX"


def descendants(pid: int) -> list[int]:
    """List the children of a process, their children and so on; none where there is no ``/proc``."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(path.parent.name)] = int(_fields_of(int(path.parent.name))[1])
    found = [pid]
    for parent in found:  # it grows while it is walked
        found += [child for child, its_parent in parents.items() if its_parent == parent]
    return found[1:]


def end_tree(pid: int) -> None:
    """Kill a process and its descendants."""
    for each in [*descendants(pid), pid]:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


@contextmanager
def ended_at_last(process: subprocess.Popen[Any], seconds: float = PATIENCE) -> Iterator[None]:
    """End a process and its descendants after the block, or after a time: what the block reads of them ends then, too.

    Args:
        process: it is waited for; its streams stay open.
        seconds: the time.
    """
    alarm = threading.Timer(seconds, end_tree, [process.pid])
    alarm.daemon = True
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()
        if process.poll() is None:
            end_tree(process.pid)
        process.wait()


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Wait until the condition is true; returns whether it became true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return bool(condition())


def _fields_of(pid: int) -> list[str]:
    """Read the fields of ``/proc/PID/stat`` behind the program's name: state, parent, process group, session."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
