"""One run at a time in one folder: a second run waits, and then finds what the first has done."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dualvariant.core.report import Reporter

__all__ = ["hold_folder"]


@contextmanager
def hold_folder(folder: Path, command: str, reporter: Reporter) -> Iterator[None]:
    """Be the only run that writes into a folder until the block ends.

    The folder itself is locked, so no lock file stays in it.

    Args:
        folder: an existing folder.
        command: the command, for messages.
        reporter: gets a message if another run is waited for, and if the file system has no locks.
    """
    import fcntl

    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            reporter.note(f"waiting: another run of dualvariant writes into {str(folder)!r}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:
            reporter.warn(f"this file system has no locks: run one 'dualvariant {command}' at a time")
        yield
    finally:
        os.close(handle)
