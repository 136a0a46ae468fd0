"""From one dialect to the other, without building: the same files in a wheel of another name.

What only one of the dialects can express is refused by name: upper-case letters (hash), several values of a feature and
the variant without properties (label).
"""

from __future__ import annotations

from typing import BinaryIO

from variantlib.dialects import hashes, labels
from variantlib.dialects.labels.document import dump_document
from variantlib.errors import WheelFileError
from variantlib.label_meta import LabelVariant
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.variant_names import find_name_flaw
from variantlib.wheel_archive import WheelArchive

__all__ = ["describe_as_hash", "write_as_hash", "write_as_label"]


def describe_as_hash(archive: WheelArchive) -> VariantDescription:
    """The variant of a label wheel as the founding dialect has it; a label that somebody has chosen is its name.

    Raises:
        WheelFileError: it is no label wheel, is damaged, or its properties cannot be expressed.
    """
    variant = labels.read_wheel(archive)
    if variant is None:
        raise WheelFileError(archive.name.filename, "it is no label wheel")
    for feature in variant.data:
        if len(feature.values) > 1:
            raise WheelFileError(
                archive.name.filename, f"a hash variant has one value of each key, and this one has '{feature}'"
            )
    if not variant.data:
        raise WheelFileError(archive.name.filename, "a hash variant has at least one property, and this one has none")
    is_chosen = variant.label != labels.make_label(variant) and find_name_flaw(variant.label) is None
    description = VariantDescription(
        [VariantMeta(feature.namespace, feature.feature, feature.values[0]) for feature in variant.data]
    )
    return description.with_names([variant.label] if is_chosen else [])


def write_as_hash(archive: WheelArchive, target: BinaryIO) -> None:
    """Write a label wheel again as a hash wheel: METADATA gains the properties, ``variant.json`` goes.

    Args:
        archive: the label wheel.
        target: a binary file open for writing; the caller names it after :func:`describe_as_hash`.

    Raises:
        WheelFileError: as :func:`describe_as_hash`.
        OSError: ``target`` cannot be written.
    """
    metadata = hashes.add_variant(archive.read_metadata(), describe_as_hash(archive), archive.name)
    document = f"{archive.dist_info}/{labels.METADATA_NAME}"
    archive.rewrite(target, {archive.metadata_path: metadata}, removed={document})


def write_as_label(archive: WheelArchive, variant: LabelVariant, target: BinaryIO) -> None:
    """Write a hash wheel again as a label wheel: METADATA loses the properties, ``variant.json`` comes.

    Args:
        archive: the hash wheel.
        variant: the label, with the properties of the wheel and its document.
        target: a binary file open for writing; the caller names it after the label.

    Raises:
        WheelFileError: it is no hash wheel, is damaged, or has other properties.
        OSError: ``target`` cannot be written.
    """
    description = hashes.read_wheel(archive)
    if description is None or description.properties != variant.properties:
        raise WheelFileError(archive.name.filename, f"it is no hash wheel with {', '.join(variant.properties)}")
    document = dump_document(variant.metadata.restrict(variant.label)).encode()
    archive.rewrite(
        target,
        {
            archive.metadata_path: hashes.remove_variant(archive.read_metadata()),
            f"{archive.dist_info}/{labels.METADATA_NAME}": document,
        },
    )
