"""The founding dialect (``sandbox_project-0.0.1~36266d4d-py3-none-any.whl``): names, metadata, index files, order.

- File name: ``~`` and the hash, 8 hexadecimal digits, behind the version or the build number.
- Wheel: one ``Variant-hash:`` line and one ``Variant:`` line for each property among the headers of ``METADATA``. The
  ``.dist-info`` directory keeps its standard name.
- Index: ``{name}-{version}~variants.json`` lists the properties of each hash. No released installer takes this name for
  a wheel, or for the label dialect's ``-variants.json``.
- Names: where the project has named a configuration, a ``Variant-name:`` line in the wheel and ``names`` in the file of
  the index have the name. The founding documents do not have these; their fields stay as they are.
- Order: more properties first, then the more important features, then the better values (:mod:`variantlib.order`).

Source: the WheelNext engineering review of 20 February 2025.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from variantlib import wheel_archive
from variantlib.errors import IndexMetadataError, WheelFileError
from variantlib.foreign_json import load_json
from variantlib.meta import VariantDescription, VariantMeta, hash_properties
from variantlib.variant_names import find_name_flaw
from variantlib.wheel_archive import WheelArchive, add_headers, remove_headers
from variantlib.wheel_name import Dialect, WheelName, parse_wheel_name

__all__ = [
    "DIALECT",
    "SCHEMA",
    "Declared",
    "add_variant",
    "dump_index",
    "make_filename",
    "make_index_filename",
    "make_label",
    "parse_headers",
    "parse_index",
    "parse_metadata",
    "read_wheel",
    "remove_variant",
    "write_wheel",
]

DIALECT = Dialect.HASH

#: The ``schema`` of ``~variants.json``.
SCHEMA = "dualvariant/hashes/1"

_HASH_HEADER, _PROPERTY_HEADER, _NAME_HEADER = "Variant-hash", "Variant", "Variant-name"


# --- name and label


def make_label(description: VariantDescription) -> str:
    """The label of a variant: the hash of its properties."""
    return description.hexdigest


def make_filename(name: WheelName, label: str) -> str:
    """The file name that the same wheel has as the variant ``label``."""
    return name.hash_filename(label)


# --- metadata of a wheel


class Declared(NamedTuple):
    """The variant lines of a ``METADATA``, unchecked.

    Args:
        hashes: the values of ``Variant-hash``.
        properties: the values of ``Variant``.
        names: the values of ``Variant-name``.
    """

    hashes: tuple[str, ...]
    properties: tuple[str, ...]
    names: tuple[str, ...] = ()


def parse_headers(metadata: str | bytes) -> Declared:
    """Read the variant lines among the headers of a ``METADATA``; the body is not searched."""
    headers = wheel_archive.parse_headers(metadata)
    found = (headers.get_all(name, []) for name in (_HASH_HEADER, _PROPERTY_HEADER, _NAME_HEADER))
    return Declared(*(tuple(str(value).strip() for value in values) for values in found))


def parse_metadata(metadata: bytes, name: WheelName) -> VariantDescription | None:
    """Read the variant that a ``METADATA`` declares, and check it against the file name.

    Args:
        metadata: the file's content.
        name: what the wheel's file name says.

    Returns:
        None for a standard wheel, and for a wheel of another dialect.

    Raises:
        WheelFileError: hash, properties and file name disagree.
    """
    if name.dialect is Dialect.LABEL:
        return None
    declared = parse_headers(metadata)
    if name.dialect is Dialect.STANDARD:
        if declared.hashes or declared.properties:
            raise WheelFileError(
                name.filename,
                f"its METADATA says variant {' '.join(declared.hashes) or '(no hash)'}, its file name says standard "
                "(pip and uv name a variant so when they build it: 'dualvariant tag WHEEL -o DIR' gives it its name)",
            )
        return None
    if len(declared.hashes) != 1:
        raise WheelFileError(
            name.filename, f"its METADATA has {len(declared.hashes)} 'Variant-hash' lines instead of one"
        )
    try:
        description = VariantDescription.from_strings(declared.properties).with_names(declared.names)
    except ValueError as error:
        raise WheelFileError(name.filename, f"its METADATA: {error}") from error
    if declared.hashes[0] != name.label:
        raise WheelFileError(
            name.filename, f"its METADATA says variant {declared.hashes[0]}, its file name says {name.label}"
        )
    if description.hexdigest != name.label:
        raise WheelFileError(
            name.filename,
            f"its properties have the hash {description.hexdigest}, its file name says {name.label}",
        )
    return description


def read_wheel(wheel: WheelArchive | Path | BinaryIO, name: WheelName | None = None) -> VariantDescription | None:
    """Read the variant that a wheel is, and check it against the file name.

    Args:
        wheel: the wheel: an open archive, a path, or a seekable binary file.
        name: its parsed file name, where ``wheel`` is no archive and the path's own name does not count.

    Returns:
        None for a standard wheel, and for a wheel of another dialect.

    Raises:
        WheelFileError: the wheel is damaged, or hash, properties and file name disagree.
    """
    if isinstance(wheel, WheelArchive):
        return parse_metadata(wheel.read_metadata(), wheel.name)
    with WheelArchive(wheel, name) as archive:
        return read_wheel(archive)


def write_wheel(archive: WheelArchive, description: VariantDescription, target: BinaryIO) -> None:
    """Write a standard wheel again as the variant ``description``: METADATA and RECORD change, nothing else.

    Args:
        archive: the standard wheel.
        description: the properties that the variant needs.
        target: a binary file open for writing; the caller names it ``make_filename(archive.name, label)``.

    Raises:
        WheelFileError: the wheel is damaged, or is a variant already.
        OSError: ``target`` cannot be written.
    """
    name = archive.name
    if name.dialect is not Dialect.STANDARD:
        raise WheelFileError(name.filename, f"it is a variant already, {name.label}")
    metadata = archive.read_metadata()
    parse_metadata(metadata, name)
    archive.rewrite(target, {archive.metadata_path: add_variant(metadata, description, name)})


def add_variant(metadata: bytes, description: VariantDescription, name: WheelName) -> bytes:
    """A ``METADATA`` without variant lines, with those of a variant.

    Args:
        metadata: the file's content.
        description: the properties of the variant.
        name: the name of the wheel as it is.

    Raises:
        WheelFileError: a line among its headers is no header, so that what stands behind it would not be read.
    """
    lines = [(_HASH_HEADER, make_label(description))]
    lines += [(_PROPERTY_HEADER, text) for text in description.properties]
    lines += [(_NAME_HEADER, called) for called in description.names]
    metadata = add_headers(remove_headers(metadata, (_NAME_HEADER,)), lines)
    variant = parse_wheel_name(make_filename(name, make_label(description)))
    try:
        parse_metadata(metadata, variant)
    except WheelFileError as error:
        raise WheelFileError(name.filename, "its METADATA has a line among its headers that is no header") from error
    return metadata


def remove_variant(metadata: bytes) -> bytes:
    """A ``METADATA`` without its variant lines; everything else stays as it is, byte for byte."""
    return remove_headers(metadata, (_HASH_HEADER, _PROPERTY_HEADER, _NAME_HEADER))


# --- metadata of an index


def make_index_filename(name: WheelName) -> str:
    """The file that describes the hash wheels of this wheel's release: ``sandbox_project-0.0.1~variants.json``."""
    return f"{name.name.replace('-', '_')}-{name.version}~variants.json"


