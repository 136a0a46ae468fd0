"""One run at a time in one environment; and what a run that was killed left half-done, the next one clears away.

A run holds a lock as long as it, or the installer that it started, is alive: the installer inherits the open file, so
that one which outlives us keeps others out until it has ended too. The file says what the run is about. A run that ends
orderly empties it; one that finds it full knows that the run before it was killed.

Both pip and uv write a distribution's own ``RECORD`` last, over the one that came in the wheel, and it lists
``INSTALLER``. Before that, ``METADATA`` alone makes the next installer believe that all is there. Removing goes by the
order of the names: of a distribution whose modules come before its ``.dist-info``, that may be all there is left.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import json
import os
import shutil
import stat
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from platformdirs import user_state_path

from dualvariant.core.report import Reporter

__all__ = ["SCRATCH", "Turn"]

#: How the name of every temporary folder of ours begins.
SCRATCH = "dualvariant-"

#: Seconds by which clock and file system may differ.
_MARGIN = 2.0


class Turn:
    """The right to change one place, until the block ends.

    Where the user's state directory cannot be used, everybody has it, as with the installers themselves.

    Args:
        place: what is changed: an environment's site folders, or a folder of wheels.
        scratch: our own temporary folder, which the next run removes if we cannot.
        reporter: told of a run that is waited for, and of what a killed one left.
    """

    def __init__(self, place: Sequence[Path], scratch: Path, reporter: Reporter) -> None:
        self.place = [str(folder.absolute()) for folder in place]
        self.scratch = scratch
        self.reporter = reporter
        #: Whether the place is as the installer wanted it. False while it runs, and for ever if it was killed.
        self.whole = True
        #: The open lock, for the installer to inherit.
        self.descriptor: int | None = None

    def __enter__(self) -> Turn:
        try:
            folder = user_state_path("dualvariant", appauthor=False) / "turns"
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            name = hashlib.sha256("\0".join(self.place).encode()).hexdigest()[:16]
            self.descriptor = os.open(folder / f"{name}.json", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._wait(self.descriptor)
            before = os.pread(self.descriptor, 1 << 20, 0)
            if before:
                self._clear(before)
            self._write(json.dumps({"scratch": str(self.scratch), "place": self.place, "started": time.time()}))
        except OSError:
            self._release()
        return self

    def __exit__(self, *_: object) -> None:
        if self.whole:
            with suppress(OSError):
                self._write("")
        self._release()

    def _wait(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.reporter.note(f"another run is at work in {self.place[0]}; waiting for its end")
            fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _write(self, text: str) -> None:
        if self.descriptor is not None:
            os.ftruncate(self.descriptor, 0)
            os.pwrite(self.descriptor, text.encode(), 0)

    def _release(self) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None

    def _clear(self, before: bytes) -> None:
        """Take away what the run before this one left; its installer has ended, or the lock would not be ours."""
        try:
            said: dict[str, Any] = json.loads(before)
            scratch, started = Path(said["scratch"]), float(said["started"])
        except (ValueError, TypeError, KeyError):
            return
        if scratch.name.startswith(SCRATCH) and _is_our_folder(scratch):
            shutil.rmtree(scratch, ignore_errors=True)
        for folder in dict.fromkeys(map(Path, self.place)):
            self._clear_folder(folder, started - _MARGIN)

    def _clear_folder(self, folder: Path, since: float) -> None:
        """Remove what pip had set aside (under a name that begins with ``~``), and the ``.dist-info`` of what the run
        left incomplete. The files stay where they are: the next installation writes over them."""
        try:
            paths = sorted(folder.iterdir())
        except OSError:
            return
        for path in paths:
            if path.name.startswith("~"):
                if _changed(path, since):
                    _remove(path)
            elif path.name.endswith(".dist-info") and _incomplete(path, since):
                _remove(path)
                what = path.name.removesuffix(".dist-info")
                self.reporter.warn(f"an earlier run was killed and left {what} incomplete: it counts as not installed")


def _is_our_folder(path: Path) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()


def _remove(path: Path) -> None:
    with suppress(OSError):
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _changed(path: Path, since: float) -> bool:
    try:
        return path.lstat().st_ctime >= since
    except OSError:
        return False


def _recorded(info: Path) -> list[Path]:
    """The files that ``RECORD`` lists (none if it cannot be read)."""
    try:
        rows = csv.reader((info / "RECORD").read_text("utf-8", "replace").splitlines())
        return [info.parent / row[0] for row in rows if row]
    except (OSError, csv.Error):
        return []


def _incomplete(info: Path, since: float) -> bool:
    """Whether an installer has begun since then to bring or to remove a distribution, and not ended.

    Compiled modules do not count: Python makes them again, and many a container is shipped without.
    """
    files = _recorded(info)
    if info / "INSTALLER" not in files:
        return _changed(info, since)
    gone = [file for file in files if file.suffix != ".pyc" and not os.path.lexists(file)]
    return any(_changed(next(folder for folder in file.parents if folder.exists()), since) for file in gone)
