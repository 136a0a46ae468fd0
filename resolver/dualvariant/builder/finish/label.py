"""Variant wheels of both dialects, made from a standard wheel or from a variant of the other dialect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from dualvariant.builder.declaration.label_table import make_label_variant
from dualvariant.builder.finish.platform_tag import leave_one_platform_tag
from dualvariant.core.errors import UsageError
from dualvariant.core.scratch import make_scratch_dir
from variantlib.dialects import hashes, labels
from variantlib.dialects.convert import describe_as_hash, write_as_hash, write_as_label
from variantlib.dialects.labels.document import parse_document
from variantlib.errors import IndexMetadataError, WheelFileError
from variantlib.label_meta import LabelMetadata, LabelVariant
from variantlib.meta import VariantDescription
from variantlib.wheel_archive import WheelArchive
from variantlib.wheel_name import Dialect, parse_wheel_name

__all__ = ["convert_variant", "convert_wheel", "find_converted_name", "label_wheel", "tag_wheel"]


def tag_wheel(wheel: Path, description: VariantDescription, directory: Path) -> Path:
    """Write ``wheel`` as the hash variant ``description`` into ``directory``, which is created if it is missing.

    Only METADATA and RECORD change. A wheel whose METADATA declares the variant already is copied unchanged under the
    new name: ``dualvariant.backend`` makes such wheels for pip, uv and cibuildwheel. The new wheel appears under its
    name when it is complete.

    Args:
        wheel: a standard wheel.
        description: the properties that the variant needs, and what the project calls it.
        directory: the folder for the variant wheel.

    Returns:
        The variant wheel's path.

    Raises:
        UsageError: there is no such wheel, or another wheel of the new name is there already.
        WheelNameError, WheelFileError: it is damaged, or a variant already.
    """
    name = parse_wheel_name(wheel.name)
    if name.dialect is not Dialect.STANDARD:
        raise WheelFileError(name.filename, f"it is a variant already, {name.label}")

    def write(archive: WheelArchive, file: BinaryIO) -> None:
        if _declares(archive, description):
            file.write(wheel.read_bytes())
        else:
            hashes.write_wheel(archive, description, file)

    return _write(wheel, hashes.make_filename(name, hashes.make_label(description)), directory, write)


def label_wheel(wheel: Path, variant: LabelVariant, directory: Path) -> Path:
    """Write ``wheel`` as a label variant into ``directory``, which is created if it is missing.

    ``variant.json`` and RECORD are new. Of several platform tags for the same C library one is left. A wheel that has
    this ``variant.json`` already is copied unchanged: ``dualvariant.backend`` makes such wheels for pip, uv and
    cibuildwheel.

    Args:
        wheel: a standard wheel.
        variant: the label, its properties and its document.
        directory: the folder for the variant wheel.

    Returns:
        The variant wheel's path.

    Raises:
        UsageError: there is no such wheel, or another wheel of the new name is there already.
        WheelNameError, WheelFileError: it is damaged, a variant already, or its name would mislead old pips.
    """
    _require_file(wheel)
    with make_scratch_dir() as scratch:
        single = leave_one_platform_tag(wheel, scratch)
        target = labels.make_filename(parse_wheel_name(single.name), variant.label)
        _refuse_misread(target)

        def write(archive: WheelArchive, file: BinaryIO) -> None:
            if _has_document(archive, variant):
                file.write(single.read_bytes())
            else:
                labels.write_wheel(archive, variant, file)

        return _write(single, target, directory, write)


def convert_wheel(wheel: Path, directory: Path, label: str | None = None, table: LabelMetadata | None = None) -> Path:
    """Write a variant wheel as the same variant of the other dialect into ``directory``.

    The name of a hash wheel becomes the label, and a label that somebody has chosen becomes the name.

    Args:
        wheel: a hash wheel or a label wheel.
        directory: the folder for the new wheel; it is created if it is missing.
        label: the label of the new wheel, where ``wheel`` is a hash wheel; without it its name, or one is made.
        table: what the project says of its label variants (:mod:`dualvariant.builder.declaration.label_table`).

    Returns:
        The new wheel's path.

    Raises:
        UsageError: there is no such wheel, it is no variant, another wheel of the new name is there already, or the
            label dialect cannot express the properties.
        WheelNameError, WheelFileError: it is damaged, or the hash dialect cannot express the properties.
    """
    _require_file(wheel)
    name = parse_wheel_name(wheel.name)
    if name.dialect is Dialect.STANDARD:
        raise UsageError(f"a standard wheel is no variant: {str(wheel)!r}", "'dualvariant tag' makes one of it")
    if name.dialect is Dialect.LABEL:
        with WheelArchive(wheel, name) as archive:
            target = hashes.make_filename(name, hashes.make_label(describe_as_hash(archive)))
        return _write(wheel, target, directory, write_as_hash)
    description = hashes.read_wheel(wheel, name)
    assert description is not None
    chosen = label or next(iter(description.names), None)
    return convert_variant(wheel, make_label_variant(description, chosen, table), directory)


def convert_variant(wheel: Path, variant: LabelVariant, directory: Path) -> Path:
    """Write a hash wheel as the label variant with the same properties; returns its path.

    Raises:
        UsageError, WheelFileError: as :func:`convert_wheel`.
    """
    with make_scratch_dir() as scratch:
        single = leave_one_platform_tag(wheel, scratch)
        target = labels.make_filename(parse_wheel_name(single.name), variant.label)
        _refuse_misread(target)
        return _write(single, target, directory, lambda archive, file: write_as_label(archive, variant, file))


def find_converted_name(filename: str, variant: LabelVariant) -> str:
    """The name that a wheel with one platform tag has as a label wheel."""
    return labels.make_filename(parse_wheel_name(filename), variant.label)


def _require_file(wheel: Path) -> None:
    if not wheel.is_file():
        raise UsageError(f"no such wheel: {str(wheel)!r}", "name an existing wheel file")


def _refuse_misread(filename: str) -> None:
    """Refuse a name that makes pip before 22.3 install the wheel everywhere."""
    misread = labels.find_misread_tag(parse_wheel_name(filename))
    if misread is not None:
        raise WheelFileError(
            filename,
            f"pip before 22.3 would install it on every host with the platform tag {misread!r}: a label wheel needs a "
            "single platform tag, and a label without one",
        )


def _write(wheel: Path, filename: str, directory: Path, write: Callable[[WheelArchive, BinaryIO], None]) -> Path:
    """Write a new wheel of a name into a folder; it appears there when it is complete."""
    _require_file(wheel)
    directory.mkdir(parents=True, exist_ok=True)
    target = directory / filename
    with make_scratch_dir(directory) as scratch:
        new = scratch / target.name
        with WheelArchive(wheel) as archive, new.open("w+b") as file:
            write(archive, file)
        if target.exists():
            if not target.is_file() or target.read_bytes() != new.read_bytes():
                raise UsageError(
                    f"another file has the variant wheel's name: {str(target)!r}",
                    "remove it, or name another folder with -o",
                )
            return target
        return new.replace(target)


def _declares(archive: WheelArchive, description: VariantDescription) -> bool:
    """Whether the wheel's METADATA declares this very variant, while its name is that of a standard wheel."""
    variant = parse_wheel_name(hashes.make_filename(archive.name, hashes.make_label(description)))
    try:
        declared = hashes.parse_metadata(archive.read_metadata(), variant)
    except WheelFileError:
        return False
    return declared == description and (not description.names or declared.names == description.names)


def _has_document(archive: WheelArchive, variant: LabelVariant) -> bool:
    """Whether the wheel has the document of this very variant, while its name is that of a standard wheel."""
    try:
        document = parse_document(labels.read_wheel_document(archive), variant.label)
    except (WheelFileError, IndexMetadataError):
        return False
    return document == variant.metadata.restrict(variant.label)