def dump_index(variants: Mapping[str, VariantDescription]) -> str:
    """The text of ``~variants.json``: hashes, property lists and names sorted, so that equal wheels give equal bytes.

    Args:
        variants: the variants of a release by hash. A name is that of one of them.
    """
    lists = {label: variants[label].properties for label in sorted(variants)}
    names = {name: label for label in sorted(variants) for name in variants[label].names}
    document = {"schema": SCHEMA, "variants": lists, **({"names": dict(sorted(names.items()))} if names else {})}
    return json.dumps(document, indent=1) + "\n"


def parse_index(content: str | bytes) -> dict[str, VariantDescription]:
    """Read an index's ``~variants.json`` and verify that each hash is the hash of its properties.

    Raises:
        IndexMetadataError: it is not JSON, of another schema, or a hash and its properties disagree; ``path`` names the
            place in the document.
    """
    try:
        document = load_json(content)
    except ValueError as error:
        raise IndexMetadataError("", f"it is {error}") from error
    if not isinstance(document, dict):
        raise IndexMetadataError("", f"it must be a JSON object (got {type(document).__name__})")
    if document.get("schema") != SCHEMA:
        raise IndexMetadataError("schema", f"must be {SCHEMA!r} (got {document.get('schema')!r})")
    variants = document.get("variants")
    if not isinstance(variants, dict):
        raise IndexMetadataError("variants", f"must be an object of hashes (got {type(variants).__name__})")
    found = _read_variants(variants)
    for label, names in _read_names(document.get("names", {}), found).items():
        found[label] = found[label].with_names(names)
    return found


