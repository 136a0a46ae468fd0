"""The ``-variants.json`` of each release with label wheels: the documents of its wheels, put together.

A file of that name belongs to every installer that reads PEP 825. One that somebody else has put into the folder is
replaced only if it says the same of the labels that it has; else the project stays as it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.version import Version

from dualvariant.core.files import read_regular
from dualvariant.static_index.entry import Entry
from dualvariant.static_index.manifest import Digests
from variantlib.dialects import labels
from variantlib.dialects.labels.combine import CombineError, combine
from variantlib.dialects.labels.document import dump_document, parse_document
from variantlib.errors import IndexMetadataError
from variantlib.label_meta import LabelMetadata

__all__ = ["find_foreign_contradiction", "find_label_contradiction", "make_label_files"]


def _combine_by_release(files: Iterable[Entry]) -> dict[str, LabelMetadata]:
    """The document of each release with label wheels, by the name of its file.

    Equal versions can be written in two ways (``1.0``, ``1.0.0``). Each way has a file of its own, with the same
    content.

    Raises:
        CombineError: two wheels of a release contradict each other.
    """
    releases: dict[Version, list[tuple[str, LabelMetadata]]] = {}
    filenames: dict[str, Version] = {}
    for entry in files:
        if entry.name is not None and entry.label_metadata is not None:
            releases.setdefault(entry.version, []).append((entry.file.filename, entry.label_metadata))
            filenames[labels.make_index_filename(entry.name)] = entry.version
    combined = {version: combine(documents) for version, documents in releases.items()}
    return {filename: combined[version] for filename, version in filenames.items()}


def make_label_files(files: Iterable[Entry]) -> dict[str, bytes]:
    """The files of a project, by name.

    Raises:
        CombineError, ValueError: as :func:`find_label_contradiction` says before.
    """
    return {name: dump_document(metadata).encode() for name, metadata in _combine_by_release(files).items()}


def find_label_contradiction(files: Iterable[Entry]) -> str | None:
    """Why no document can be made of the label wheels of a project; None if each release has one."""
    try:
        make_label_files(files)
    except CombineError as error:
        return (
            f"two label wheels of a release contradict each other, {error.names[0]!r} and {error.names[1]!r}: {error}"
        )
    except ValueError as error:
        return f"the document of its label wheels cannot be written ({error})"
    return None


def find_foreign_contradiction(directory: Path, files: Mapping[str, bytes], written: Digests) -> str | None:
    """Why a file that somebody else has put into the folder may not be replaced; None if it may.

    Args:
        directory: the folder.
        files: what is to be written for a project: path below the folder → content.
        written: the files that earlier runs have written for it.
    """
    for path, content in files.items():
        if not path.endswith(labels.INDEX_ENDING):
            continue
        try:
            there = read_regular(directory / path, labels.LARGEST_DOCUMENT)
        except FileNotFoundError:
            continue
        except OSError as error:
            return f"{path!r} is there already and cannot be read ({error.strerror})"
        if there == content or hashlib.sha256(there).hexdigest() in written.get(path, ()):
            continue
        try:
            combine([(path, parse_document(there)), ("the label wheels", parse_document(content))])
        except IndexMetadataError as error:
            return f"{path!r} was not written by this command and does not agree with the label wheels ({error})"
    return None
