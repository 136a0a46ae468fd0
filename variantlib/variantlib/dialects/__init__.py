"""The dialects of wheel variants: one module each, with the same answers to the same questions.

A dialect says how a wheel's file name, the wheel itself and an index name a variant's properties.
:mod:`variantlib.dialects.hashes` is the founding dialect (``~hash``), :mod:`variantlib.dialects.labels` the one of PEP
825 (``-label``). Callers ask :func:`find_dialect` for the module of a wheel, and need not know which dialect it is.

How an index describes the variants of a release, and which of two is better, differs too much for one form: see the
modules, :mod:`variantlib.order` and :mod:`variantlib.label_order`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

from variantlib.dialects import hashes, labels
from variantlib.label_meta import LabelVariant
from variantlib.meta import VariantDescription
from variantlib.wheel_archive import WheelArchive
from variantlib.wheel_name import Dialect, WheelName

__all__ = ["DIALECTS", "VariantDialect", "find_dialect"]


class VariantDialect(Protocol):
    """What a dialect's module answers."""

    @property
    def DIALECT(self) -> Dialect:
        """The dialect, as :func:`variantlib.wheel_name.parse_wheel_name` recognises it in a file name."""

    def make_label(self, properties: VariantDescription, /) -> str:
        """The label of a variant with these properties, if nobody has chosen one."""

    def make_filename(self, name: WheelName, label: str, /) -> str:
        """The file name that the same wheel has as the variant ``label``."""

    def read_wheel(
        self, wheel: WheelArchive | Path | BinaryIO, name: WheelName | None = None
    ) -> VariantDescription | LabelVariant | None:
        """The variant that a wheel is, checked against its file name; WheelFileError where they disagree."""

    def make_index_filename(self, name: WheelName, /) -> str:
        """The file on an index that describes the variants of this wheel's release."""


#: The dialects.
DIALECTS: Mapping[Dialect, VariantDialect] = {hashes.DIALECT: hashes, labels.DIALECT: labels}


def find_dialect(name: WheelName) -> VariantDialect | None:
    """The module that reads this wheel's variant; None for a standard wheel."""
    return DIALECTS.get(name.dialect)
