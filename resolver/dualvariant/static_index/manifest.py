"""The manifest of a static index: which files were written, and the sha256 of each; nothing else is ever removed.

``DIR/.dualvariant-index.json`` is JSON with a line for each project. Where it is known to be as it was written, the
line of a project in which nothing changed is taken over as it is.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from packaging.utils import canonicalize_name

from dualvariant.core.report import Reporter

__all__ = ["MANIFEST", "MANIFEST_SCHEMA", "OURS", "Digests", "Manifest", "project_of", "remove"]

MANIFEST = ".dualvariant-index.json"
MANIFEST_SCHEMA = "dualvariant/index-files/1"

#: The only paths that are ever written or removed, relative to DIR.
OURS = re.compile(r"simple/([a-z0-9-]+/)?index\.(html|json)|[^/]+\.whl\.metadata|[^/]+~variants\.json")

#: Path below DIR → every sha256 that the file may have: several after a run that was killed.
Digests = Mapping[str, Collection[str]]


def project_of(path: str) -> str:
    """The project that one of our paths belongs to; empty for the list of projects."""
    if path.startswith("simple/"):
        return path.split("/")[1] if path.count("/") == 2 else ""
    return canonicalize_name(path.split("-", 1)[0])


class Manifest:
    """What was written into a folder.

    Args:
        lines: project → its paths and their digests, as the line of JSON that they stand in.
    """

    def __init__(self, lines: Mapping[str, str]) -> None:
        self._lines = {project: lines[project] for project in sorted(lines)}

    @property
    def projects(self) -> Collection[str]:
        """The projects that anything was written for; the empty one stands for the list of projects."""
        return self._lines.keys()

    def digests(self, project: str) -> dict[str, list[str]]:
        """What was written for one project."""
        return _checked(json.loads(f"{{{self._lines.get(project, '')}}}"))

    def changed(self, projects: Mapping[str, Digests]) -> Manifest:
        """The manifest with other digests for some projects, and without those that have none."""
        lines = {**self._lines, **{project: _line(digests) for project, digests in projects.items()}}
        return Manifest({project: line for project, line in lines.items() if line})

    @property
    def content(self) -> bytes:
        """The manifest as a file."""
        head = f'{{"schema": {json.dumps(MANIFEST_SCHEMA)}, "files": {{'
        return "\n".join([head, ",\n".join(self._lines.values()), "}}", ""]).encode()

    @classmethod
    def trusted(cls, content: bytes) -> Manifest:
        """The manifest with these bytes, which are known to be somebody's :attr:`content`."""
        lines = [line.removesuffix(",") for line in content.decode().split("\n")[1:-2]]
        return cls({project_of(line[1 : line.index('"', 1)]): line for line in lines})

    @classmethod
    def read(cls, content: bytes, reporter: Reporter) -> Manifest:
        """The manifest with these bytes, whoever wrote them. Paths that are none of ours are not believed."""
        try:
            document = json.loads(content)
            if document["schema"] != MANIFEST_SCHEMA:
                raise ValueError(f"its schema is {document['schema']!r}")
            projects: dict[str, dict[str, list[str]]] = {}
            for path, digests in _checked(document["files"]).items():
                projects.setdefault(project_of(path), {})[path] = digests
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            reporter.warn(f"what earlier runs wrote is not known, so nothing is removed ({error!r}): {MANIFEST!r}")
            return cls({})
        return cls({project: _line(digests) for project, digests in projects.items()})


def _checked(files: Mapping[str, Iterable[object]]) -> dict[str, list[str]]:
    return {path: [str(digest) for digest in digests] for path, digests in files.items() if OURS.fullmatch(path)}


def _line(digests: Digests) -> str:
    files = {path: sorted(digests[path]) for path in sorted(digests)}
    return json.dumps(files)[1:-1]


def remove(directory: Path, path: str, digests: Iterable[str], reporter: Reporter) -> None:
    """Remove a file that is no longer part of the index, if it still is what was written here."""
    target = directory / path
    try:
        content = target.read_bytes()
    except FileNotFoundError:
        return
    if hashlib.sha256(content).hexdigest() not in digests:
        reporter.warn(f"no longer part of the index, but changed by somebody else, so left: {path!r}")
        return
    target.unlink()
    if path.count("/") == 2:
        with suppress(OSError):  # something else lies there too
            target.parent.rmdir()
