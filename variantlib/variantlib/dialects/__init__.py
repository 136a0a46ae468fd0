"""The dialects of wheel variants: one module each, with the same answers to the same questions.

A dialect says how a wheel's file name, the wheel itself and an index name a variant's properties, and which of two
variants is better. :mod:`variantlib.dialects.hashes` is the founding dialect (``~hash``). Callers ask
:func:`find_dialect` for the module of a wheel, and need not know which dialect it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

from variantlib.dialects import hashes
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.profile import HostProfile
from variantlib.wheel_archive import WheelArchive
from variantlib.wheel_name import Dialect, WheelName

__all__ = ["DIALECTS", "VariantDialect", "VariantRanking", "find_dialect"]


class VariantRanking(Protocol):
    """The order of a release's variants for one host."""

    def key(self, description: VariantDescription, /) -> int | VariantMeta:
        """A variant's sort key, smaller is better; or a property that the variant needs and the host lacks."""


class VariantDialect(Protocol):
    """What a dialect's module answers."""

    @property
    def DIALECT(self) -> Dialect:
        """The dialect, as :func:`variantlib.wheel_name.parse_wheel_name` recognises it in a file name."""

    # Name and label.

    def make_label(self, description: VariantDescription, /) -> str:
        """The label of a variant with these properties."""

    def make_filename(self, name: WheelName, label: str, /) -> str:
        """The file name that the same wheel has as the variant ``label``."""

    # Metadata of a wheel.

    def read_wheel(
        self, wheel: WheelArchive | Path | BinaryIO, name: WheelName | None = None
    ) -> VariantDescription | None:
        """The variant that a wheel is, checked against its file name; WheelFileError where they disagree."""

    def write_wheel(self, archive: WheelArchive, description: VariantDescription, target: BinaryIO) -> None:
        """Write a standard wheel again as a variant."""

    # Metadata of an index.

    def make_index_filename(self, name: WheelName, /) -> str:
        """The file on an index that describes the variants of this wheel's release."""

    def parse_index(self, content: str | bytes, /) -> Mapping[str, VariantDescription]:
        """The variants that such a file describes, by label; IndexMetadataError for a bad file."""

    def dump_index(self, variants: Mapping[str, VariantDescription], /) -> str:
        """The text of such a file; the same variants give the same text."""

    # Order.

    def make_ranking(self, profile: HostProfile, /) -> VariantRanking:
        """The order of variants for a host."""


#: The dialects that this version reads and writes. Label wheels are recognised by their names, and have no module yet.
DIALECTS: Mapping[Dialect, VariantDialect] = {hashes.DIALECT: hashes}


def find_dialect(name: WheelName) -> VariantDialect | None:
    """The module that reads this wheel's variant; None for a standard wheel and for a dialect that is not read."""
    return DIALECTS.get(name.dialect)
