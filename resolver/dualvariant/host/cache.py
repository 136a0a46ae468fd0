"""The cache of providers' answers: only the first use asks the providers.

One file holds one answer, under a name that is made of everything the answer depends on; the same home directory can
thus serve several machines and environments. A file that cannot be used, one of an earlier version included, counts as
no answer, and an answer that cannot be kept is detected again: neither is an error.

There is no lock: a file is written whole under another name and then renamed, so a reader sees the old one or the new
one, and two processes that detect at once write the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from dualvariant.host._depends import read_states
from dualvariant.host.answer import ProviderAnswer, ProviderFailure, parse_answer, parse_failure, parse_seconds
from dualvariant.host.discovery import ProviderEntry
from dualvariant.host.identity import make_host_key
from dualvariant.host.seal import seal_states

__all__ = ["LONGEST_LIFE", "SCHEMA", "SHORT_LIFE", "Kept", "ProviderCache", "cache_directory"]

SCHEMA = "dualvariant/provider-answer/3"

#: Seconds after which an answer is asked for again, whatever has not changed.
LONGEST_LIFE = 24 * 60 * 60

#: The same for "nothing to say" and for failures: what was missing may have come meanwhile.
SHORT_LIFE = 5 * 60

_LARGEST_FILE = 4 << 20


def cache_directory() -> Path | None:
    """The folder of the answers; None if this user can have no cache."""
    from dualvariant.core.dirs import cache_dir

    return cache_dir("providers")


class Kept(NamedTuple):
    """The content of a file in the cache, whether or not the answer can still be used."""

    path: Path
    entry: ProviderEntry
    answer: ProviderAnswer | ProviderFailure
    key: dict[str, Any]

    @property
    def stale(self) -> str | None:
        """Why the answer is not used any more, by its age and what it depends on; None if it is."""
        answer = self.answer  # to ask one again that took too long costs the whole limit again
        is_long = answer.config is not None if isinstance(answer, ProviderAnswer) else answer.timed_out
        life, words = (LONGEST_LIFE, "a day") if is_long else (SHORT_LIFE, f"{SHORT_LIFE // 60} minutes")
        if not 0 <= time.time() - self.answer.detected_at <= life:
            return f"older than {words}, or from the future"
        depends_on = self.answer.depends_on or {}
        try:
            now = seal_states(read_states(list(depends_on)))
        except ValueError:
            return "it depends on something that is no file, variable or library"
        return next((f"changed: {name}" for name in depends_on if now is None or now[name] != depends_on[name]), None)


class ProviderCache:
    """The answers that are kept in one directory, for the host and the interpreter that we run on.

    Args:
        directory: where the files are; it need not exist. None: nothing is kept.
    """

    def __init__(self, directory: Path | None) -> None:
        self.directory = directory
        self._host = make_host_key()

    def load(self, entry: ProviderEntry) -> ProviderAnswer | ProviderFailure | None:
        """What is kept for a provider, if it is whole and nothing that it depends on has changed."""
        key = self._key(entry)
        path = self._path(entry, key)
        kept = None if path is None else _read_once(path)
        if kept is None or kept.key != key or kept.stale:
            return None
        return kept.answer

    def save(self, answer: ProviderAnswer | ProviderFailure) -> str | None:
        """Keep a fresh answer, or failure. Returns why it could not be kept; None if it was, or is not to be."""
        key = self._key(answer.entry)
        path = self._path(answer.entry, key)
        depends_on = None if answer.depends_on is None else seal_states(answer.depends_on)
        if path is None or depends_on is None:
            return None
        from dualvariant.core.files import replacing

        document = {
            "schema": SCHEMA,
            "key": key,
            "detected_at": answer.detected_at,
            "answer": {**answer.to_document(), "depends_on": depends_on},
        }
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._prune(path.parent)
            with replacing(path, mode=0o600) as file:
                file.write(json.dumps(document, indent=1).encode())
        except OSError as error:
            return str(error)
        return None

    def _key(self, entry: ProviderEntry) -> dict[str, Any]:
        return {
            "contract": entry.contract,
            "entry": entry.name,
            "target": entry.target,
            "distribution": entry.distribution,
            "version": entry.version,
            "files": entry.fingerprint,
            **self._host,
        }

    def _path(self, entry: ProviderEntry, key: dict[str, Any]) -> Path | None:
        if self.directory is None or entry.fingerprint is None:
            return None
        digest = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:24]
        return self.directory / f"{re.sub('[^A-Za-z0-9_]', '_', entry.name)[:40]}-{digest}.json"

    @staticmethod
    def _prune(directory: Path) -> None:
        """Remove the files that are older than an answer may be, and those that others may read.

        dualvariant 0.1.0 made its files readable, and wrote the values of environment variables into them.
        """
        for path in files(directory):
            with suppress(OSError):
                found = path.lstat()
                if time.time() - found.st_mtime > LONGEST_LIFE or found.st_mode & 0o077:
                    path.unlink()


_OURS = re.compile(r"\w{1,40}-[0-9a-f]{24}\.json|\.\w{1,40}-[0-9a-f]{24}\.json\.\w+\.part", re.ASCII)


def files(directory: Path) -> Iterator[Path]:
    """List the files in a cache directory that are ours by their names, half-written ones included."""
    try:
        paths = sorted(directory.iterdir())
    except OSError:
        return
    yield from (path for path in paths if _OURS.fullmatch(path.name))


#: What this process has read before: a file is read again if its time, size or inode has changed.
_read_before: dict[Path, tuple[tuple[int, int, int], Kept | None]] = {}


def _read_once(path: Path) -> Kept | None:
    """What :func:`read` says; a file is replaced as a whole, and never changed in place."""
    try:
        found = path.stat()
    except OSError:
        return None
    state = (found.st_mtime_ns, found.st_size, found.st_ino)
    before = _read_before.get(path)
    if before is None or before[0] != state:
        before = _read_before[path] = (state, read(path))
    return before[1]


def read(path: Path) -> Kept | None:
    """Read a file in the cache, checked as strictly as a fresh answer; None for anything that is no answer."""
    try:
        document = json.loads(_bytes(path))
        key, detected_at = document["key"], document["detected_at"]
        if document["schema"] != SCHEMA or not isinstance(detected_at, (int, float)):
            return None
        parts = ("entry", "target", "distribution", "version", "files", "contract")
        entry = ProviderEntry(*(str(key[part]) for part in parts))
        said, at = document["answer"], float(detected_at)
        answer = (
            parse_failure(entry, said, "cache", at)
            if "error" in said
            else parse_answer(entry, said, "cache", at, parse_seconds(said))
        )
        return Kept(path, entry, answer, key)
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def _bytes(path: Path) -> bytes:
    """The content of a regular file that belongs to us; it never waits, not even on a named pipe."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(handle, "rb") as file:  # noqa: PTH123  # it takes over a descriptor
        found = os.fstat(handle)
        mine = not hasattr(os, "geteuid") or found.st_uid == os.geteuid()
        if not stat.S_ISREG(found.st_mode) or not mine or found.st_size > _LARGEST_FILE:
            raise ValueError("not a file of ours")
        return file.read()
