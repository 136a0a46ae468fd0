"""Looks into chosen wheels: a variant that is not what the index says, or that no installer can take, is passed over.

Of a request, the wheel that is taken is looked into before the installer starts. Of any other project, the installer
takes what its page shows: the chosen variants of the newest releases are looked into before the page is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from packaging.version import Version

from dualvariant.core.errors import DualvariantError
from dualvariant.network.concurrency import map_parallel
from dualvariant.network.transport import MAX_PARALLEL
from dualvariant.network.urls import local_path
from dualvariant.repository.listed_file import ListedFile
from dualvariant.repository.page import File
from dualvariant.repository.whole_wheel import check_content
from dualvariant.selection.metadata_check import find_contradiction, find_obstacle, is_utf8
from dualvariant.selection.project import Project
from dualvariant.selection.view import View
from variantlib.dialects import hashes
from variantlib.dialects.labels import METADATA_NAME
from variantlib.dialects.labels.combine import CombineError, combine
from variantlib.errors import WheelFileError
from variantlib.label_meta import LabelMetadata, LabelVariant
from variantlib.meta import VariantDescription
from variantlib.verdict import Candidate
from variantlib.wheel_archive import parse_headers
from variantlib.wheel_name import WheelName

__all__ = ["MOST_INSPECTED", "find_flaw", "inspect_newest"]

#: The releases of a project whose chosen variants are looked into before its page is shown.
MOST_INSPECTED = 16


def find_flaw(view: View, file: File, chosen: Candidate) -> str | None:
    """Why an installer would refuse the chosen wheel once it has read it, or why it is not what the index says.

    It is looked for where that is cheap: in files on this machine; of variants, whether the server has the wheel, and
    in METADATA that the index has beside it (PEP 658) or that was read to learn the properties; of label wheels, also
    in the wheel's end, which is read by a range request.

    Args:
        view: reads the wheel.
        file: the wheel as its source lists it.
        chosen: the wheel with what the index says of it.
    """
    variant, reader = chosen.description, view.reader
    is_local = _find_path(file) is not None
    metadata, document = None, None
    try:
        if variant is not None:
            _require(view, file, chosen.wheel)
        if isinstance(variant, LabelVariant):
            if is_local:
                document = reader.read_label_document(file, chosen.wheel)
            else:
                metadata, document = reader.read_label_end(file, chosen.wheel)
            why = _find_disagreement(variant, document) if document is not None else None
            if why is not None:
                return why
        is_at_hand = is_local or (variant is not None and (file.metadata is not None or reader.has_read(file)))
        if metadata is None and is_at_hand:
            metadata = reader.read_metadata(file, chosen.wheel)
        if metadata is None:
            return None
        if isinstance(variant, VariantDescription) and hashes.parse_metadata(metadata, chosen.wheel) != variant:
            return "its METADATA has other properties than the index says"
    except (WheelFileError, DualvariantError, OSError) as error:
        return str(error) if variant is not None else None  # the installer reports what is wrong with a standard wheel
    if variant is not None and not is_utf8(metadata):
        return "its METADATA is not UTF-8"
    headers = parse_headers(metadata)
    obstacle = find_obstacle(headers) if variant is not None else None
    return obstacle or find_contradiction(headers, chosen.wheel, view.choice)


def _find_path(file: File) -> Path | None:
    return None if file.is_foreign_path else local_path(file.url)


def _require(view: View, file: File, wheel: WheelName) -> None:
    """Make sure that a variant can be had: its server hands it out, or the file on this machine is whole.

    Raises:
        WheelFileError, SourceError, OSError: it cannot.
    """
    path = _find_path(file)
    if path is None:
        view.sources.client.require(file.url)
    else:
        check_content(path, wheel, file.hashes)


def _find_disagreement(variant: LabelVariant, document: LabelMetadata) -> str | None:
    """Why the document in a label wheel cannot be that of the wheel that the index describes."""
    try:
        combine([("the index", variant.metadata), ("the wheel", document)])
    except CombineError as error:
        if error.path.startswith("variants."):
            return f"its {METADATA_NAME} has other properties than the index says ({error.path})"
        return f"its {METADATA_NAME} contradicts the index ({error})"
    return None


def inspect_newest(view: View, project: Project) -> Project:
    """The project after a look into the variants that are chosen of its newest releases; flawed ones are refused.

    Args:
        view: what there is.
        project: the project as the view shows it.
    """
    if project.plain is not None:
        return project
    newest = [version for version, release in project.releases.items() if release.has_variants][:MOST_INSPECTED]
    if not newest:
        return project
    project.prefetch()
    sound: set[str] = set()
    while chosen := _list_chosen(project, newest, sound):
        flaws = map_parallel(lambda pair: find_flaw(view, pair[0].file, pair[1]), chosen, MAX_PARALLEL)
        for (listed, candidate), why in zip(chosen, flaws, strict=True):
            if why is None:
                sound.add(listed.file.url)
            else:
                view.warn(f"{candidate.wheel.filename} is passed over: {why}")
                project = view.refuse(project, listed, why)
    return project


def _list_chosen(
    project: Project, versions: Sequence[Version], known: Collection[str]
) -> list[tuple[ListedFile, Candidate]]:
    """The chosen variants of some releases, except those whose URLs are known."""
    found = []
    for version in versions:
        release = project.releases[version]
        chosen = release.chosen
        if chosen is not None and chosen.description is not None:
            listed = release.find_copy(chosen)
            if listed.file.url not in known:
                found.append((listed, chosen))
    return found
