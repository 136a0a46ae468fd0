"""Whether a file is still the one that was read, by what the file system says of it.

A file counts as unchanged as long as its size, modification time, inode and change time are what they were. The last
two give away a file that was replaced by one of the same size and had its time set back. A file that changed within
the tick of the file system's clock in which it was read could change again and look the same (git calls such a file
racy), so that what was read then is not believed.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

__all__ = ["UNSURE", "Stamp", "same", "tick"]


class Stamp(NamedTuple):
    """What tells whether a file has changed."""

    size: int
    modified: int
    inode: int
    changed: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        """The stamp of a file as ``os.stat`` describes it."""
        return cls(status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns)

    def before(self, now: Stamp, margin: int = 0) -> bool:
        """Whether any change from now on would show.

        Args:
            now: the file system's clock, by :func:`tick`.
            margin: for a file system whose clock is another one, the nanoseconds by which they may differ.
        """
        return self.modified < now.modified - margin and self.changed < now.changed - margin


#: The stamp of a file that is not believed to be unchanged, whatever it looks like.
UNSURE = Stamp(-1, -1, -1, -1)


def tick(directory: Path, stamps: Iterable[Stamp]) -> Stamp:
    """The file system's clock, once it has moved on past these stamps, or when that takes too long.

    Most clocks tick every few milliseconds and are waited for; one that ticks by the second is not.
    """
    newest = [max(times) for times in zip(*stamps, strict=True)]
    for pause in (0.001, 0.004, 0.01, 0.02, 0):
        with tempfile.TemporaryFile(dir=directory) as file:
            now = Stamp.of(os.fstat(file.fileno()))
        if not newest or Stamp(*newest).before(now):
            break
        time.sleep(pause)
    return now


def same(directory: Path, path: str, stamp: Sequence[int]) -> bool:
    """Whether a file still has this stamp."""
    try:
        # Of 20,000 files and more; pathlib would double the time.
        status = os.stat(f"{directory}/{path}")  # noqa: PTH116
    except OSError:
        return False
    return [status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns] == stamp
