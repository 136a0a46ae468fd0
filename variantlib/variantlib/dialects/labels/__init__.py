"""The label dialect (``sandbox_project-0.0.1-py3-none-any-x86_64_v3.whl``): names, metadata, index files.

- File name: ``-`` and the label behind the platform tag. Eight hexadecimal digits are a label as any other: nothing is
  ever computed from them.
- Wheel: ``variant.json`` in the ``.dist-info`` directory, whose name has no label.
- Index: ``{name}-{version}-variants.json`` has the variants of every label wheel of a release.
- Order: the most important namespace, feature and value first (:mod:`variantlib.label_order`).

Source: PEP 825 (text of 13 August 2026) and the draft of PEP 850; see :mod:`variantlib.dialects.labels.document`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from variantlib.dialects.labels.document import dump_document, parse_document
from variantlib.errors import IndexMetadataError, WheelFileError
from variantlib.label_meta import LABEL, NULL_LABEL, LabelMetadata, LabelVariant, group_properties
from variantlib.meta import VariantMeta
from variantlib.versions import try_version
from variantlib.wheel_archive import WheelArchive
from variantlib.wheel_name import Dialect, WheelName

__all__ = [
    "DIALECT",
    "INDEX_ENDING",
    "LARGEST_DOCUMENT",
    "METADATA_NAME",
    "find_misread_tag",
    "make_filename",
    "make_index_filename",
    "make_label",
    "parse_index_filename",
    "parse_wheel_document",
    "read_wheel",
    "read_wheel_document",
    "write_wheel",
]

DIALECT = Dialect.LABEL

#: What the file name of an index's document ends with.
INDEX_ENDING = "-variants.json"
#: The document's name in a wheel's ``.dist-info``, and in that of an installed distribution.
METADATA_NAME = "variant.json"
#: The most bytes of a wheel's document that are read: many times what any has.
LARGEST_DOCUMENT = 16 << 20

# Every platform tag there is begins like one of these.
_PLATFORM = re.compile(r"any|(linux|manylinux|musllinux|macosx|win|ios|android)[0-9a-z_]*")


# --- name and label


def make_label(properties: Iterable[VariantMeta]) -> str:
    """A label for a variant with these properties, if nobody has chosen one: ``x86_64_v3_avx512_bf16``.

    Each namespace is followed by its values; in the place of ``on`` stands the feature that is switched on.

    Raises:
        ValueError: a property has an upper-case letter.
    """
    by_namespace: dict[str, list[str]] = {}
    for feature in group_properties(properties):
        values = [feature.feature if value == "on" else value for value in feature.values]
        by_namespace.setdefault(feature.namespace, []).extend(values)
    return "_".join(text for name, values in by_namespace.items() for text in (name, *values)) or NULL_LABEL


def make_filename(name: WheelName, label: str) -> str:
    """The file name that the same wheel has as the variant ``label``.

    Raises:
        ValueError: it is no label.
    """
    if not LABEL.fullmatch(label):
        raise ValueError(f"a label has the characters [0-9a-z_.] only: {label!r}")
    return name.label_filename(label)


def find_misread_tag(name: WheelName) -> str | None:
    """A platform tag that old pips read in the name of a label wheel, and that is none of its label's; None if none.

    pip before 22.3 splits everything after the abi tag at its dots. Each piece of a platform tag or label with dots
    then counts as a platform tag of its own, and the wheel is installed on hosts that it was not built for.
    """
    pieces = f"{name.platform}-{name.label}".split(".")
    platforms = name.platform.split(".")[:-1]  # the last one is not split from the label
    return next((piece for piece in pieces if piece in platforms or _PLATFORM.fullmatch(piece)), None)


def make_index_filename(name: WheelName) -> str:
    """The file that describes the label wheels of this wheel's release: ``sandbox_project-0.0.1-variants.json``."""
    return f"{name.name.replace('-', '_')}-{name.version}{INDEX_ENDING}"


def parse_index_filename(filename: str) -> tuple[NormalizedName, Version] | None:
    """The release whose label wheels a file describes, by its name; None if it is no such name."""
    if not filename.endswith(INDEX_ENDING):
        return None
    name, _, version = filename.removesuffix(INDEX_ENDING).partition("-")
    parsed = try_version(version)
    return None if parsed is None else (canonicalize_name(name), parsed)


# --- metadata of a wheel


def parse_wheel_document(content: bytes, name: WheelName) -> LabelMetadata:
    """Read the document that is in a wheel, and check it against the file name.

    Raises:
        WheelFileError: it cannot be used, or describes another label.
    """
    try:
        return parse_document(content, name.label or "")
    except IndexMetadataError as error:
        raise WheelFileError(name.filename, f"its {METADATA_NAME}: {error}") from error


def read_wheel_document(archive: WheelArchive) -> bytes:
    """The document of a label wheel, byte for byte.

    Raises:
        WheelFileError: the wheel is damaged, or has none.
    """
    return archive.read(f"{archive.dist_info}/{METADATA_NAME}", LARGEST_DOCUMENT)


def read_wheel(wheel: WheelArchive | Path | BinaryIO, name: WheelName | None = None) -> LabelVariant | None:
    """Read the variant that a wheel is, and check it against the file name.

    Args:
        wheel: the wheel: an open archive, a path, or a seekable binary file.
        name: its parsed file name, where ``wheel`` is no archive and the path's own name does not count.

    Returns:
        None for a standard wheel, and for a wheel of another dialect.

    Raises:
        WheelFileError: the wheel is damaged, has no document, or document and file name disagree.
    """
    if not isinstance(wheel, WheelArchive):
        with WheelArchive(wheel, name) as archive:
            return read_wheel(archive)
    if wheel.name.dialect is Dialect.STANDARD:
        if f"{wheel.dist_info}/{METADATA_NAME}" in wheel.namelist():
            raise WheelFileError(wheel.name.filename, f"it has a {METADATA_NAME}, its file name says standard")
        return None
    if wheel.name.dialect is not DIALECT:
        return None
    return parse_wheel_document(read_wheel_document(wheel), wheel.name).variant(wheel.name.label or "")


def write_wheel(archive: WheelArchive, variant: LabelVariant, target: BinaryIO) -> None:
    """Write a standard wheel again as a label variant: ``variant.json`` and its line in RECORD are new, nothing else.

    Args:
        archive: the standard wheel.
        variant: the variant; its document may have other variants as well.
        target: a binary file open for writing; the caller names it ``make_filename(archive.name, variant.label)``.

    Raises:
        WheelFileError: the wheel is damaged, or is a variant already.
        OSError: ``target`` cannot be written.
    """
    if archive.name.dialect is not Dialect.STANDARD:
        raise WheelFileError(archive.name.filename, f"it is a variant already, {archive.name.label}")
    read_wheel(archive)
    document = dump_document(variant.metadata.restrict(variant.label)).encode()
    archive.rewrite(target, {f"{archive.dist_info}/{METADATA_NAME}": document})