def _read_names(listed: object, variants: Mapping[str, VariantDescription]) -> dict[str, list[str]]:
    """The names of each variant that has any; the file has the variant of each name."""
    if not isinstance(listed, dict):
        raise IndexMetadataError("names", f"must be an object of names (got {type(listed).__name__})")
    found: dict[str, list[str]] = {}
    for name, label in listed.items():
        flaw = find_name_flaw(name)
        if flaw is not None:
            raise IndexMetadataError("names", f"the name of a variant {flaw}: {name!r}")
        if not isinstance(label, str) or label not in variants:
            raise IndexMetadataError(f"names.{name}", f"must be one of the hashes in variants (got {label!r})")
        found.setdefault(label, []).append(name)
    return found


class _Known:
    """The properties of an index in canonical form: ten thousand variants share a few hundred of them.

    Args:
        variants: the lists of the index, unchecked.
    """

    def __init__(self, variants: Mapping[str, object]) -> None:
        #: Each string and what it says.
        self.metas: dict[str, VariantMeta] = {}
        for text in _find_texts(variants):
            try:
                meta = VariantMeta.from_str(text)
            except ValueError:
                continue  # the reader of this entry says where it is
            if meta.to_str() == text:
                self.metas[text] = meta
        features = {(meta.provider, meta.key) for meta in self.metas.values()}
        numbers = {feature: number for number, feature in enumerate(features)}
        #: Each string and the number of its provider and key, which no other string of a variant has.
        self.numbers = {text: numbers[meta.provider, meta.key] for text, meta in self.metas.items()}


def _find_texts(variants: Mapping[str, object]) -> set[str]:
    """All strings that the lists of an index have, each once; none if something else stands for a list."""
    try:
        texts: set[object] = set(chain.from_iterable(variants.values()))  # type: ignore[arg-type]
    except TypeError:
        return set()
    return {text for text in texts if isinstance(text, str)}


def _read_variants(variants: dict[str, object]) -> dict[str, VariantDescription]:
    """All entries of ``variants``, each of which leaves it when it is read: their strings weigh more than all else."""
    known = _Known(variants)
    find_number, find_meta = known.numbers.__getitem__, known.metas.__getitem__
    found: dict[str, VariantDescription] = {}
    for label in list(variants):
        texts: Any = variants.pop(label)
        try:
            features = set(map(find_number, texts))
        except (KeyError, TypeError):
            features = set()
        # A list that is canonical and sorted, as every tool of ours writes it, needs no second look. In canonical form
        # the order of the texts is that of their providers and keys: a blank comes before every character of a name.
        is_canonical = features and len(features) == len(texts) and texts == sorted(texts)
        if is_canonical and hash_properties(texts) == label:
            found[label] = VariantDescription._trusted(list(map(find_meta, texts)))
        else:
            found[label] = _read_variant(label, texts)
    return found


def _read_variant(label: str, texts: object) -> VariantDescription:
    """One entry of ``variants``."""
    if not isinstance(texts, list):
        raise IndexMetadataError(f"variants.{label}", f"must be a list of properties (got {type(texts).__name__})")
    data = [_read_property(text, f"variants.{label}[{at}]") for at, text in enumerate(texts)]
    try:
        description = VariantDescription(data)
    except ValueError as error:
        raise IndexMetadataError(f"variants.{label}", str(error)) from error
    if description.hexdigest != label:
        raise IndexMetadataError(f"variants.{label}", f"its properties have another hash, {description.hexdigest}")
    return description


def _read_property(text: object, path: str) -> VariantMeta:
    """The property that the string at ``path`` in the document is."""
    try:
        return VariantMeta.from_str(text)  # type: ignore[arg-type]  # it checks
    except (TypeError, ValueError) as error:
        raise IndexMetadataError(path, str(error)) from error
