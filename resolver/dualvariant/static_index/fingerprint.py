"""Tells whether a file is still the one that was read, by what the file system says of it.

A file counts as unchanged as long as its size, modification time, inode and change time are the same. The last two show
that a file was replaced by one of the same size whose modification time was set back. A file that changed within the
tick of the file system's clock in which it was read could change again and look the same (git calls such a file racy),
so it is read again the next time.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

__all__ = ["UNTRUSTED", "Fingerprint", "is_unchanged", "read_clock"]


class Fingerprint(NamedTuple):
    """Size, modification time, inode and change time of a file; times in nanoseconds."""

    size: int
    modified: int
    inode: int
    changed: int

    @classmethod
    def of(cls, status: os.stat_result) -> Fingerprint:
        """The fingerprint of a file as ``os.stat`` describes it."""
        return cls(status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns)

    def is_older_than(self, now: Fingerprint, margin: int = 0) -> bool:
        """Whether any change from now on would change the fingerprint.

        Args:
            now: the file system's clock, by :func:`read_clock`.
            margin: for a file on another file system, the nanoseconds by which the two clocks may differ.
        """
        return self.modified < now.modified - margin and self.changed < now.changed - margin


#: The fingerprint of a file that must be read again, whatever it looks like.
UNTRUSTED = Fingerprint(-1, -1, -1, -1)


def read_clock(directory: Path, fingerprints: Iterable[Fingerprint]) -> Fingerprint:
    """The file system's clock, read when it is later than all of these fingerprints, or when that takes too long.

    Most clocks tick every few milliseconds, and that is waited for. A clock that ticks once a second is not.

    Args:
        directory: a folder on the file system.
        fingerprints: those of files that were read.
    """
    newest = [max(times) for times in zip(*fingerprints, strict=True)]
    for pause in (0.001, 0.004, 0.01, 0.02, 0):
        with tempfile.TemporaryFile(dir=directory) as file:
            now = Fingerprint.of(os.fstat(file.fileno()))
        if not newest or Fingerprint(*newest).is_older_than(now):
            break
        time.sleep(pause)
    return now


def is_unchanged(directory: Path, path: str, fingerprint: Sequence[int]) -> bool:
    """Whether a file still has this fingerprint."""
    try:
        # Called for 20,000 files and more; pathlib would double the time.
        status = os.stat(f"{directory}/{path}")  # noqa: PTH116
    except OSError:
        return False
    return [status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns] == fingerprint
