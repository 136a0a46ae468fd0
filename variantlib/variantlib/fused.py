"""Fused wheels: one wheel with a standard name that holds several variants and loads the one that fits.

``.dist-info/fused.json`` says what such a wheel holds (schema ``dualvariant/fused/1``). Each native module that differs
from variant to variant is there once for each, in one folder, and a stub under the module's own name opens the one that
fits this processor when Python imports it. ``dualvariant fuse`` writes such wheels; audits, ``list`` and ``check`` read
this file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from attrs import field, frozen

from variantlib.cpu.levels import find_allowed_features
from variantlib.cpu.tables import load_table
from variantlib.errors import IndexMetadataError
from variantlib.foreign_json import load_json
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.order import Ranking
from variantlib.profile import HostProfile

__all__ = [
    "FILENAME",
    "LARGEST_DOCUMENT",
    "OVERRIDE",
    "SCHEMA",
    "STANDARD",
    "FusedVariant",
    "FusedWheel",
    "name_variant",
]

#: The file's name in ``.dist-info``.
FILENAME = "fused.json"
#: The most bytes of it that are read.
LARGEST_DOCUMENT = 4 << 20
SCHEMA = "dualvariant/fused/1"
#: The name of what the standard wheel had.
STANDARD = "none"
#: The environment variable that chooses in place of the processor.
OVERRIDE = "DUALVARIANT_FUSED"


def name_variant(properties: Iterable[VariantMeta]) -> str:
    """The short name of a variant: ``v3``, ``8.2a``, ``v2+avx+avx2``.

    Args:
        properties: what it needs, most important first.
    """
    return "+".join(meta.key if meta.value == "on" else meta.value for meta in properties)


class FusedVariant(NamedTuple):
    """One of the variants in a fused wheel.

    Args:
        name: its short name.
        description: what it needs.
        source: the file name of the wheel that it comes from.
    """

    name: str
    description: VariantDescription
    source: str


@frozen
class FusedWheel:
    """What a fused wheel holds.

    Args:
        architecture: ``x86_64`` or ``aarch64``.
        standard: the file name of the standard wheel that it was made from.
        variants: best first, in the founding order.
        modules: the path of each module that a stub stands for → variant (:data:`STANDARD` too) → the path of its file.
        libraries: the path of each further native file that only some variants have → those variants.
    """

    architecture: str
    standard: str
    variants: tuple[FusedVariant, ...]
    modules: Mapping[str, Mapping[str, str]] = field(hash=False)
    libraries: Mapping[str, tuple[str, ...]] = field(hash=False, factory=dict)

    def files_of(self, name: str) -> frozenset[str]:
        """The native files that only the variants in a wheel have, those of one of them.

        Args:
            name: the variant, or :data:`STANDARD`.
        """
        own = {files[name] for files in self.modules.values()}
        return frozenset(own | {path for path, names in self.libraries.items() if name in names})

    @property
    def all_files(self) -> frozenset[str]:
        """The native files of all variants, without the stubs."""
        return frozenset().union(*(self.files_of(name) for name in self.names))

    @property
    def names(self) -> list[str]:
        """All variants by name, best first; :data:`STANDARD` comes last."""
        return [*(variant.name for variant in self.variants), STANDARD]

    def find_active(self, profile: HostProfile, override: str | None = None) -> str | None:
        """The name of the variant that is loaded on a host, as the stubs choose it.

        Args:
            profile: the host.
            override: the value of ``DUALVARIANT_FUSED`` there.

        Returns:
            None if ``override`` names nothing, or what the host does not have: the import fails then.
        """
        candidates = list(self.variants)
        if override == STANDARD:
            return STANDARD
        if override:
            asked = self._find_asked(override)
            if asked is None or not _supports(profile, asked):
                return None
            exact = [variant for variant in candidates if variant.name == override]
            allowed = find_allowed_features(asked) if self.architecture == "x86_64" else frozenset()
            candidates = exact or [one for one in candidates if self._is_below(one, override, allowed)]
        fitting = (one.name for one in candidates if _supports(profile, one.description))
        return next(fitting, STANDARD)

    def _find_asked(self, name: str) -> Iterable[VariantMeta] | None:
        for variant in self.variants:
            if variant.name == name:
                return variant.description
        table = load_table(self.architecture)
        return [VariantMeta(self.architecture, table.key, name)] if table.level(name) else None

    def _is_below(self, variant: FusedVariant, level: str, allowed: frozenset[str]) -> bool:
        """Whether a processor of exactly this level has all that a variant needs."""
        if self.architecture == "x86_64":
            return find_allowed_features(variant.description) <= allowed
        values = [each.value for each in load_table(self.architecture).including(level)]
        return all(meta.value in values for meta in variant.description)

    def dump(self) -> str:
        """The text of ``fused.json``; the same wheel gives the same bytes."""
        document = {
            "schema": SCHEMA,
            "architecture": self.architecture,
            "standard": self.standard,
            "variants": [
                {"name": one.name, "properties": one.description.properties, "wheel": one.source}
                for one in self.variants
            ],
            "modules": {path: dict(self.modules[path]) for path in sorted(self.modules)},
            "libraries": {path: list(self.libraries[path]) for path in sorted(self.libraries)},
        }
        return json.dumps(document, indent=1) + "\n"

    @classmethod
    def parse(cls, content: str | bytes) -> FusedWheel:
        """Read a ``fused.json``.

        Raises:
            IndexMetadataError: it is not JSON, of another schema, or does not say what it must.
        """
        try:
            document = load_json(content)
            schema = document.get("schema")
        except (ValueError, AttributeError) as error:
            raise IndexMetadataError("", f"it is no JSON object: {error}") from error
        if schema != SCHEMA:
            raise IndexMetadataError("schema", f"must be {SCHEMA!r} (got {schema!r})")
        try:
            found = cls._from_dict(document)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise IndexMetadataError("", f"it does not describe a fused wheel ({error!r})") from error
        return found

    @classmethod
    def _from_dict(cls, document: dict[str, Any]) -> FusedWheel:
        variants = tuple(
            FusedVariant(str(entry["name"]), VariantDescription.from_strings(entry["properties"]), str(entry["wheel"]))
            for entry in document["variants"]
        )
        names = {*(variant.name for variant in variants), STANDARD}
        modules = {str(path): _texts(files) for path, files in document["modules"].items()}
        libraries = {str(path): tuple(map(str, users)) for path, users in document.get("libraries", {}).items()}
        if any(set(files) != names for files in modules.values()):
            raise ValueError("a module without a file for each variant")
        load_table(str(document["architecture"]))
        return cls(str(document["architecture"]), str(document["standard"]), variants, modules, libraries)


def _texts(files: Mapping[str, object]) -> dict[str, str]:
    return {str(name): str(path) for name, path in files.items()}


def _supports(profile: HostProfile, properties: Iterable[VariantMeta]) -> bool:
    return isinstance(Ranking(profile).key(VariantDescription(list(properties))), int)
