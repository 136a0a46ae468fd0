"""Installed distributions, and which variants they are, read from the files that each of them keeps.

A hash variant is known by its METADATA, a label variant by the ``variant.json`` beside it, and a fused wheel, which is
a standard wheel to every installer, by its ``fused.json``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from packaging.utils import NormalizedName, canonicalize_name

from dualvariant.core.files import read_regular
from variantlib.dialects import hashes, labels
from variantlib.dialects.labels.document import parse_document
from variantlib.errors import IndexMetadataError
from variantlib.label_meta import LabelVariant
from variantlib.label_order import LabelRanking
from variantlib.label_support import LabelRules
from variantlib.label_verdict import LabelUnsupported
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.order import Ranking
from variantlib.profile import HostProfile
from variantlib.verdict import Unsupported
from variantlib.wheel_archive import LARGEST_METADATA, parse_headers
from variantlib.wheel_name import Dialect, WheelName

if TYPE_CHECKING:
    from variantlib.fused import FusedWheel

__all__ = ["Installed", "describe_missing", "find_distributions", "read_distribution"]

#: :data:`variantlib.fused.FILENAME`. That module brings the tables of processors, which few runs need.
FUSED = "fused.json"


@frozen
class Installed:
    """One installed distribution.

    Args:
        name: its project.
        version: as its METADATA has it.
        label: the hash or label of the variant, or None for a standard wheel.
        properties: the variant's properties.
        location: the folder it is installed in.
        variant: a label variant with its document, or why its document cannot be used.
        names: what the project calls a hash variant.
        fused: what a fused wheel holds, or why its description cannot be used; None for any other.
        metadata: its ``.dist-info`` folder.
    """

    name: NormalizedName
    version: str
    label: str | None
    properties: tuple[str, ...]
    location: Path
    variant: LabelVariant | str | None = None
    names: tuple[str, ...] = ()
    fused: FusedWheel | str | None = None
    metadata: Path = field(default=Path(), eq=False, repr=False)

    @property
    def dialect(self) -> Dialect:
        """How it says which variant it is."""
        if self.variant is not None:
            return Dialect.LABEL
        return Dialect.STANDARD if self.label is None else Dialect.HASH

    def is_of(self, wheel: WheelName) -> bool:
        """Whether it is the variant, or the standard wheel, that a wheel's name says."""
        return (self.dialect, self.label) == (wheel.dialect, wheel.label)

    def to_dict(self) -> dict[str, Any]:
        """The form it has in ``list --json``."""
        return {
            "name": self.name,
            "version": self.version,
            "dialect": str(self.dialect),
            "label": self.label,
            **({"names": list(self.names)} if self.names else {}),
            "properties": list(self.properties),
            "location": str(self.location),
        }


def find_distributions(folders: Iterable[Path]) -> Iterator[Installed]:
    """Every distribution in the folders, by name; of two of one name the first counts, as for ``import``."""
    seen: dict[NormalizedName, Installed] = {}
    for folder in folders:
        try:
            # pip sets aside what it replaces under a name that begins with '~'.
            entries = sorted(folder.glob("[!~]*.dist-info/METADATA"))
        except OSError:
            continue
        for path in entries:
            found = read_distribution(path)
            if found is not None:
                seen.setdefault(found.name, found)
    yield from (seen[name] for name in sorted(seen))


def read_distribution(path: Path) -> Installed | None:
    """The distribution that a METADATA file describes; None if it cannot be read, or has no name or version."""
    try:
        metadata = read_regular(path, LARGEST_METADATA)
    except OSError:
        return None
    headers = parse_headers(metadata)
    name, version = headers.get("Name"), headers.get("Version")
    if name is None or version is None:
        return None
    name, location = canonicalize_name(name), path.parent.parent
    variant = _read_label_variant(path.with_name(labels.METADATA_NAME))
    if isinstance(variant, LabelVariant):
        properties = tuple(variant.properties)
        return Installed(name, version, variant.label, properties, location, variant, metadata=path.parent)
    if variant is not None:
        return Installed(name, version, "unknown", (), location, variant, metadata=path.parent)
    declared = hashes.parse_headers(metadata)
    properties = declared.properties
    with suppress(ValueError):  # another tool's variant: shown as it is
        properties = tuple(VariantDescription.from_strings(properties).properties) if properties else ()
    label = declared.hashes[0] if declared.hashes and declared.hashes[0] else None
    names = () if label is None else declared.names
    fused = None if label else _read_fused(path.with_name(FUSED))
    return Installed(name, version, label, properties, location, names=names, fused=fused, metadata=path.parent)


def _read_fused(path: Path) -> FusedWheel | str | None:
    """What an installed ``fused.json`` says, or why it cannot be used; None if there is none."""
    if not path.exists():
        return None
    from variantlib.fused import LARGEST_DOCUMENT, FusedWheel

    try:
        return FusedWheel.parse(read_regular(path, LARGEST_DOCUMENT))
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"its {path.name} cannot be read ({error.strerror})"
    except IndexMetadataError as error:
        return f"its {path.name}: {error}"


def _read_label_variant(path: Path) -> LabelVariant | str | None:
    """The variant that an installed ``variant.json`` describes, or why it cannot be used; None if there is none."""
    try:
        content = read_regular(path, labels.LARGEST_DOCUMENT)
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"its {path.name} cannot be read ({error.strerror})"
    try:
        metadata = parse_document(content)
    except IndexMetadataError as error:
        return f"its {path.name}: {error}"
    if len(metadata.variants) != 1:
        return f"its {path.name} has {len(metadata.variants)} labels instead of one"
    return metadata.variant(next(iter(metadata.variants)))


def describe_missing(distribution: Installed, profile: HostProfile, rules: LabelRules | None = None) -> str | None:
    """What a host lacks for an installed variant, in words; None if it lacks nothing.

    Args:
        distribution: the variant.
        profile: the host.
        rules: what the user has said about the providers of label variants.
    """
    variant = distribution.variant
    if isinstance(variant, str):
        return variant
    if variant is not None:
        ranking = LabelRanking(variant.metadata, profile, rules or LabelRules())
        place = ranking.key(variant)
        return None if isinstance(place, str) else str(LabelUnsupported(place, ranking))
    try:
        description = VariantDescription.from_strings(distribution.properties)
    except ValueError as error:
        return f"its METADATA cannot be used ({error})"
    key = Ranking(profile).key(description)
    return str(Unsupported(key, profile)) if isinstance(key, VariantMeta) else None
