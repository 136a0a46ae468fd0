"""The static index of a folder of wheels: pages that any file server, or no server at all, can hand out.

The wheels stay where they are. Around them are written (sources: PEP 503 and 691 pages, PEP 658 metadata files)::

    DIR/simple/index.html, index.json          the projects
    DIR/simple/NAME/index.html, index.json     a project's files, with relative links
    DIR/FILE.whl.metadata                      a wheel's METADATA, so that nobody must fetch the wheel to read it
    DIR/NAME-VERSION~variants.json             which hash means which properties, for releases with hash wheels

Each file is replaced as a whole and only if it changes. ``DIR/.dualvariant-index.json`` remembers what was written and
its sha256: that, and nothing else, is removed when its wheel has gone. ``DIR/.dualvariant-index.seen.json`` remembers
what was read (see :mod:`dualvariant.static_index.read_cache`): only projects in which anything changed are read and
written again.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from attrs import frozen
from packaging.utils import NormalizedName
from packaging.version import Version

from dualvariant.core.errors import UsageError
from dualvariant.core.files import write_atomically
from dualvariant.core.report import Reporter
from dualvariant.repository.page import File, render_html, render_json
from dualvariant.static_index.entry import Entry, link
from dualvariant.static_index.manifest import MANIFEST, OURS, Digests, Manifest, remove
from dualvariant.static_index.read_cache import SEEN, Memory
from dualvariant.static_index.scan import contradictions, scan
from variantlib.dialects import hashes
from variantlib.meta import VariantDescription

__all__ = ["Summary", "write_index"]

LOCK = ".dualvariant-index.lock"

# What a write that was killed leaves behind, by dualvariant.core.files.
_PART = re.compile(r"\.(?P<of>.+)\.[a-z0-9_]{8}\.part")


@frozen
class Summary:
    """What an index holds, and how many problems kept files out of it."""

    projects: int
    wheels: int
    variants: int
    sdists: int
    problems: int


def write_index(directory: Path, reporter: Reporter, *, afresh: bool = False) -> Summary:
    """Write the static index of the wheels and sdists in ``directory``, or bring it up to date.

    A file that cannot be listed is named with the reason and left out. Where two files contradict each other (two
    property sets under one hash, or two contents under one identity), all that was written for their project earlier
    stays as it is: neither file can be called the right one. The rest is indexed.

    Args:
        directory: the folder.
        reporter: told what is left out, and why.
        afresh: read every file and write every page, whatever earlier runs remember.

    Raises:
        UsageError: there is no such folder, or neither a wheel nor an sdist in it and never was.
    """
    if not directory.is_dir():
        raise UsageError(f"no such folder: {str(directory)!r}")
    with _alone(directory, reporter):
        content = _read_manifest(directory)
        memory = Memory() if afresh else Memory.read(directory, content, reporter)
        manifest = Manifest.trusted(content) if memory.settled else Manifest.read(content, reporter)
        names = _names(directory)
        entries, problems = scan(directory, names, memory, reporter, lambda: memory.write(directory, content))
        _sweep(directory, names, memory.settled)
        if not memory.settled and not memory.unsettled and not problems and not manifest.projects:
            raise UsageError(
                f"no wheel and no sdist to index: {str(directory)!r}",
                "'dualvariant build SRC -o DIR' makes wheels",
            )
        conflicts = contradictions(entries)
        for project, why in conflicts.items():
            reporter.warn(f"{why}; the index of {project!r} stays as it was")
        contents: dict[str, dict[str, bytes]] = {
            project: _contents(project, files) for project, files in entries.items() if project not in conflicts
        }
        _publish(directory, contents, conflicts.keys(), manifest, memory, reporter)
    kinds = memory.kinds(but=conflicts)
    return Summary(
        projects=len({*memory.settled, *memory.unsettled}.difference(conflicts)),
        wheels=kinds.total() - kinds["sdist"],
        variants=kinds["hash"] + kinds["label"],
        sdists=kinds["sdist"],
        problems=problems + len(conflicts),
    )


@contextmanager
def _alone(directory: Path, reporter: Reporter) -> Iterator[None]:
    """One run at a time in one folder: the second waits, and then sees what the first has written."""
    from filelock import FileLock, Timeout

    lock = FileLock(directory / LOCK)
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            reporter.note(f"another 'dualvariant index' is at work in {str(directory)!r}; waiting")
            lock.acquire()
    except NotImplementedError:
        reporter.warn("this file system has no locks: let one 'dualvariant index' run at a time")
    try:
        yield
    finally:
        lock.release()


def _sweep(directory: Path, names: Iterable[str], settled: Container[str]) -> None:
    """Remove what a run that was killed left half-written; under the lock, nobody else is writing such a file.

    The folder of a project that is settled has no such file: it is exactly as a run left it that came to its end.

    Args:
        directory: the folder.
        names: what is in it.
        settled: these projects.
    """
    paths = list(names)
    with suppress(OSError):
        folders = ["simple", *(f"simple/{name}" for name in _names(directory / "simple") if name not in settled)]
        for folder in folders:
            with suppress(NotADirectoryError):
                paths += [f"{folder}/{name}" for name in _names(directory / folder)]
    for path in paths:
        folder, _, name = path.rpartition("/")
        match = _PART.fullmatch(name) if name.endswith(".part") else None
        if match is not None and _is_ours(f"{folder}/{match['of']}".lstrip("/")):
            (directory / path).unlink(missing_ok=True)


def _names(folder: Path) -> set[str]:
    with os.scandir(folder) as found:
        return {file.name for file in found}


def _is_ours(path: str) -> bool:
    return path in (MANIFEST, SEEN) or OURS.fullmatch(path) is not None


def _read_manifest(directory: Path) -> bytes:
    try:
        return (directory / MANIFEST).read_bytes()
    except FileNotFoundError:
        return Manifest({}).content


def _contents(project: NormalizedName, files: Iterable[Entry]) -> dict[str, bytes]:
    """Every file of a project (path below DIR → content), in the order in which they may appear.

    A page comes after the files that it speaks of.
    """
    variants = _index_metadata(files)
    metadata = {f"{entry.file.filename}.metadata": entry.metadata for entry in files if entry.metadata is not None}
    links = [entry.file for entry in files]
    for filename, content in variants.items():
        digest = hashlib.sha256(content).hexdigest()
        links.append(File(filename, link(filename), hashes={"sha256": digest}, size=len(content)))
    return {
        **variants,
        **metadata,
        f"simple/{project}/index.html": render_html(project, links).encode(),
        f"simple/{project}/index.json": render_json(project, links).encode(),
    }


def _index_metadata(files: Iterable[Entry]) -> dict[str, bytes]:
    """The ``~variants.json`` of each release that has hash wheels.

    Versions may be equal and written in two ways (``1.0``, ``1.0.0``); each way has a file name of its own, with the
    same content, so that a reader finds it from any of the wheels.
    """
    releases: dict[Version, dict[str, VariantDescription]] = {}
    filenames: dict[str, Version] = {}
    for entry in files:
        if entry.name is not None and entry.description is not None:
            releases.setdefault(entry.version, {})[str(entry.name.label)] = entry.description
            filenames[hashes.make_index_filename(entry.name)] = entry.version
    return {filename: hashes.dump_index(releases[version]).encode() for filename, version in filenames.items()}


def _root(projects: Sequence[str]) -> dict[str, bytes]:
    """The list of projects, in both forms."""
    links = [f'<a href="{project}/">{html.escape(project)}</a><br>' for project in projects]
    page = [
        "<!DOCTYPE html>",
        '<html><head><meta charset="utf-8"><meta name="pypi:repository-version" content="1.1">',
        "<title>Projects</title></head><body>",
        *links,
        "</body></html>",
        "",
    ]
    document = {"meta": {"api-version": "1.0"}, "projects": [{"name": project} for project in projects]}
    return {"simple/index.html": "\n".join(page).encode(), "simple/index.json": json.dumps(document).encode()}


def _publish(
    directory: Path,
    contents: Mapping[str, Mapping[str, bytes]],
    kept: Collection[str],
    manifest: Manifest,
    memory: Memory,
    reporter: Reporter,
) -> None:
    """Bring the files on disk to ``contents`` (project → path → content), and remove what nothing stands for.

    A project's files stand for themselves where it is settled, or in ``kept``. The manifest is written first and last.
    Killed anywhere between, the next run still knows every file as ours.
    """
    still_listed = {project for project in kept if any(map(_is_page, manifest.digests(project)))}
    contents = {**contents, "": _root(sorted({*memory.settled, *contents, *still_listed}))}
    touched = {*manifest.projects, *contents} - memory.settled.keys() - {*kept}
    before = {project: manifest.digests(project) for project in touched}
    after = {
        project: {path: [_sha256(content)] for path, content in contents.get(project, {}).items()}
        for project in touched
    }
    either = {project: _union(before[project], after[project]) for project in touched}
    write_atomically(directory / MANIFEST, manifest.changed(either).content)
    for project, files in contents.items():
        (directory / "simple" / project).mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            write_atomically(directory / path, content)
    for project, digests in before.items():
        for path in digests.keys() - after[project].keys():
            remove(directory, path, digests[path], reporter)
    written = manifest.changed(after).content
    write_atomically(directory / MANIFEST, written)
    memory.settle(directory, {project: files for project, files in contents.items() if project})
    memory.write(directory, written)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _is_page(path: str) -> bool:
    return path.startswith("simple/")


def _union(before: Digests, after: Digests) -> Digests:
    return {path: {*before.get(path, ()), *after.get(path, ())} for path in {*before, *after}}
