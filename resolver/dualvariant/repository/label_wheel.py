"""Reads what is in one label wheel: its document, and its METADATA. Of a wheel on a server only its end is read."""

from __future__ import annotations

from dualvariant.network.failures import NoRangesError
from dualvariant.network.remote_wheel import open_remote
from dualvariant.network.urls import local_path
from dualvariant.repository.installable import check_installable
from dualvariant.repository.page import File
from dualvariant.repository.small_files import SmallFiles
from variantlib.dialects import labels
from variantlib.label_meta import LabelMetadata
from variantlib.wheel_archive import WheelArchive
from variantlib.wheel_name import WheelName

__all__ = ["read_document", "read_end"]

#: The most bytes of a wheel that are downloaded to look into it, from a server that has no ranges.
LARGEST_WHOLE = 1 << 20


def read_document(files: SmallFiles, file: File, wheel: WheelName) -> LabelMetadata:
    """The document that is in a label wheel.

    Raises:
        WheelFileError: the wheel is broken, or its document does not fit its name.
        SourceError, OSError: it cannot be read.
    """
    path = local_path(file.url)
    if path is not None:
        with WheelArchive(path, wheel) as archive:
            return labels.parse_wheel_document(labels.read_wheel_document(archive), wheel)
    key = _make_key(file)
    content = files.cache.read(key)
    if content is None:
        with open_remote(files.client, file.url) as remote, WheelArchive(remote, wheel) as archive:  # type: ignore[arg-type]
            content = labels.read_wheel_document(archive)
        files.cache.write(key, content)
    return labels.parse_wheel_document(content, wheel)


def read_end(files: SmallFiles, file: File, wheel: WheelName) -> tuple[bytes | None, LabelMetadata | None]:
    """METADATA and the document of a label wheel on a server, each None if only a download of the wheel has it.

    METADATA is not read here if the index has it beside the wheel (PEP 658).

    Raises:
        WheelFileError: the wheel is broken, or its document does not fit its name.
        SourceError, OSError: it cannot be read.
    """
    key, sha256 = _make_key(file), file.hashes.get("sha256")
    content, metadata = files.cache.read(key), files.cache.read(sha256)
    if content is None or (metadata is None and file.metadata is None):
        try:
            with (
                open_remote(files.client, file.url, LARGEST_WHOLE) as remote,
                WheelArchive(remote, wheel) as archive,  # type: ignore[arg-type]
            ):
                content = labels.read_wheel_document(archive)
                check_installable(archive)
                if file.metadata is None:
                    metadata = archive.read_metadata()
                    files.cache.write(sha256, metadata)
        except NoRangesError:
            return metadata, None
        files.cache.write(key, content)
    return metadata, labels.parse_wheel_document(content, wheel)


def _make_key(file: File) -> str | None:
    sha256 = file.hashes.get("sha256")
    return None if sha256 is None else f"{sha256} {labels.METADATA_NAME}"
