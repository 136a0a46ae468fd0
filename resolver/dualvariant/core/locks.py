"""One run at a time in one folder: a second run waits, and then finds what the first has done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dualvariant.core.report import Reporter

__all__ = ["hold_folder"]


@contextmanager
def hold_folder(folder: Path, name: str, command: str, reporter: Reporter) -> Iterator[None]:
    """Be the only run of a command in a folder until the block ends.

    Args:
        folder: an existing folder.
        name: the name of the lock file in it, which stays there.
        command: the command, for messages.
        reporter: gets a message if another run is waited for, and if the file system has no locks.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / name)
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            reporter.note(f"waiting: another 'dualvariant {command}' is running in {str(folder)!r}")
            lock.acquire()
    except NotImplementedError:
        reporter.warn(f"this file system has no locks: run one 'dualvariant {command}' at a time")
    try:
        yield
    finally:
        lock.release()
