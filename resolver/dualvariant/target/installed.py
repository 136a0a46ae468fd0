"""Installed distributions, and which variants they are, read from the files that each of them keeps.

A hash variant is known by its METADATA, a label variant by the ``variant.json`` beside it, and a fused wheel, which is
a standard wheel to every installer, by its ``fused.json``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Set
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from packaging.utils import NormalizedName, canonicalize_name

from dualvariant.core.files import read_regular
from variantlib.versions import try_version
from variantlib.wheel_name import Dialect, WheelName

if TYPE_CHECKING:
    from packaging.version import Version

    from variantlib.fused import FusedWheel
    from variantlib.label_meta import LabelVariant
    from variantlib.preferences import LabelRules
    from variantlib.profile import HostProfile

__all__ = [
    "Installed",
    "describe_missing",
    "find_distributions",
    "find_installed",
    "find_version",
    "list_infos",
    "list_names",
    "read_distribution",
    "read_plain_headers",
]

#: :data:`variantlib.fused.FILENAME`, :data:`variantlib.dialects.labels.METADATA_NAME` and
#: :data:`variantlib.wheel_archive.LARGEST_METADATA`. These modules bring much that most runs do not need.
FUSED, VARIANT, LARGEST_METADATA = "fused.json", "variant.json", 16 << 20

_INFO = ".dist-info"

#: Headers that every parser reads in the same way: a name, a colon and the rest of a line, or of several lines.
_HEADERS = re.compile(rb"(?:[!-9;-~]+:[^\r\n]*(?:\n[ \t][^\r\n]+)*\n)+\Z")
_NAME, _VERSION = (re.compile(rb"^%s:[ \t]*([!-~]+)\n(?![ \t])" % name, re.M | re.I) for name in (b"Name", b"Version"))
#: The most bytes of headers that are looked through; a pattern needs memory for each of their lines.
_LARGEST_PLAIN = 256 << 10
_ANY = re.compile(rb"^(?:name|version):", re.M | re.I)


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

    def is_of_version(self, version: Version) -> bool:
        """Whether it has a version, however that is written: ``1`` and ``1.0`` are one version."""
        return try_version(self.version) == version

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


def find_distributions(folders: Iterable[Path], projects: Set[NormalizedName] | None = None) -> Iterator[Installed]:
    """The distributions in the folders, by name; of two of one name the first counts, as for ``import``.

    Args:
        folders: the folders.
        projects: only distributions of these are read; None for all.
    """
    seen: dict[NormalizedName, Installed] = {}
    for folder in folders:
        for info in list_infos(folder, projects):
            found = read_distribution(info / "METADATA")
            if found is not None:
                seen.setdefault(found.name, found)
    names = seen if projects is None else seen.keys() & projects
    yield from (seen[name] for name in sorted(names))


def find_installed(name: NormalizedName, folders: Iterable[Path]) -> Installed | None:
    """The distribution of a project in the first of the folders that has one, or None."""
    for folder in folders:
        for found in find_distributions([folder], {name}):
            return found
    return None


def find_version(name: NormalizedName, folders: Iterable[Path]) -> str | None:
    """The version of a project that is installed in one of the folders, or None."""
    found = find_installed(name, folders)
    return None if found is None else found.version


def list_infos(folder: Path, projects: Set[NormalizedName] | None = None) -> list[Path]:
    """The ``.dist-info`` folders in a folder, in the order of their names; none if it cannot be read.

    Args:
        folder: the folder.
        projects: only those that may be of one of these; None for all.
    """
    try:
        # A path for each of some thousand files takes longer. pip sets aside what it replaces under a name with '~'.
        names = [name for name in os.listdir(folder) if name.endswith(_INFO) and name[0] != "~"]  # noqa: PTH208
    except OSError:
        return []
    return [
        folder / name
        for name in sorted(names)
        if projects is None or not projects.isdisjoint(list_names(name.removesuffix(_INFO)))
    ]


def list_names(stem: str) -> set[NormalizedName]:
    """The projects that a folder of metadata may be of: hyphens may be in the name, before the version or behind it.

    Args:
        stem: its name without the ending: ``my_project-1.0``; some tools leave the hyphens of a name as they are.
    """
    parts = stem.split("-")
    return {canonicalize_name("-".join(parts[:count])) for count in range(1, len(parts) + 1)}


def read_distribution(path: Path) -> Installed | None:
    """The distribution that a METADATA file describes; None if it cannot be read, or has no name or version."""
    try:
        metadata = read_regular(path, LARGEST_METADATA)
    except OSError:
        return None
    plain = read_plain_headers(metadata)
    if plain is not None and not os.path.lexists(path.with_name(VARIANT)):
        fused = _read_fused(path.with_name(FUSED))
        name, version = plain
        return Installed(
            canonicalize_name(name), version, None, (), path.parent.parent, fused=fused, metadata=path.parent
        )
    return _read_fully(path, metadata)


def read_plain_headers(metadata: bytes) -> tuple[str, str] | None:
    """Name and version in the METADATA of a standard wheel as almost all are written; None for any other.

    It takes a hundredth of the time of a parser, with its import.
    """
    head = metadata.partition(b"\n\n")[0].removesuffix(b"\n") + b"\n"
    if len(head) > _LARGEST_PLAIN or b"variant" in head.lower() or _HEADERS.match(head) is None:
        return None
    found = [pattern.findall(head) for pattern in (_NAME, _VERSION)]
    if not all(len(values) == 1 for values in found) or len(_ANY.findall(head)) != 2:
        return None
    name, version = (values[0].decode("ascii") for values in found)
    return name, version


def _read_fully(path: Path, metadata: bytes) -> Installed | None:
    from variantlib.dialects import hashes, labels
    from variantlib.label_meta import LabelVariant
    from variantlib.meta import VariantDescription
    from variantlib.wheel_archive import parse_headers

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
    from variantlib.errors import IndexMetadataError
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
    from variantlib.dialects.labels import LARGEST_DOCUMENT
    from variantlib.dialects.labels.document import parse_document
    from variantlib.errors import IndexMetadataError

    try:
        content = read_regular(path, LARGEST_DOCUMENT)
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
    from variantlib.label_order import LabelRanking
    from variantlib.label_verdict import LabelUnsupported
    from variantlib.meta import VariantDescription, VariantMeta
    from variantlib.order import Ranking
    from variantlib.preferences import LabelRules
    from variantlib.verdict import Unsupported

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
