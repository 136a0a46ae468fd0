"""What a project says of its label variants: ``[variant]`` in ``pyproject.toml``, as WheelNext's tools write it.

Without the table, the namespaces of the built-in providers are known, so that all wheels of a release agree.

Source: PEP 825 and the draft of PEP 850, "providers"; the draft of March 2026 for the table.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from attrs import evolve

from dualvariant.builder.declaration.job import Job
from dualvariant.builder.declaration.model import Declaration
from dualvariant.builder.declaration.parse import InvalidDeclarationError
from dualvariant.core.errors import UnreadableFileError, UsageError
from dualvariant.core.toml import read_toml
from variantlib.dialects import labels
from variantlib.dialects.labels.document import SCHEMA, parse_document
from variantlib.errors import IndexMetadataError
from variantlib.label_meta import (
    LABEL,
    NULL_LABEL,
    FeatureValues,
    LabelMetadata,
    LabelVariant,
    PluginProvider,
    group_properties,
)
from variantlib.meta import VariantMeta

__all__ = ["BUILT_IN", "label_jobs", "make_label_variant", "parse_variant_table", "read_variant_table"]

#: The namespaces of the built-in providers, with the packages that uv answers for.
BUILT_IN = LabelMetadata(
    ("x86_64", "aarch64"),
    {
        "x86_64": PluginProvider(("x86-64-variant-provider >=0.2,<1",)),
        "aarch64": PluginProvider(("aarch64-variant-provider >=0.2,<1",)),
    },
    {},
)


def read_variant_table(path: Path) -> LabelMetadata:
    """The table in a ``pyproject.toml``.

    Raises:
        UnreadableFileError: the file cannot be read.
        InvalidTomlError, InvalidDeclarationError: it is no TOML, has no such table, or the table cannot be used.
    """
    try:
        document = read_toml(path)
    except OSError as error:
        raise UnreadableFileError(
            f"the file cannot be read ({error.strerror}): {str(path)!r}", "name a pyproject.toml with a table [variant]"
        ) from error
    found = parse_variant_table(document, str(path))
    if found is None:
        raise InvalidDeclarationError(
            f"it has no table [variant]: {str(path)!r}",
            "[variant.default-priorities] and [variant.providers.NAME] say which namespaces there are",
        )
    return found


def parse_variant_table(document: Mapping[str, Any], place: str) -> LabelMetadata | None:
    """The table of a parsed ``pyproject.toml``; None if it has none.

    Args:
        document: the whole file.
        place: what messages call the file.

    Raises:
        InvalidDeclarationError: the table cannot be used; the message names the place in it.
    """
    table = document.get("variant")
    if table is None:
        return None
    if not isinstance(table, dict):
        raise InvalidDeclarationError(f"[variant] must be a table, in {place!r}", "PEP 825 says what it may have")
    providers = table.get("providers")
    for name, provider in providers.items() if isinstance(providers, dict) else ():
        if isinstance(provider, dict) and "build-requires" in provider:
            raise InvalidDeclarationError(
                f"[variant.providers.{name}] has 'build-requires', in {place!r}: no provider is installed for a build",
                "remove it; 'requires' or 'static-properties' says who knows what a host supports",
            )
    try:
        text = json.dumps({"$schema": SCHEMA, "variants": {}, **table}, default=str)
        return parse_document(text)
    except IndexMetadataError as error:
        raise InvalidDeclarationError(
            f"[variant] cannot be used, in {place!r}: {error}", "PEP 825 and PEP 850 say what the table may have"
        ) from error


def make_label_variant(
    properties: Iterable[VariantMeta], label: str | None = None, table: LabelMetadata | None = None
) -> LabelVariant:
    """The label variant with these properties, and the document that belongs into its wheel.

    Args:
        properties: the properties; none for the label that the table has, or for ``null``.
        label: its label; without one the label that the table has for these properties, or one made of them.
        table: what the project says; without it the built-in namespaces are known.

    Raises:
        UsageError: the label or a property cannot be used, or the namespace of a property is not known.
    """
    seed = table or BUILT_IN
    try:
        features = group_properties(properties)
    except ValueError as error:
        raise UsageError(str(error), "use names and values in lower case, or --dialect hash") from error
    if label is not None and not features and label in seed.variants:
        features = seed.variants[label]
    if label is None:
        label = next((known for known, found in seed.variants.items() if found == features), None)
    if label is None:
        label = labels.make_label(VariantMeta(f.namespace, f.feature, value) for f in features for value in f.values)
    _check_label(label, features, seed)
    unknown = [feature.namespace for feature in features if feature.namespace not in seed.namespaces]
    if unknown:
        raise UsageError(
            f"no provider is declared for {unknown[0]!r} (a label wheel names one for each namespace)",
            f"name a pyproject.toml by --config, with {unknown[0]!r} in [variant.default-priorities] and a table "
            f"[variant.providers.{unknown[0]}]",
        )
    return LabelVariant(label, features, LabelMetadata(seed.namespaces, seed.providers, {label: features}))


def label_jobs(declaration: Declaration, dialect: str, table: LabelMetadata | None) -> Declaration:
    """The same wheels as label wheels, or as both; the name of a configuration is the label of its wheel.

    Args:
        declaration: what is to be built.
        dialect: ``label`` or ``both``.
        table: the project's table ``[variant]``, if it has one.

    Raises:
        InvalidDeclarationError: a variant cannot be a label wheel, or two of them have one label.
    """
    problems: list[str] = []
    meanings: dict[str, Job] = {}
    jobs: list[Job] = []
    for job in declaration.jobs:
        if job.variant is None:
            jobs.append(job)
            continue
        try:
            labelled = make_label_variant(job.variant, job.configuration, table)
        except UsageError as error:
            problems.append(f"{', '.join(job.properties)}: {error}")
            continue
        other = meanings.setdefault(labelled.label, job)
        if other.variant != job.variant:
            problems.append(f"two variants have the label {labelled.label!r}: {other}, and {job}")
        jobs.append(evolve(job, dialect=dialect, labelled=labelled))
    if problems:
        lines = "".join(f"\n  {problem}" for problem in dict.fromkeys(problems))
        raise InvalidDeclarationError(
            f"there can be no label wheels (dialect = {dialect!r}):{lines}",
            "correct it, or build hash wheels (dialect = 'hash')",
        )
    return declaration.with_jobs(jobs)


def _check_label(label: str, features: tuple[FeatureValues, ...], seed: LabelMetadata) -> None:
    if not LABEL.fullmatch(label):
        raise UsageError(f"no label (only 0-9, a-z, _ and . may be in one): {label!r}", "choose another by --label")
    if (label == NULL_LABEL) != (not features):
        raise UsageError(
            f"the label {NULL_LABEL!r} is that of the variant without properties, and of no other: {label!r}",
            "name properties with -p, or another label",
        )
    if label in seed.variants and seed.variants[label] != features:
        raise UsageError(
            f"[variant.variants] says that {label!r} stands for {', '.join(map(str, seed.variants[label]))}",
            "use these properties, or another label",
        )
