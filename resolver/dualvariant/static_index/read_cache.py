"""What earlier runs of ``dualvariant index`` read and left behind, so that the next one reads what has changed since.

Nothing here is needed to make the right index: whatever is wrong with it costs a full run.

The file has a line with the sha256 of the rest, one with the rules and the manifest that it goes with, and two lines a
project. Only the first of these two, with the stamps, is read of a project in which nothing has changed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Container, Iterable, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from dualvariant import __version__
from dualvariant.core.files import write_atomically
from dualvariant.core.report import Reporter
from dualvariant.static_index.fingerprint import Stamp, same, tick

__all__ = ["SEEN", "Known", "Memory"]

SEEN = ".dualvariant-index.seen.json"

# By which rules files were read and pages written: what another version left is not believed. Whoever changes them
# between two versions raises the number.
_RULES = ["dualvariant/index-seen/1", __version__]

_SHA256 = re.compile(r"[0-9a-f]{64}")
# What reading it raises where it is not as it must be.
_WRONG = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
_KINDS = ("standard", "hash", "label", "sdist")

#: File names, or paths below the folder, with their stamps as JSON has them.
Stamps = dict[str, list[int]]


@frozen
class Known:
    """What was read in a wheel or an sdist.

    Args:
        stamp: the file before it was read.
        project: normalized name.
        kind: the wheel's dialect, or ``sdist``.
        sha256: of the file.
        size: in bytes.
        requires_python: the specifier, or None.
        metadata: the sha256 of the METADATA, None for an sdist.
        properties: of a hash wheel.
    """

    stamp: Stamp
    project: str
    kind: str
    sha256: str
    size: int
    requires_python: str | None = None
    metadata: str | None = None
    properties: tuple[str, ...] | None = None

    def to_json(self) -> list[object]:
        """All but stamp and project."""
        return [self.kind, self.sha256, self.size, self.requires_python, self.metadata, self.properties]

    @classmethod
    def from_json(cls, stamp: Any, project: str, values: Any) -> Known:
        """What :meth:`to_json` gave, each value of the type that it must have.

        Raises:
            TypeError, ValueError: it is something else.
        """
        kind, sha256, size, requires_python, metadata, properties = values
        if (
            kind not in _KINDS
            or not _SHA256.fullmatch(sha256)
            or type(size) is not int
            or not (requires_python is None or type(requires_python) is str)
            or (kind == "sdist") != (metadata is None)
            or not (metadata is None or _SHA256.fullmatch(metadata))
            or (kind == "hash") != (type(properties) is list)
            or not all(type(text) is str for text in properties or ())
            or not all(type(number) is int for number in stamp)
        ):
            raise ValueError(f"no file is like this: {values!r}")
        texts = tuple(properties) if kind == "hash" else None
        return cls(Stamp(*stamp), project, kind, sha256, size, requires_python, metadata, texts)


@frozen
class Settled:
    """A project whose files were read and whose pages were written.

    Args:
        read: the stamps of its wheels and sdists.
        written: the stamps of what was written for it.
        kinds: how many of its files there are of each kind.
        lines: all this as it stands in the file.
    """

    read: Stamps
    written: Stamps
    kinds: dict[str, int]
    lines: tuple[bytes, bytes]

    def holds(self, directory: Path, names: Container[str]) -> bool:
        """Whether each file is what it was.

        Args:
            directory: the folder.
            names: what is in it.
        """
        return all(name in names for name in self.read) and all(
            same(directory, path, stamp) for files in (self.read, self.written) for path, stamp in files.items()
        )


class Memory:
    """What is known of a folder, by project.

    Attributes:
        settled: the projects in which nothing has changed, as far as is known.
        unsettled: what was read of the others, by project and file name; they have to be written anew.
        lost: files of projects that were settled, of which nothing is known after all.
    """

    def __init__(self) -> None:
        self.settled: dict[str, Settled] = {}
        self.unsettled: dict[str, dict[str, Known]] = {}
        self.lost: set[str] = set()

    def unsettle(self, project: str) -> None:
        """Something has changed in a project, or something new belongs to it."""
        settled = self.settled.pop(project, None)
        if settled is not None:
            try:
                self.unsettled[project] = _known_files(project, settled.read, settled.lines[1])
            except _WRONG:
                self.lost.update(settled.read)

    def learn(self, filename: str, known: Known) -> None:
        """Remember what was just read."""
        self.unsettle(known.project)
        self.unsettled.setdefault(known.project, {})[filename] = known

    def settle(self, directory: Path, written: Mapping[str, Iterable[str]]) -> None:
        """Remember that these projects' files (project → paths below the folder) are as they should be."""
        if not written:
            return
        stamps = {
            name: {path: Stamp.of((directory / path).stat()) for path in paths} for name, paths in written.items()
        }
        now = tick(directory, (stamp for paths in stamps.values() for stamp in paths.values()))
        for project, paths in stamps.items():
            if all(stamp.before(now) for stamp in paths.values()):
                lines = _lines(project, self.unsettled.pop(project), paths)
                self.settled[project] = _settled(json.loads(lines[0]), lines)

    def kinds(self, but: Collection[str]) -> Counter[str]:
        """How many files there are of each kind.

        Args:
            but: projects that don't count.
        """
        kinds = Counter(
            known.kind for name, files in self.unsettled.items() if name not in but for known in files.values()
        )
        for project in self.settled.values():
            for kind, count in project.kinds.items():
                kinds[kind] += count
        return kinds

    def write(self, directory: Path, manifest: bytes) -> None:
        """Write it down, unless it stands there; ``manifest`` is the one that it goes with."""
        lines = [json.dumps([_RULES, hashlib.sha256(manifest).hexdigest()]).encode()]
        for project in sorted({*self.settled, *self.unsettled}):
            settled = self.settled.get(project)
            lines += settled.lines if settled is not None else _lines(project, self.unsettled[project], None)
        text = b"\n".join(lines)
        write_atomically(directory / SEEN, hashlib.sha256(text).hexdigest().encode() + b"\n" + text)

    @classmethod
    def read(cls, directory: Path, manifest: bytes, reporter: Reporter) -> Memory:
        """What was written down; nothing at all if anything in it is not as it must be.

        Args:
            directory: the folder that is indexed.
            manifest: the manifest that is there now. If it is not the one that this goes with, nothing is settled.
            reporter: told what is wrong.
        """
        try:
            digest, _, text = (directory / SEEN).read_bytes().partition(b"\n")
            if hashlib.sha256(text).hexdigest().encode() != digest:
                raise ValueError("it is damaged")
            head, *lines = text.split(b"\n")
            rules, goes_with = json.loads(head)
            if rules != _RULES:
                return cls()
            memory = cls()
            for pair in zip(lines[::2], lines[1::2], strict=True):
                project, _, read, written = values = json.loads(pair[0])
                if written is None:
                    memory.unsettled[project] = _known_files(project, read, pair[1])
                else:
                    memory.settled[project] = _settled(values, pair)
            if goes_with != hashlib.sha256(manifest).hexdigest():
                for project in list(memory.settled):
                    memory.unsettle(project)
        except FileNotFoundError:
            return cls()
        except (OSError, *_WRONG) as error:
            reporter.note(f"what earlier runs read is not known, so every file is read again ({error!r}): {SEEN!r}")
            return cls()
        return memory


def _lines(project: str, files: Mapping[str, Known], written: Mapping[str, Stamp] | None) -> tuple[bytes, bytes]:
    kinds = Counter(known.kind for known in files.values())
    stamps = {filename: files[filename].stamp for filename in sorted(files)}
    details = {filename: files[filename].to_json() for filename in sorted(files)}
    return _dump([project, dict(sorted(kinds.items())), stamps, written]), _dump(details)


def _dump(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _settled(values: Any, lines: tuple[bytes, bytes]) -> Settled:
    """From the first of the two lines; the stamps need no look, because they are compared and nothing else."""
    _, kinds, read, written = values
    if not (
        type(kinds) is type(read) is type(written) is dict
        and all(kind in _KINDS and type(count) is int for kind, count in kinds.items())
    ):
        raise ValueError(f"no project is like this: {values!r}")
    return Settled(read, written, kinds, lines)


def _known_files(project: str, stamps: Stamps, details: bytes) -> dict[str, Known]:
    files = json.loads(details)
    if files.keys() != stamps.keys():
        raise ValueError(f"no files of {project!r} are like this: {files!r}")
    return {filename: Known.from_json(stamps[filename], project, values) for filename, values in files.items()}
