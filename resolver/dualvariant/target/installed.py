"""Installed distributions, and which variants they are, read from the METADATA that each of them keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import frozen
from packaging.utils import NormalizedName, canonicalize_name

from dualvariant.core.files import read_regular
from variantlib.dialects import hashes
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.order import Ranking
from variantlib.profile import HostProfile
from variantlib.verdict import Unsupported
from variantlib.wheel_archive import LARGEST_METADATA, parse_headers

__all__ = ["Installed", "describe_missing", "find_distributions", "read_distribution"]


@frozen
class Installed:
    """One installed distribution.

    Args:
        name: its project.
        version: as its METADATA has it.
        label: the hash of the variant, or None for a standard wheel.
        properties: the variant's properties.
        location: the folder it is installed in.
    """

    name: NormalizedName
    version: str
    label: str | None
    properties: tuple[str, ...]
    location: Path

    def to_dict(self) -> dict[str, Any]:
        """The form it has in ``list --json``."""
        return {
            "name": self.name,
            "version": self.version,
            "dialect": "standard" if self.label is None else "hash",
            "label": self.label,
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
    declared = hashes.parse_headers(metadata)
    properties = declared.properties
    with suppress(ValueError):  # another tool's variant: shown as it is
        properties = tuple(VariantDescription.from_strings(properties).properties) if properties else ()
    label = declared.hashes[0] if declared.hashes and declared.hashes[0] else None
    return Installed(canonicalize_name(name), version, label, properties, path.parent.parent)


def describe_missing(distribution: Installed, profile: HostProfile) -> str | None:
    """What a host lacks for an installed variant, in words; None if it lacks nothing."""
    try:
        description = VariantDescription.from_strings(distribution.properties)
    except ValueError as error:
        return f"its METADATA cannot be used ({error})"
    key = Ranking(profile).key(description)
    return str(Unsupported(key, profile)) if isinstance(key, VariantMeta) else None
