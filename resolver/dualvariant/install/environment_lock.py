"""The lock of an environment: one run at a time changes it, and the next run repairs what a killed one left half-done.

The lock is held as long as the run, or the installer that it started, is alive: the installer inherits the open file,
so that an installer which outlives us keeps others out until it has ended too. The file says what the run changes. A
run that ends by itself empties it; a run that finds content knows that the run before it was killed.

Both pip and uv write a distribution's own ``RECORD`` last, over the one that came in the wheel, and it lists
``INSTALLER``. Before that, the next installer takes the distribution for complete, because it has ``METADATA``. pip
removes files in the order of their names: of a distribution whose modules sort before its ``.dist-info``, the
``.dist-info`` may be all that is left.
"""

from __future__ import annotations

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

from dualvariant.core.dirs import SCRATCH_PREFIX, name_scratch_dir, state_dir
from dualvariant.core.interruptions import uninterrupted
from dualvariant.core.report import Reporter
from dualvariant.target.file_exchange import heal
from variantlib.foreign_json import load_json

__all__ = ["EnvironmentLock"]

#: Seconds by which clock and file system may differ.
_MARGIN = 2.0


class EnvironmentLock:
    """The right to change one environment, until the block ends.

    Where the user has no state directory that can be used, every run has it, as with the installers themselves.

    It comes with a temporary folder, ``scratch``, that is removed at the end: by the next run, if this one is killed.

    Args:
        folders: what is changed: an environment's site folders, or a folder of wheels.
        reporter: gets a message when another run is waited for, and for what a killed one left.
        unpacks: whether an installer changes the folders themselves, so that a kill may leave them incomplete.
    """

    def __init__(self, folders: Sequence[Path], reporter: Reporter, *, unpacks: bool = True) -> None:
        self.unpacks = unpacks
        self.folders = [str(folder.absolute()) for folder in folders]
        self.scratch = name_scratch_dir()
        self.reporter = reporter
        #: Whether the installer has ended by itself, and so the environment is as it wanted it. A killed run leaves
        #: this False.
        self.complete = True
        #: The open lock, for the installer to inherit; None if there is no lock.
        self.descriptor: int | None = None

    def __enter__(self) -> EnvironmentLock:
        self._acquire()
        self._heal()
        # The lock knows the folder before there is one, so that no kill can leave it behind unnoticed.
        self.scratch.mkdir(mode=0o700)
        return self

    def _acquire(self) -> None:
        try:
            folder = _lock_folder()
            if folder is None:
                return
            name = hashlib.sha256("\0".join(self.folders).encode()).hexdigest()[:16]
            self.descriptor = os.open(folder / f"{name}.json", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._wait(self.descriptor)
            self._heal()  # files that were half-exchanged are no sign of a killed installer
            before = os.pread(self.descriptor, 1 << 20, 0)
            if before:
                self._clear(before)
            said = {"scratch": str(self.scratch), "place": self.folders, "started": time.time()}
            self._write(json.dumps({**said, "unpacks": self.unpacks}))
        except OSError:
            self._release()

    @uninterrupted()
    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.scratch, ignore_errors=True)
        if self.complete:
            with suppress(OSError):
                self._write("")
        self._release()

    def _heal(self) -> None:
        """Roll back what a killed ``refit`` has left in the folders."""
        for folder in dict.fromkeys(map(Path, self.folders)):
            try:
                what = heal(folder)
            except (OSError, ValueError, KeyError, TypeError) as error:
                self.reporter.warn(f"what a killed run has left in {str(folder)!r} cannot be put back ({error})")
                continue
            if what is not None:
                self.reporter.warn(f"an earlier run was killed while it exchanged {what}: the old files are back")

    def _wait(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.reporter.note(f"another run changes {self.folders[0]}; waiting for its end")
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
        """Remove what the run before this one left; its installer has ended, or the lock would not be ours."""
        try:
            said: dict[str, Any] = load_json(before)
            scratch, started = Path(said["scratch"]), float(said["started"])
        except (ValueError, TypeError, KeyError):
            return
        if scratch.name.startswith(SCRATCH_PREFIX) and _is_our_folder(scratch):
            shutil.rmtree(scratch, ignore_errors=True)
        if said.get("unpacks") is False:
            return
        for folder in dict.fromkeys(map(Path, self.folders)):
            self._clear_folder(folder, started - _MARGIN)

    def _clear_folder(self, folder: Path, since: float) -> None:
        """Remove what pip had set aside, and the ``.dist-info`` of each distribution that the run left incomplete.

        pip sets aside under a name that begins with ``~``. Other files stay where they are: the next installation
        writes over them.
        """
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


def _lock_folder() -> Path | None:
    """The folder of all locks; None if this user can have none."""
    state = state_dir()
    if state is None:
        return None
    folder = state / "locks"
    state.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):
        (state / "turns").rename(folder)  # the name in 0.1.0
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


def _is_our_folder(path: Path) -> bool:
    try:
        found = path.lstat()
    except (OSError, ValueError):
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


def _incomplete(info: Path, since: float) -> bool:
    """Whether an installer has begun since then to bring or to remove a distribution, and not ended.

    Compiled modules do not count: Python makes them again, and many a container is shipped without.
    """
    from dualvariant.target.record import list_recorded_paths

    files = [info.parent / path for path in list_recorded_paths(info)]
    if info / "INSTALLER" not in files:
        return _changed(info, since)
    gone = [file for file in files if file.suffix != ".pyc" and not os.path.lexists(file)]
    return any(_changed(next(folder for folder in file.parents if folder.exists()), since) for file in gone)
