"""Looking through a folder of wheels and sdists for its index: what changed is read, each problem is named."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from pathlib import Path

from packaging.utils import InvalidSdistFilename, NormalizedName
from packaging.version import InvalidVersion

from dualvariant.core.report import Reporter
from dualvariant.static_index.entry import SUFFIXES, Entry, read_entry, remembered_entry
from dualvariant.static_index.fingerprint import UNSURE, Stamp, same, tick
from dualvariant.static_index.read_cache import Memory
from variantlib.errors import VariantError

__all__ = ["contradictions", "scan"]

# Seconds between two lines on how far the reading has come, and between two writes of what it has found.
_TELL = 3.0
_SAVE = 30.0
# Files of this size are read ahead by threads: to hash and to unpack them leaves the interpreter to others. Reading
# small ones does not, and takes threads a third longer.
_LARGE = 1 << 20
_THREADS = 4
# The clocks of two file systems may differ by this (nanoseconds); FAT's ticks every two seconds.
_ELSEWHERE = 3 * 10**9


def scan(
    directory: Path,
    names: Set[str],
    memory: Memory,
    reporter: Reporter,
    save: Callable[[], None],
) -> tuple[dict[NormalizedName, list[Entry]], int]:
    """The files of each project in which anything has changed, in page order, and how many files were left out.

    Args:
        directory: the folder.
        names: what is in it.
        memory: what earlier runs saw; it is brought up to date. Files that have not changed since are not read.
        reporter: told of each file that is left out.
        save: called now and then while many files are read, so that an interrupted run is not lost.
    """
    unchanged = _unchanged(directory, names, memory)
    read: dict[str, Entry] = {}
    changed = sorted(name for name in names - unchanged if name.endswith(SUFFIXES))
    problems = _read(directory, changed, read, memory, reporter, save)

    again = sorted(memory.lost & unchanged)
    for remembered in memory.unsettled.values():
        for filename in sorted(remembered.keys() - read.keys()):
            entry = remembered_entry(directory, filename, remembered[filename])
            if entry is None:
                again.append(filename)
                del remembered[filename]
            else:
                read[filename] = entry
    problems += _read(directory, again, read, memory, reporter, save)
    memory.unsettled = {project: remembered for project, remembered in memory.unsettled.items() if remembered}

    entries: dict[NormalizedName, list[Entry]] = {}
    for entry in read.values():
        entries.setdefault(entry.project, []).append(entry)
    for listed in entries.values():
        listed.sort(key=lambda entry: (entry.version, entry.file.filename))
    return dict(sorted(entries.items())), problems


def _unchanged(directory: Path, names: Set[str], memory: Memory) -> set[str]:
    """The files that need not be read. Nothing of the others is left in ``memory``; their projects are unsettled."""
    unchanged: set[str] = set()
    for project, settled in list(memory.settled.items()):
        if settled.holds(directory, names):
            unchanged.update(settled.read)
        else:
            memory.unsettle(project)
    for remembered in memory.unsettled.values():
        for filename, known in list(remembered.items()):
            if filename not in names or not same(directory, filename, list(known.stamp)):
                del remembered[filename]
        unchanged.update(remembered)
    return unchanged


def _read(
    directory: Path,
    filenames: Sequence[str],
    read: dict[str, Entry],
    memory: Memory,
    reporter: Reporter,
    save: Callable[[], None],
) -> int:
    """Read these files into ``read`` and ``memory``; how many of them had to be left out."""
    if not filenames:
        return 0
    from concurrent.futures import ThreadPoolExecutor

    problems = 0
    statuses = _statuses(directory, filenames)
    sure = _certainty(directory, statuses)
    large = [name for name, status in statuses.items() if status.st_size >= _LARGE]
    pool = ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1))
    try:
        ahead = {filename: pool.submit(read_entry, directory / filename) for filename in large}
        for filename in _told(filenames, reporter, save):
            try:
                future = ahead.pop(filename, None)
                entry, stamp = read_entry(directory / filename) if future is None else future.result()
            except (InvalidSdistFilename, InvalidVersion):
                reporter.note(f"left out (its name is no sdist's): {filename!r}")
            except VariantError as error:
                reporter.warn(f"left out: {error}")
                problems += 1
            except OSError as error:
                reporter.warn(f"left out ({error.strerror or error}): {filename!r}")
                problems += 1
            else:
                read[filename] = entry
                memory.learn(filename, entry.known(stamp if sure(filename, stamp) else UNSURE))
    finally:
        pool.shutdown(cancel_futures=True)
    return problems


def _statuses(directory: Path, filenames: Iterable[str]) -> dict[str, os.stat_result]:
    statuses = {}
    for filename in filenames:
        with suppress(OSError):  # reading it will say why
            statuses[filename] = (directory / filename).stat()
    return statuses


def _certainty(directory: Path, statuses: Mapping[str, os.stat_result]) -> Callable[[str, Stamp], bool]:
    """Whether a file that has this stamp when its reading begins, after now, cannot change and keep it."""
    device = directory.stat().st_dev
    elsewhere = {filename for filename, status in statuses.items() if status.st_dev != device}
    now = tick(directory, (Stamp.of(status) for filename, status in statuses.items() if filename not in elsewhere))
    return lambda filename, stamp: stamp.before(now, _ELSEWHERE if filename in elsewhere else 0)


def _told(filenames: Sequence[str], reporter: Reporter, save: Callable[[], None]) -> Iterator[str]:
    """The file names; on the way a person is told how far it is, and ``save`` is called."""
    told = saved = time.monotonic()
    for number, filename in enumerate(filenames):
        now = time.monotonic()
        if now - told > _TELL and sys.stderr.isatty():
            reporter.progress(f"{number:,} of {len(filenames):,} files read")
            told = now
        if now - saved > _SAVE:
            save()
            saved = time.monotonic()
        yield filename


def contradictions(entries: Mapping[NormalizedName, list[Entry]]) -> dict[NormalizedName, str]:
    """Projects whose files contradict each other, each with the first contradiction found.

    A hash is 32 bits over properties without a separator (variantlib.meta): two sets can share it, and nobody could
    tell which one an index means.
    """
    found: dict[NormalizedName, str] = {}
    for project, files in entries.items():
        identities: dict[object, Entry] = {}
        meanings: dict[object, Entry] = {}
        for entry in files:
            other = identities.setdefault(entry.identity, entry)
            if other.file.hashes != entry.file.hashes:
                found.setdefault(
                    project,
                    "two files are the same to every installer and differ: "
                    f"{other.file.filename!r} and {entry.file.filename!r}",
                )
            if entry.name is None or entry.description is None:
                continue
            other = meanings.setdefault((entry.version, entry.name.label), entry)
            if other.description is not None and other.description != entry.description:
                found.setdefault(
                    project,
                    f"one hash, two sets of properties: {other.file.filename!r} has "
                    f"{other.description.properties}, {entry.file.filename!r} has "
                    f"{entry.description.properties}",
                )
    return found
