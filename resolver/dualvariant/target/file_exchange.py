"""Exchanges files of an installed distribution so that a kill at any moment leaves nothing half-done for good.

New files are first complete in a folder of ours beside the distribution, on the same file system; then each takes its
place by a rename. Before the first rename a journal says which files change, and hard links keep the old ones. A run
that fails, or is interrupted, goes back by the journal at once; after a kill, the next run does. A process that has an
old file open, or has loaded it, keeps it.

A run holds a lock (flock(2)) on the folder as long as it lives, so nobody takes its journal for a dead one's.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from dualvariant.core.files import read_regular
from dualvariant.core.interruptions import uninterrupted

__all__ = ["STAGE_NAME", "Change", "NotRolledBackError", "Stage", "heal", "open_stage"]

#: The folder's name; it is in the site folder of an environment as long as files are exchanged there.
STAGE_NAME = ".dualvariant-refit"
_JOURNAL = "journal.json"
#: The most bytes of the journal: a line for each file of what is exchanged.
_LARGEST_JOURNAL = 256 << 20
_PART = ".dualvariant-part"


class NotRolledBackError(Exception):
    """An exchange failed, and so did the way back. The journal and the old files stay for the next run."""


class Change(NamedTuple):
    """One file that changes.

    Args:
        path: the file.
        source: the new file, on the same file system in most cases; None if the file is removed.
    """

    path: Path
    source: Path | None


class Stage:
    """The folder in which new files wait, and by which they are exchanged.

    Args:
        folder: the folder; it exists, and is locked.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def exchange(self, what: str, changes: Sequence[Change], accept: Callable[[], None] = lambda: None) -> None:
        """Make all changes, or none.

        Args:
            what: the distribution, for the message after a kill.
            changes: what changes; a folder that becomes empty by it is removed.
            accept: called when all files have changed; what it raises is raised here, and the old files are back.

        Raises:
            OSError: a file cannot be written; everything is as it was before.
            NotRolledBackError: some files are the new ones.
        """
        work = self.folder / "exchange"
        try:
            with uninterrupted():
                work.mkdir()
                _write_journal(work, what, changes)
                for change in changes:
                    _make(change)
            accept()
            with uninterrupted():
                (work / _JOURNAL).unlink()  # from here on it is done
                _remove_empty([change.path.parent for change in changes if change.source is None], self.folder.parent)
                shutil.rmtree(work, ignore_errors=True)
        except BaseException:
            try:
                _roll_back(work)
            except OSError as error:
                raise NotRolledBackError(f"the old files of {what} are not all back ({error.strerror})") from error
            raise


@contextmanager
def open_stage(site: Path, waiting: Callable[[], None]) -> Iterator[Stage]:
    """A stage in a site folder, removed when the block ends. What a killed run left is rolled back first.

    It stays where an exchange in it was neither finished nor taken back: the next run does that.

    Args:
        site: the folder that distributions are installed into.
        waiting: called if another run has to end first.

    Raises:
        OSError: it cannot be made.
    """
    folder = site / STAGE_NAME
    with uninterrupted() as let_through:
        handle = None
        try:
            while handle is None:
                handle = _lock_new(folder)
                if handle is None:
                    with let_through():
                        waiting()
                        _wait_for(folder)
            _clear(folder)
            with let_through():
                yield Stage(folder)
        finally:
            if handle is not None:
                if not os.path.lexists(folder / "exchange" / _JOURNAL):
                    shutil.rmtree(folder, ignore_errors=True)
                os.close(handle)


def heal(site: Path) -> str | None:
    """Roll back what a killed run has left in a site folder; a run that is alive is left alone.

    Returns:
        The distribution whose files are the old ones again; None if there was nothing to roll back.

    Raises:
        OSError: a file cannot be put back.
    """
    folder = site / STAGE_NAME
    try:
        handle = _open(folder)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        what = _clear(folder)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        return None
    finally:
        os.close(handle)
    return what


def _lock_new(folder: Path) -> int | None:
    """The descriptor of the folder, which is made and locked; None if another run holds it."""
    while True:
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        try:
            handle = _open(folder)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        except OSError:
            return handle  # a file system without locks
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), folder.lstat()):
                return handle
        os.close(handle)


def _wait_for(folder: Path) -> None:
    """Wait until no other run holds the folder; it may be gone then."""
    with suppress(FileNotFoundError):
        handle = _open(folder)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        finally:
            os.close(handle)


def _open(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _clear(folder: Path) -> str | None:
    """Roll back an unfinished exchange, and remove everything in the folder."""
    what = _roll_back(folder / "exchange")
    for entry in folder.iterdir():
        shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    return what


def _write_journal(work: Path, what: str, changes: Sequence[Change]) -> None:
    """Keep the old files, then say which they are; nothing has changed so far."""
    files: list[list[str | None]] = []
    for number, change in enumerate(changes):
        old = None
        if os.path.lexists(change.path):
            old = f"old{number}"
            _keep(change.path, work / old)
        files.append([str(change.path), old])
    part = work / f"{_JOURNAL}.part"
    with part.open("w", encoding="utf-8") as file:
        json.dump({"what": what, "files": files}, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(work / _JOURNAL)


def _keep(path: Path, kept: Path) -> None:
    try:
        os.link(path, kept, follow_symlinks=False)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        shutil.copy2(path, kept, follow_symlinks=False)  # a file system without hard links, or another one


def _make(change: Change) -> None:
    if change.source is None:
        change.path.unlink(missing_ok=True)
        return
    change.path.parent.mkdir(parents=True, exist_ok=True)
    _move(change.source, change.path)


def _move(source: Path, path: Path) -> None:
    """Rename, or copy and rename where the two are on different file systems."""
    try:
        source.replace(path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        part = _part_of(path)
        shutil.copy2(source, part, follow_symlinks=False)
        part.replace(path)


def _part_of(path: Path) -> Path:
    return path.with_name(f".{path.name}{_PART}")


@uninterrupted()
def _roll_back(work: Path) -> str | None:
    """Put every old file back, and remove every new one; None if nothing had changed.

    It can be killed itself and be done again: a file that is back is no longer in the folder.
    """
    journal = work / _JOURNAL
    try:
        document = json.loads(read_regular(journal, _LARGEST_JOURNAL))
    except FileNotFoundError:
        shutil.rmtree(work, ignore_errors=True)
        return None
    except (ValueError, RecursionError) as error:  # a file system that was not unmounted
        raise OSError(errno.EIO, f"damaged journal {str(journal)!r}") from error
    new = []
    for name, old in document["files"]:
        path = Path(name)
        _part_of(path).unlink(missing_ok=True)
        if old is None:
            path.unlink(missing_ok=True)
            new.append(path.parent)
        elif os.path.lexists(work / old):
            path.parent.mkdir(parents=True, exist_ok=True)
            _move(work / old, path)
    _remove_empty(new, work.parent.parent)
    journal.unlink()
    shutil.rmtree(work, ignore_errors=True)
    return str(document["what"])


def _remove_empty(folders: Sequence[Path], site: Path) -> None:
    """Remove folders below the site folder that have become empty, and their empty parents."""
    for folder in dict.fromkeys(folders):
        while folder != site and folder.is_relative_to(site):
            with suppress(OSError):
                shutil.rmtree(folder / "__pycache__") if _has_only_bytecode(folder) else None
            try:
                folder.rmdir()
            except OSError:
                break
            folder = folder.parent


def _has_only_bytecode(folder: Path) -> bool:
    return [entry.name for entry in folder.iterdir()] == ["__pycache__"]
