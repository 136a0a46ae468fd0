"""Temporary folders that no run leaves behind, not even one that is killed: the next run removes them.

A folder belongs to a living run as long as somebody holds a lock (flock(2)) on the folder itself; the system releases
the lock when the process ends, however it ends. So a folder of this user's that bears our kind of name, and that nobody
locks, is what a killed run has left.

The folder of an ``install`` is another matter: the installer may outlive us, and uses it, so it is the lock of the
environment that says when it may go (:mod:`dualvariant.install.environment_lock`).
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dualvariant.core.dirs import temporary_dir
from dualvariant.core.interruptions import uninterrupted

if sys.platform != "win32":  # nothing is locked there, and so nothing is removed for others
    import fcntl

__all__ = ["make_scratch_dir", "remove_dead_scratch"]

#: The beginning of the names; folders beside a user's own files are hidden.
_PREFIX = "dualvariant-scratch-"
_OURS = re.compile(rf"\.?{_PREFIX}[a-z0-9_]{{8}}")


@contextmanager
def make_scratch_dir(parent: Path | None = None) -> Iterator[Path]:
    """A temporary folder that is removed, with all that is in it, when the block ends.

    Args:
        parent: an existing folder in which it is made; the system's folder for temporary files if None. What killed
            runs have left there is removed first.

    Raises:
        OSError: it cannot be made.
    """
    folder = temporary_dir() if parent is None else parent
    remove_dead_scratch(folder)
    prefix = _PREFIX if parent is None else f".{_PREFIX}"
    with uninterrupted() as let_through:
        while True:
            with tempfile.TemporaryDirectory(prefix=prefix, dir=folder, ignore_cleanup_errors=True) as name:
                handle = _lock(name)
                if handle is None:
                    continue  # another run took it for a dead one, before it was locked
                try:
                    with let_through():
                        yield Path(name)
                    return
                finally:
                    os.close(handle)


def remove_dead_scratch(folder: Path) -> None:
    """Remove what killed runs of this user have left in a folder.

    Nothing is followed out of it: links, other users' folders and folders of another name stay, and so does everything
    on a file system without locks.
    """
    if sys.platform == "win32":
        return
    with suppress(OSError), os.scandir(folder) as entries:
        names = [entry.path for entry in entries if _OURS.fullmatch(entry.name)]
        for name in names:
            with suppress(OSError):
                handle = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
                try:
                    if os.fstat(handle).st_uid == os.geteuid():
                        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises if its run is alive
                        shutil.rmtree(name, ignore_errors=True)
                finally:
                    os.close(handle)


def _lock(name: str) -> int | None:
    """Lock a new folder; the descriptor that holds the lock, or None if another run is removing the folder."""
    try:
        handle = os.open(name, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        if sys.platform != "win32":
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except OSError:
        return handle  # a file system without locks: nobody removes it either
    if os.fstat(handle).st_nlink and os.path.exists(name):  # noqa: PTH110  # the name is random: it is no other folder
        return handle
    os.close(handle)
    return None
