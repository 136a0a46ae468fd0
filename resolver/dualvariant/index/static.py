"""The static index of a folder of wheels: pages that any file server, or no server at all, can hand out.

The wheels stay where they are. Around them are written (sources: PEP 503 and 691 pages, PEP 658 metadata files)::

    DIR/simple/index.html, index.json          the projects
    DIR/simple/NAME/index.html, index.json     a project's files, with relative links
    DIR/FILE.whl.metadata                      a wheel's METADATA, so that nobody must fetch the wheel to read it
    DIR/NAME-VERSION~variants.json             which hash means which properties, for releases with hash wheels

Each file is replaced as a whole and only if it changes. ``DIR/.dualvariant-index.json`` remembers what was written and
its sha256: that, and nothing else, is removed when its wheel has gone.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from attrs import frozen
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from dualvariant.errors import UsageError
from dualvariant.files import write_atomically
from dualvariant.index.page import File, render_html, render_json
from dualvariant.index.scan import Entry, contradictions, link, scan
from dualvariant.report import Reporter
from variantlib.index_metadata import dump_index_metadata, index_metadata_filename
from variantlib.meta import VariantDescription
from variantlib.wheel_name import Dialect

__all__ = ["Summary", "write_index"]

LOCK = ".dualvariant-index.lock"
MANIFEST = ".dualvariant-index.json"
MANIFEST_SCHEMA = "dualvariant/index-files/1"

# The only paths that are ever written or removed, relative to DIR.
_OURS = re.compile(r"simple/([a-z0-9-]+/)?index\.(html|json)|[^/]+\.whl\.metadata|[^/]+~variants\.json")
# What a write that was killed leaves behind, by dualvariant.files.
_PART = re.compile(r"\.(?P<of>.+)\.[a-z0-9_]{8}\.part")


@frozen
class Summary:
    """What an index holds, and how many problems kept files out of it."""

    projects: int
    wheels: int
    variants: int
    sdists: int
    problems: int


def write_index(directory: Path, reporter: Reporter) -> Summary:
    """Write the static index of the wheels and sdists in ``directory``, or bring it up to date.

    A file that cannot be listed is named with the reason and left out. Where two files contradict each other (two
    property sets under one hash, or two contents under one identity), all that was written for their project earlier
    stays as it is: neither file can be called the right one. The rest is indexed.

    Raises:
        UsageError: there is no such folder, or neither a wheel nor an sdist in it and never was.
    """
    if not directory.is_dir():
        raise UsageError(f"no such folder: {str(directory)!r}")
    with _alone(directory, reporter):
        _sweep(directory)
        before = _read_manifest(directory, reporter)
        entries, problems = scan(directory, reporter)
        if not entries and not problems and not before:
            raise UsageError(
                f"no wheel and no sdist to index: {str(directory)!r}",
                "'dualvariant build SRC -o DIR' makes wheels",
            )
        conflicts = contradictions(entries)
        for project, why in conflicts.items():
            reporter.warn(f"{why}; the index of {project!r} stays as it was")
        kept = {path for path in before if _project_of(path) in conflicts}
        listed = {project: files for project, files in entries.items() if project not in conflicts}
        _publish(directory, _contents(listed, kept), before, kept, reporter)
    everything = [entry for files in listed.values() for entry in files]
    wheels = [entry.name for entry in everything if entry.name is not None]
    return Summary(
        projects=len(listed),
        wheels=len(wheels),
        variants=sum(name.dialect is not Dialect.STANDARD for name in wheels),
        sdists=len(everything) - len(wheels),
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


def _sweep(directory: Path) -> None:
    """Remove what a run that was killed left half-written; under the lock, nobody else is writing such a file."""
    for folder in (directory, directory / "simple", *directory.glob("simple/*/")):
        for part in folder.glob(".*.part"):
            match = _PART.fullmatch(part.name)
            if match is None:
                continue
            path = (folder / match["of"]).relative_to(directory).as_posix()
            if path == MANIFEST or _OURS.fullmatch(path):
                part.unlink(missing_ok=True)


def _contents(entries: Mapping[NormalizedName, list[Entry]], kept: Iterable[str]) -> dict[str, bytes]:
    """Every file of the index (path below DIR → content), in the order in which they may appear.

    A page comes after the files that it speaks of.
    """
    contents: dict[str, bytes] = {}
    pages: dict[str, bytes] = {}
    for project, files in entries.items():
        variants = _index_metadata(files)
        contents |= variants
        for entry in files:
            if entry.metadata is not None:
                contents[f"{entry.file.filename}.metadata"] = entry.metadata
        links = [entry.file for entry in files]
        for filename, content in variants.items():
            digest = hashlib.sha256(content).hexdigest()
            links.append(File(filename, link(filename), hashes={"sha256": digest}, size=len(content)))
        pages[f"simple/{project}/index.html"] = render_html(project, links).encode()
        pages[f"simple/{project}/index.json"] = render_json(project, links).encode()
    projects = sorted({_project_of(path) for path in (*pages, *kept) if path.startswith("simple/")})
    pages["simple/index.html"] = _root_html(projects).encode()
    pages["simple/index.json"] = _root_json(projects).encode()
    return contents | pages


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
            filenames[index_metadata_filename(entry.name)] = entry.version
    return {filename: dump_index_metadata(releases[version]).encode() for filename, version in filenames.items()}


def _root_html(projects: Iterable[str]) -> str:
    links = [f'<a href="{project}/">{html.escape(project)}</a><br>' for project in projects]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html><head><meta charset="utf-8"><meta name="pypi:repository-version" content="1.1">',
            "<title>Projects</title></head><body>",
            *links,
            "</body></html>",
            "",
        ]
    )


def _root_json(projects: Iterable[str]) -> str:
    return json.dumps({"meta": {"api-version": "1.0"}, "projects": [{"name": project} for project in projects]})


def _project_of(path: str) -> str:
    """The project that one of our paths belongs to; empty for the list of projects."""
    if path.startswith("simple/"):
        return path.split("/")[1] if path.count("/") == 2 else ""
    return canonicalize_name(path.split("-", 1)[0])


def _publish(
    directory: Path,
    contents: Mapping[str, bytes],
    before: Mapping[str, list[str]],
    kept: Iterable[str],
    reporter: Reporter,
) -> None:
    """Bring the files on disk to ``contents`` and remove those of earlier runs that are in neither list.

    The manifest is written first and last. Killed anywhere between, the next run still knows every file as ours.
    """
    after = {path: before[path] for path in kept}
    after |= {path: [hashlib.sha256(content).hexdigest()] for path, content in contents.items()}
    both = {path: sorted({*before.get(path, ()), *after.get(path, ())}) for path in {*before, *after}}
    _write_manifest(directory, both)
    for path, content in contents.items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, content)
    for path in before.keys() - after.keys():
        _remove(directory, path, before[path], reporter)
    _write_manifest(directory, after)


def _remove(directory: Path, path: str, digests: Iterable[str], reporter: Reporter) -> None:
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


def _write_manifest(directory: Path, files: Mapping[str, list[str]]) -> None:
    document = {"schema": MANIFEST_SCHEMA, "files": dict(sorted(files.items()))}
    write_atomically(directory / MANIFEST, (json.dumps(document, indent=1) + "\n").encode())


def _read_manifest(directory: Path, reporter: Reporter) -> dict[str, list[str]]:
    """What earlier runs wrote: path → every sha256 that it may have. Paths that are none of ours are not believed."""
    try:
        document = json.loads((directory / MANIFEST).read_bytes())
        if document["schema"] != MANIFEST_SCHEMA:
            raise ValueError(f"its schema is {document['schema']!r}")
        return {
            path: [str(digest) for digest in digests]
            for path, digests in document["files"].items()
            if _OURS.fullmatch(path)
        }
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        reporter.warn(f"what earlier runs wrote is not known, so nothing is removed ({error!r}): {MANIFEST!r}")
        return {}
