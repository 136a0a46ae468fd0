"""The manifest of a static index: the files that were written, and the sha256 of each. No other file is ever removed.

``DIR/.dualvariant-index.json`` is JSON with a line for each project. If the file is known to be as it was written, the
lines of projects in which nothing has changed are copied without being parsed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from packaging.utils import canonicalize_name

from dualvariant.core.files import sha256_of
from dualvariant.core.report import Reporter

__all__ = ["MANIFEST", "MANIFEST_SCHEMA", "OUR_PATHS", "Digests", "Manifest", "project_of", "remove_unchanged"]

MANIFEST = ".dualvariant-index.json"
MANIFEST_SCHEMA = "dualvariant/index-files/1"

#: The only paths that are ever written or removed, relative to DIR.
OUR_PATHS = re.compile(r"simple/([a-z0-9-]+/)?index\.(html|json)|[^/]+\.whl\.metadata|[^/]+[~-]variants\.json")

#: Path below DIR → every sha256 that the file may have: there are several after a run was killed.
Digests = Mapping[str, Collection[str]]


def project_of(path: str) -> str:
    """The project that a written path belongs to; an empty name for the list of projects."""
    if path.startswith("simple/"):
        return path.split("/")[1] if path.count("/") == 2 else ""
    return canonicalize_name(path.split("-", 1)[0])


class Manifest:
    """The files that were written into a folder.

    Args:
        lines: project → the line of JSON with its paths and their digests.
    """

    def __init__(self, lines: Mapping[str, str]) -> None:
        self._lines = {project: lines[project] for project in sorted(lines)}

    @property
    def projects(self) -> Collection[str]:
        """The projects with files; the one with the empty name has the list of projects."""
        return self._lines.keys()

    def digests(self, project: str) -> dict[str, list[str]]:
        """The files of one project."""
        return _select_our_paths(json.loads(f"{{{self._lines.get(project, '')}}}"))

    def replace(self, projects: Mapping[str, Digests]) -> Manifest:
        """A manifest with these digests for these projects; projects without digests are left out."""
        lines = {**self._lines, **{project: _format_line(digests) for project, digests in projects.items()}}
        return Manifest({project: line for project, line in lines.items() if line})

    @property
    def content(self) -> bytes:
        """The content of the manifest's file."""
        head = f'{{"schema": {json.dumps(MANIFEST_SCHEMA)}, "files": {{'
        return "\n".join([head, ",\n".join(self._lines.values()), "}}", ""]).encode()

    @classmethod
    def parse_trusted(cls, content: bytes) -> Manifest:
        """Parse bytes that are known to be the :attr:`content` of a manifest."""
        lines = [line.removesuffix(",") for line in content.decode().split("\n")[1:-2]]
        return cls({project_of(line[1 : line.index('"', 1)]): line for line in lines})

    @classmethod
    def parse(cls, content: bytes, reporter: Reporter) -> Manifest:
        """Parse any bytes. Paths that are never written are ignored; an invalid manifest counts as empty."""
        try:
            document = json.loads(content)
            if document["schema"] != MANIFEST_SCHEMA:
                raise ValueError(f"its schema is {document['schema']!r}")
            projects: dict[str, dict[str, list[str]]] = {}
            for path, digests in _select_our_paths(document["files"]).items():
                projects.setdefault(project_of(path), {})[path] = digests
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            reporter.warn(
                f"{MANIFEST!r} cannot be used ({error!r}), so nothing that earlier runs have written is removed"
            )
            return cls({})
        return cls({project: _format_line(digests) for project, digests in projects.items()})


def _select_our_paths(files: Mapping[str, Iterable[object]]) -> dict[str, list[str]]:
    return {path: [str(digest) for digest in digests] for path, digests in files.items() if OUR_PATHS.fullmatch(path)}


def _format_line(digests: Digests) -> str:
    files = {path: sorted(digests[path]) for path in sorted(digests)}
    return json.dumps(files)[1:-1]


def remove_unchanged(directory: Path, path: str, digests: Iterable[str], reporter: Reporter) -> None:
    """Remove a file that is no longer part of the index, unless it was changed after it was written."""
    target = directory / path
    try:
        unchanged = sha256_of(target) in digests
    except FileNotFoundError:
        return
    except OSError:  # a folder, or a pipe, has its place
        unchanged = False
    if not unchanged:
        reporter.warn(f"not removed, though it is no longer part of the index, because it was changed: {path!r}")
        return
    target.unlink()
    if path.count("/") == 2:
        with suppress(OSError):  # it has other files
            target.parent.rmdir()
