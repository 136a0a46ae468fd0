"""The read cache of a static index: what earlier runs have read, so that the next one reads only what has changed.

The right index can be made without it: a cache that is missing, damaged or of another version costs a full run.

The file has a line with the sha256 of the rest, one with the version of the rules and the sha256 of the manifest that
it belongs to, and two lines for each project. Of a project in which nothing has changed only the first of these two is
parsed, which has the fingerprints.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Container, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dualvariant import __version__
from dualvariant.core.files import read_regular, write_atomically
from dualvariant.core.report import Reporter
from dualvariant.static_index.fingerprint import Fingerprint, is_unchanged, read_clock

__all__ = ["LARGEST_RECORDS", "READ_CACHE", "FileRecord", "ReadCache"]

READ_CACHE = ".dualvariant-index.seen.json"

#: The most bytes of manifest and read cache: those of 500,000 wheels.
LARGEST_RECORDS = 512 << 20

# The rules by which files were read and pages written: the cache of another version is dropped. The number is to be
# raised when the rules change between two versions.
_RULES = ["dualvariant/index-seen/3", __version__]

_SHA256 = re.compile(r"[0-9a-f]{64}")
# What parsing a damaged cache raises.
_INVALID = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
_KINDS = ("standard", "hash", "label", "sdist")

#: File names, or paths below the folder, with their fingerprints as JSON has them.
Fingerprints = dict[str, list[int]]


class FileRecord(NamedTuple):
    """What was read in a wheel or an sdist.

    Args:
        fingerprint: that of the file before it was read.
        project: normalized name.
        kind: the wheel's dialect, or ``sdist``.
        sha256: of the file.
        size: in bytes.
        requires_python: the specifier, or None.
        metadata: the sha256 of the METADATA, None for an sdist.
    """

    fingerprint: Fingerprint
    project: str
    kind: str
    sha256: str
    size: int
    requires_python: str | None = None
    metadata: str | None = None

    def to_json(self) -> list[object]:
        """All values but fingerprint and project."""
        return [self.kind, self.sha256, self.size, self.requires_python, self.metadata]

    @classmethod
    def from_json(cls, fingerprint: Any, project: str, values: Any) -> FileRecord:
        """Parse what :meth:`to_json` gave, and check the type of each value.

        Raises:
            TypeError, ValueError: it is something else.
        """
        kind, sha256, size, requires_python, metadata = values
        if (
            kind not in _KINDS
            or not _SHA256.fullmatch(sha256)
            or type(size) is not int
            or not (requires_python is None or type(requires_python) is str)
            or (kind == "sdist") != (metadata is None)
            or not (metadata is None or _SHA256.fullmatch(metadata))
            or not all(type(number) is int for number in fingerprint)
        ):
            raise ValueError(f"not a record of a file: {values!r}")
        return cls(Fingerprint(*fingerprint), project, kind, sha256, size, requires_python, metadata)


class ProjectRecord(NamedTuple):
    """A project whose files were read and whose pages were written.

    Args:
        read: the fingerprints of its wheels and sdists.
        written: the fingerprints of what was written for it.
        kinds: how many of its files there are of each kind.
        lines: the same as the two lines in the cache.
    """

    read: Fingerprints
    written: Fingerprints
    kinds: dict[str, int]
    lines: tuple[bytes, bytes]

    def is_up_to_date(self, directory: Path, names: Container[str]) -> bool:
        """Whether no file has changed.

        Args:
            directory: the folder.
            names: what is in it.
        """
        return all(name in names for name in self.read) and all(
            is_unchanged(directory, path, fingerprint)
            for files in (self.read, self.written)
            for path, fingerprint in files.items()
        )


class ReadCache:
    """What is known of the files in a folder, by project.

    Attributes:
        current: the projects whose files were read and whose pages were written, and have not changed as far as is
            known.
        outdated: what was read of the files of other projects, by project and file name. Their pages are written again.
        lost: files of projects that were current, whose records turned out to be damaged. They are read again.
    """

    def __init__(self) -> None:
        self.current: dict[str, ProjectRecord] = {}
        self.outdated: dict[str, dict[str, FileRecord]] = {}
        self.lost: set[str] = set()

    def mark_outdated(self, project: str) -> None:
        """Note that a project has changed, or has a new file."""
        current = self.current.pop(project, None)
        if current is not None:
            try:
                self.outdated[project] = _parse_files(project, current.read, current.lines[1])
            except _INVALID:
                self.lost.update(current.read)

    def add(self, filename: str, record: FileRecord) -> None:
        """Keep what was just read."""
        self.mark_outdated(record.project)
        self.outdated.setdefault(record.project, {})[filename] = record

    def mark_current(self, directory: Path, written: Mapping[str, Iterable[str]]) -> None:
        """Note that everything of these projects (project → paths below the folder) has just been written."""
        if not written:
            return
        fingerprints = {
            name: {path: Fingerprint.of((directory / path).stat()) for path in paths} for name, paths in written.items()
        }
        now = read_clock(directory, (fingerprint for paths in fingerprints.values() for fingerprint in paths.values()))
        for project, paths in fingerprints.items():
            if all(fingerprint.is_older_than(now) for fingerprint in paths.values()):
                lines = _format_project(project, self.outdated.pop(project), paths)
                self.current[project] = _parse_project(json.loads(lines[0]), lines)

    def count_kinds(self, without: Collection[str]) -> Counter[str]:
        """The number of files of each kind.

        Args:
            without: projects that do not count.
        """
        kinds = Counter(
            record.kind for name, files in self.outdated.items() if name not in without for record in files.values()
        )
        for project in self.current.values():
            for kind, count in project.kinds.items():
                kinds[kind] += count
        return kinds

    def write(self, directory: Path, manifest: bytes) -> None:
        """Write the cache, if it has changed; ``manifest`` is the content of the manifest that it belongs to."""
        lines = [json.dumps([_RULES, hashlib.sha256(manifest).hexdigest()]).encode()]
        for project in sorted({*self.current, *self.outdated}):
            current = self.current.get(project)
            lines += current.lines if current is not None else _format_project(project, self.outdated[project], None)
        text = b"\n".join(lines)
        write_atomically(directory / READ_CACHE, hashlib.sha256(text).hexdigest().encode() + b"\n" + text)

    @classmethod
    def read(cls, directory: Path, manifest: bytes, reporter: Reporter) -> ReadCache:
        """Read the cache; an empty one if there is none, or anything in it is invalid.

        Args:
            directory: the folder that is indexed.
            manifest: the content of the manifest that is there now. If the cache belongs to another one, every project
                is outdated.
            reporter: receives a note if the cache is dropped.
        """
        try:
            digest, _, text = read_regular(directory / READ_CACHE, LARGEST_RECORDS).partition(b"\n")
            if hashlib.sha256(text).hexdigest().encode() != digest:
                raise ValueError("it is damaged")
            head, *lines = text.split(b"\n")
            rules, belongs_to = json.loads(head)
            if rules != _RULES:
                reporter.note(f"another version has left {READ_CACHE!r}, so every file is read again")
                return cls()
            cache = cls()
            for pair in zip(lines[::2], lines[1::2], strict=True):
                project, _, read, written = values = json.loads(pair[0])
                if written is None:
                    cache.outdated[project] = _parse_files(project, read, pair[1])
                else:
                    cache.current[project] = _parse_project(values, pair)
            if belongs_to != hashlib.sha256(manifest).hexdigest():
                for project in list(cache.current):
                    cache.mark_outdated(project)
        except FileNotFoundError:
            return cls()
        except (OSError, *_INVALID) as error:
            reporter.note(f"{READ_CACHE!r} cannot be used ({error!r}), so every file is read again")
            return cls()
        return cache


def _format_project(
    project: str, files: Mapping[str, FileRecord], written: Mapping[str, Fingerprint] | None
) -> tuple[bytes, bytes]:
    kinds = Counter(record.kind for record in files.values())
    fingerprints = {filename: files[filename].fingerprint for filename in sorted(files)}
    details = {filename: files[filename].to_json() for filename in sorted(files)}
    return _dump([project, dict(sorted(kinds.items())), fingerprints, written]), _dump(details)


def _dump(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _parse_project(values: Any, lines: tuple[bytes, bytes]) -> ProjectRecord:
    """The record by its first line. The fingerprints need no check, because they are only compared."""
    _, kinds, read, written = values
    if not (
        type(kinds) is type(read) is type(written) is dict
        and all(kind in _KINDS and type(count) is int for kind, count in kinds.items())
    ):
        raise ValueError(f"not a record of a project: {values!r}")
    return ProjectRecord(read, written, kinds, lines)


def _parse_files(project: str, fingerprints: Fingerprints, details: bytes) -> dict[str, FileRecord]:
    files = json.loads(details)
    if files.keys() != fingerprints.keys():
        raise ValueError(f"not the records of the files of {project!r}: {files!r}")
    return {
        filename: FileRecord.from_json(fingerprints[filename], project, values) for filename, values in files.items()
    }
