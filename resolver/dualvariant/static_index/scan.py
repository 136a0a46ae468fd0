"""Scans a folder of wheels and sdists for its static index: changed files are read, each problem is reported."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from pathlib import Path

from packaging.utils import InvalidSdistFilename, NormalizedName
from packaging.version import Version

from dualvariant.core.report import Reporter
from dualvariant.static_index.entry import SUFFIXES, Entry, read_entry, restore_entry
from dualvariant.static_index.fingerprint import UNTRUSTED, Fingerprint, is_unchanged, read_clock
from dualvariant.static_index.label_files import find_label_contradiction
from dualvariant.static_index.read_cache import ReadCache
from variantlib.errors import VariantError
from variantlib.label_meta import LabelVariant

__all__ = ["find_contradictions", "scan_folder"]

# Seconds between two progress messages, and between two writes of the read cache.
_REPORT_EVERY = 3.0
_SAVE_EVERY = 30.0
# Files of this size are read ahead by threads, because hashing and unpacking them releases the GIL. Small files take a
# third longer with threads.
_LARGE = 1 << 20
_THREADS = 4
# The clocks of two file systems may differ by this (nanoseconds): that of FAT ticks every two seconds.
_OTHER_CLOCK = 3 * 10**9


def scan_folder(
    directory: Path,
    names: Set[str],
    cache: ReadCache,
    reporter: Reporter,
    save: Callable[[], None],
) -> tuple[dict[NormalizedName, list[Entry]], int]:
    """The files of each project in which anything has changed, in page order, and how many files were left out.

    Args:
        directory: the folder.
        names: what is in it.
        cache: what earlier runs have read; it is brought up to date. Files that have not changed since are not read.
        reporter: receives a message about each file that is left out.
        save: called every 30 seconds, so that what an interrupted run has read is not lost.
    """
    unchanged = _find_unchanged(directory, names, cache)
    read: dict[str, Entry] = {}
    changed = sorted(name for name in names - unchanged if name.endswith(SUFFIXES))
    problems = _read_files(directory, changed, read, cache, reporter, save)

    again = sorted(cache.lost & unchanged)
    for records in cache.outdated.values():
        for filename in sorted(records.keys() - read.keys()):
            entry = restore_entry(directory, filename, records[filename])
            if entry is None:
                again.append(filename)
                del records[filename]
            else:
                read[filename] = entry
    problems += _read_files(directory, again, read, cache, reporter, save)
    cache.outdated = {project: records for project, records in cache.outdated.items() if records}

    entries: dict[NormalizedName, list[Entry]] = {}
    for entry in read.values():
        entries.setdefault(entry.project, []).append(entry)
    for listed in entries.values():
        listed.sort(key=lambda entry: (entry.version, entry.file.filename))
    return dict(sorted(entries.items())), problems


def _find_unchanged(directory: Path, names: Set[str], cache: ReadCache) -> set[str]:
    """The files that need not be read. The records of others are removed, and their projects marked outdated."""
    unchanged: set[str] = set()
    for project, current in list(cache.current.items()):
        if current.is_up_to_date(directory, names):
            unchanged.update(current.read)
        else:
            cache.mark_outdated(project)
    for records in cache.outdated.values():
        for filename, record in list(records.items()):
            if filename not in names or not is_unchanged(directory, filename, list(record.fingerprint)):
                del records[filename]
        unchanged.update(records)
    return unchanged


def _read_files(
    directory: Path,
    filenames: Sequence[str],
    entries: dict[str, Entry],
    cache: ReadCache,
    reporter: Reporter,
    save: Callable[[], None],
) -> int:
    """Read files into ``entries`` and ``cache``. Returns how many of them had to be left out."""
    if not filenames:
        return 0
    from concurrent.futures import ThreadPoolExecutor

    problems = 0
    statuses = _read_statuses(directory, filenames)
    is_certain = _make_certainty_check(directory, statuses)
    large = [name for name, status in statuses.items() if status.st_size >= _LARGE]
    pool = ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1))
    try:
        ahead = {filename: pool.submit(read_entry, directory / filename) for filename in large}
        for filename in _with_progress(filenames, reporter, save):
            try:
                future = ahead.pop(filename, None)
                entry, fingerprint = read_entry(directory / filename) if future is None else future.result()
            except InvalidSdistFilename:
                reporter.note(f"left out (its name is not that of an sdist): {filename!r}")
            except VariantError as error:
                reporter.warn(f"left out: {error}")
                problems += 1
            except OSError as error:
                reporter.warn(f"left out ({error.strerror or error}): {filename!r}")
                problems += 1
            else:
                entries[filename] = entry
                cache.add(filename, entry.make_record(fingerprint if is_certain(filename, fingerprint) else UNTRUSTED))
    finally:
        pool.shutdown(cancel_futures=True)
    return problems


def _read_statuses(directory: Path, filenames: Iterable[str]) -> dict[str, os.stat_result]:
    statuses = {}
    for filename in filenames:
        with suppress(OSError):  # reading the file reports it
            statuses[filename] = (directory / filename).stat()
    return statuses


def _make_certainty_check(
    directory: Path, statuses: Mapping[str, os.stat_result]
) -> Callable[[str, Fingerprint], bool]:
    """A function that says whether a file whose reading begins from now on cannot change and keep its fingerprint."""
    device = directory.stat().st_dev
    elsewhere = {filename for filename, status in statuses.items() if status.st_dev != device}
    now = read_clock(
        directory, (Fingerprint.of(status) for filename, status in statuses.items() if filename not in elsewhere)
    )
    return lambda filename, fingerprint: fingerprint.is_older_than(now, _OTHER_CLOCK if filename in elsewhere else 0)


def _with_progress(filenames: Sequence[str], reporter: Reporter, save: Callable[[], None]) -> Iterator[str]:
    """The file names. Between them, progress is reported on a terminal, and ``save`` is called."""
    reported = saved = time.monotonic()
    for number, filename in enumerate(filenames):
        now = time.monotonic()
        if now - reported > _REPORT_EVERY and sys.stderr.isatty():
            reporter.progress(f"{number:,} of {len(filenames):,} files read")
            reported = now
        if now - saved > _SAVE_EVERY:
            save()
            saved = time.monotonic()
        yield filename


def find_contradictions(entries: Mapping[NormalizedName, list[Entry]]) -> dict[NormalizedName, str]:
    """Projects whose files contradict each other, each with the first contradiction that is found.

    A hash has 32 bits and is computed over properties without a separator (variantlib.meta), so two sets of properties
    can have the same one. A reader of the index could not tell which set is meant.
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
                    "two files have different content and are the same to every installer: "
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
        why = find_label_contradiction(files) or _find_shared_name(files)
        if why is not None:
            found.setdefault(project, why)
    return found


def _find_shared_name(files: Iterable[Entry]) -> str | None:
    """Two variants of a release that have one name, in words; None if there are none. A label is a name too."""
    called: dict[tuple[Version, str], tuple[str, Sequence[str]]] = {}
    for entry in files:
        variant = entry.variant
        if variant is None:
            continue
        for name in [variant.label] if isinstance(variant, LabelVariant) else variant.names:
            filename, properties = called.setdefault((entry.version, name), (entry.file.filename, variant.properties))
            if properties != variant.properties:
                return (
                    f"one name, two variants: {filename!r} with {properties} and {entry.file.filename!r} with "
                    f"{variant.properties} are both called {name!r}"
                )
    return None
