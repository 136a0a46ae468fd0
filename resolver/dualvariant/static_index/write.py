"""Writes the static index of a folder of wheels: pages that any file server can serve, or that are read as files.

The wheels stay where they are. Around them are written (sources: PEP 503 and 691 pages, PEP 658 metadata files)::

    DIR/simple/index.html, index.json          the projects
    DIR/simple/NAME/index.html, index.json     a project's files, with relative links
    DIR/FILE.whl.metadata                      a wheel's METADATA, so that it can be read without the wheel
    DIR/NAME-VERSION~variants.json             the properties of each hash, for releases with hash wheels
    DIR/NAME-VERSION-variants.json             what each label stands for, for releases with label wheels (PEP 825)

Each file is replaced as a whole, and only if it changes. ``DIR/.dualvariant-index.json`` has the paths of the written
files and their sha256: these files, and no others, are removed when their wheel is gone.
``DIR/.dualvariant-index.seen.json`` has what was read (see :mod:`dualvariant.static_index.read_cache`): only projects
with changes are read and written again.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from dualvariant.core.errors import UsageError
from dualvariant.core.files import read_regular, write_atomically
from dualvariant.core.locks import hold_folder
from dualvariant.core.report import Reporter
from dualvariant.repository.page import File
from dualvariant.repository.page_renderer import render_html_page, render_json_page
from dualvariant.static_index.entry import Entry, make_link
from dualvariant.static_index.label_files import find_foreign_contradiction, make_label_files
from dualvariant.static_index.manifest import MANIFEST, OUR_PATHS, Digests, Manifest, remove_unchanged
from dualvariant.static_index.read_cache import LARGEST_RECORDS, READ_CACHE, ReadCache
from dualvariant.static_index.scan import find_contradictions, scan_folder
from variantlib.dialects import hashes
from variantlib.meta import VariantDescription

__all__ = ["Summary", "write_index"]

# What dualvariant.core.files leaves behind when it is killed.
_PART = re.compile(r"\.(?P<of>.+)\.[a-z0-9_]{8}\.part")


class NoFolderError(UsageError):
    """There is no such folder."""

    code = "no-such-folder"


class NothingToIndexError(UsageError):
    """A folder has neither a wheel nor an sdist."""

    code = "nothing-to-index"


class Summary(NamedTuple):
    """How many projects and files an index has, and how many problems there were."""

    projects: int
    wheels: int
    variants: int
    sdists: int
    problems: int


def write_index(directory: Path, reporter: Reporter, *, reread: bool = False) -> Summary:
    """Write the static index of the wheels and sdists in ``directory``, or bring it up to date.

    A file that cannot be listed is left out, with a warning. Where two files contradict each other (two property sets
    under one hash, or two contents under one identity), the pages of their project stay as they are, because neither
    file is known to be the right one. The other projects are indexed.

    Args:
        directory: the folder.
        reporter: receives a message about each file that is left out.
        reread: read every file and write every page, without the read cache.

    Raises:
        NoFolderError: there is no such folder.
        NothingToIndexError: it has neither a wheel nor an sdist, and no index of ours.
    """
    if not directory.is_dir():
        raise NoFolderError(
            f"no such folder: {str(directory)!r}", "name the folder with the wheels (dualvariant index DIR)"
        )
    with hold_folder(directory, "index", reporter):
        content = _read_manifest(directory)
        cache = ReadCache() if reread else ReadCache.read(directory, content, reporter)
        manifest = Manifest.parse_trusted(content) if cache.current else Manifest.parse(content, reporter)
        names = _list_names(directory)
        entries, problems = scan_folder(directory, names, cache, reporter, lambda: cache.write(directory, content))
        _remove_partial_files(directory, names, cache.current)
        if not cache.current and not cache.outdated and not problems and not manifest.projects:
            raise NothingToIndexError(
                f"no wheel and no sdist in the folder: {str(directory)!r}",
                "'dualvariant build SRC -o DIR' builds wheels",
            )
        conflicts = find_contradictions(entries)
        contents: dict[str, dict[str, bytes]] = {
            project: _make_files(project, files) for project, files in entries.items() if project not in conflicts
        }
        for project, files in list(contents.items()):
            foreign = find_foreign_contradiction(directory, files, manifest.digests(project))
            if foreign is not None:
                conflicts[canonicalize_name(project)] = foreign
                del contents[project]
        for project, why in conflicts.items():
            reporter.warn(f"{why}; the index of {project!r} stays as it was")
        _write_files(directory, contents, conflicts.keys(), manifest, cache, reporter)
    kinds = cache.count_kinds(without=conflicts)
    return Summary(
        projects=len({*cache.current, *cache.outdated}.difference(conflicts)),
        wheels=kinds.total() - kinds["sdist"],
        variants=kinds["hash"] + kinds["label"],
        sdists=kinds["sdist"],
        problems=problems + len(conflicts),
    )


def _remove_partial_files(directory: Path, names: Iterable[str], current: Container[str]) -> None:
    """Remove the partial files of a run that was killed. No other run writes such files while we have the lock.

    The folder of a project that is current has none: it is as a run that was not killed has left it.

    Args:
        directory: the folder.
        names: what is in it.
        current: the projects that are current.
    """
    paths = list(names)
    with suppress(OSError):
        folders = ["simple", *(f"simple/{name}" for name in _list_names(directory / "simple") if name not in current)]
        for folder in folders:
            with suppress(NotADirectoryError):
                paths += [f"{folder}/{name}" for name in _list_names(directory / folder)]
    for path in paths:
        folder, _, name = path.rpartition("/")
        match = _PART.fullmatch(name) if name.endswith(".part") else None
        if match is not None and _may_write(f"{folder}/{match['of']}".lstrip("/")):
            (directory / path).unlink(missing_ok=True)


def _list_names(folder: Path) -> set[str]:
    with os.scandir(folder) as found:
        return {file.name for file in found}


def _may_write(path: str) -> bool:
    return path in (MANIFEST, READ_CACHE) or OUR_PATHS.fullmatch(path) is not None


def _read_manifest(directory: Path) -> bytes:
    try:
        return read_regular(directory / MANIFEST, LARGEST_RECORDS)
    except FileNotFoundError:
        return Manifest({}).content


def _make_files(project: NormalizedName, files: Iterable[Entry]) -> dict[str, bytes]:
    """Every file of a project (path below DIR → content), in the order in which they are to be written.

    A page comes after the files that it lists.
    """
    files = list(files)
    variants = {**_make_index_metadata(files), **make_label_files(files)}
    metadata = {f"{entry.file.filename}.metadata": entry.metadata for entry in files if entry.metadata is not None}
    links = [entry.file for entry in files]
    for filename, content in variants.items():
        digest = hashlib.sha256(content).hexdigest()
        links.append(File(filename, make_link(filename), hashes={"sha256": digest}, size=len(content)))
    return {
        **variants,
        **metadata,
        f"simple/{project}/index.html": render_html_page(project, links).encode(),
        f"simple/{project}/index.json": render_json_page(project, links).encode(),
    }


def _make_index_metadata(files: Iterable[Entry]) -> dict[str, bytes]:
    """The ``~variants.json`` of each release that has hash wheels.

    Equal versions can be written in two ways (``1.0``, ``1.0.0``). Each way has a file name of its own, with the same
    content, so that a reader finds the file for any of the wheels.
    """
    releases: dict[Version, dict[str, VariantDescription]] = {}
    filenames: dict[str, Version] = {}
    for entry in files:
        if entry.name is not None and entry.description is not None:
            variants, label = releases.setdefault(entry.version, {}), str(entry.name.label)
            names = variants[label].names if label in variants else ()
            variants[label] = entry.description.with_names([*names, *entry.description.names])
            filenames[hashes.make_index_filename(entry.name)] = entry.version
    return {filename: hashes.dump_index(releases[version]).encode() for filename, version in filenames.items()}


def _make_project_list(projects: Sequence[str]) -> dict[str, bytes]:
    """The list of projects, as HTML and as JSON."""
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


def _write_files(
    directory: Path,
    contents: Mapping[str, Mapping[str, bytes]],
    kept: Collection[str],
    manifest: Manifest,
    cache: ReadCache,
    reporter: Reporter,
) -> None:
    """Write ``contents`` (project → path → content), and remove the written files of other projects.

    The files of projects that are current, or in ``kept``, stay as they are. The manifest is written first, with the
    old and the new files, and last: if this run is killed, the next one still knows every file that was written.
    """
    listed_before = {project for project in kept if any(map(_is_page, manifest.digests(project)))}
    contents = {**contents, "": _make_project_list(sorted({*cache.current, *contents, *listed_before}))}
    touched = {*manifest.projects, *contents} - cache.current.keys() - {*kept}
    before = {project: manifest.digests(project) for project in touched}
    after = {
        project: {path: [_sha256(content)] for path, content in contents.get(project, {}).items()}
        for project in touched
    }
    either = {project: _union(before[project], after[project]) for project in touched}
    write_atomically(directory / MANIFEST, manifest.replace(either).content)
    for project, files in contents.items():
        (directory / "simple" / project).mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            write_atomically(directory / path, content)
    for project, digests in before.items():
        for path in digests.keys() - after[project].keys():
            remove_unchanged(directory, path, digests[path], reporter)
    written = manifest.replace(after).content
    write_atomically(directory / MANIFEST, written)
    cache.mark_current(directory, {project: files for project, files in contents.items() if project})
    cache.write(directory, written)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _is_page(path: str) -> bool:
    return path.startswith("simple/")


def _union(before: Digests, after: Digests) -> Digests:
    return {path: {*before.get(path, ()), *after.get(path, ())} for path in {*before, *after}}
