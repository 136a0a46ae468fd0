"""The variants of a platform: those listed, those of its cross products, or those of the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dualvariant.builder.declaration.job import Job
from dualvariant.builder.declaration.matrix import Axis, cross_product, matches
from dualvariant.builder.declaration.model import Declaration, JobFactory
from dualvariant.builder.declaration.settings import Diagnostics
from dualvariant.core.errors import UsageError, did_you_mean
from dualvariant.core.platforms import PLATFORM_NAMES
from variantlib.meta import VariantDescription

__all__ = ["expand_matrix", "read_description", "read_variants"]

#: Where each variant was table first, by its hash.
_Seen = dict[str, tuple[str, VariantDescription]]

_NATIVE = "a label cannot say 'native': users of the wheel cannot know which machine that was"


def read_description(value: Any, where: str, diagnostics: Diagnostics) -> VariantDescription | None:
    """A property, or a list of them; None, and a problem, if it is neither."""
    properties = [value] if isinstance(value, str) else value
    if not isinstance(properties, list) or not all(isinstance(text, str) for text in properties):
        diagnostics.problems.append(f"{where}: must be a property or a list of them (it is neither): {value!r}")
        return None
    try:
        description = VariantDescription.from_strings(properties)
    except ValueError as error:
        diagnostics.problems.append(f"{where}: {error}")
        return None
    diagnostics.problems += [f"{where}: {_NATIVE}: {str(meta)!r}" for meta in description if meta.value == "native"]
    return description


def read_variants(
    platform: str, table: Mapping[str, Any], path: str, factory: JobFactory, diagnostics: Diagnostics
) -> list[Job]:
    """One job for each variant that can be read: those listed, then those of the matrix."""
    jobs: list[Job] = []
    seen: _Seen = {}
    listed = table.get("variants", [])
    if not isinstance(listed, list):
        diagnostics.problems.append(f"{path}.variants: must be a list (it is not): {listed!r}")
        listed = []
    for position, value in enumerate(listed):
        where = f"{path}.variants[{position}]"
        name = value if isinstance(value, str) and "::" not in value else None
        if name is not None:
            known = factory.configurations
            if name not in known:
                hint = did_you_mean(name, known) or "a property is 'provider :: key :: value'"
                diagnostics.problems.append(f"{where}: no configuration of that name, {hint}: {name!r}")
                continue
            variant: VariantDescription | None = known[name].variant
        else:
            variant = read_description(value, where, diagnostics)
        if variant is not None and _is_first(variant, where, seen, diagnostics):
            jobs.append(factory.make_job(platform, variant, name))
    for where, variant in _read_products(table, path, diagnostics):
        if _is_first(variant, where, seen, diagnostics, again_is_wrong=False):
            jobs.append(factory.make_job(platform, variant))
    return jobs


def expand_matrix(
    declaration: Declaration, axes: Sequence[str], exclude: Sequence[str], platforms: Sequence[str]
) -> Declaration:
    """A declaration whose variants are a cross product of the command line.

    Args:
        declaration: what else is declared.
        axes: ``provider :: key = value,value`` each.
        exclude: properties with commas between them each.
        platforms: what to build for.

    Raises:
        UsageError: one of them cannot be used: all problems, each with its option.
    """
    diagnostics = Diagnostics()
    problems = diagnostics.problems
    found: list[tuple[str, VariantDescription]] = []
    parsed = [axis for axis in (_read_axis(text, "--matrix", diagnostics) for text in axes) if axis]
    try:
        found = [("--matrix", variant) for variant in cross_product(parsed)]
    except ValueError as error:
        problems.append(f"--matrix: {error}")
    lists = [[part.strip() for part in text.split(",")] for text in exclude]
    found = _apply_exclusions(found, lists, "--exclude", diagnostics) if not problems else []
    for platform in platforms:
        if platform not in PLATFORM_NAMES:
            problems.append(
                f"--platform: unknown, {did_you_mean(platform, PLATFORM_NAMES) or PLATFORM_NAMES}: {platform!r}"
            )
    seen: _Seen = {}
    found = [
        (where, variant)
        for where, variant in found
        if _is_first(variant, where, seen, diagnostics, again_is_wrong=False)
    ]
    if problems:
        message = "\n  ".join(["the matrix cannot be used:", *problems]) if len(problems) > 1 else problems[0]
        raise UsageError(message, "as in --matrix 'x86_64 :: level = v3,v4' --exclude 'x86_64 :: level :: v4'")
    jobs: list[Job] = []
    for platform in platforms:
        jobs.append(declaration.make_job(platform, None))
        jobs += [declaration.make_job(platform, variant) for _, variant in found]
    return declaration.with_jobs(jobs)


def _is_first(
    variant: VariantDescription,
    where: str,
    seen: _Seen,
    diagnostics: Diagnostics,
    *,
    again_is_wrong: bool = True,
) -> bool:
    """Whether a variant is declared here for the first time; two variants of one hash are a problem."""
    other, same = seen.setdefault(variant.hexdigest, (where, variant))
    if same is variant:
        return True
    if same != variant:
        diagnostics.problems.append(f"{where}: {other} has the same hash, {variant.hexdigest}")
    elif again_is_wrong:
        diagnostics.problems.append(f"{where}: {other} is the same variant")
    return False


def _read_products(
    table: Mapping[str, Any], path: str, diagnostics: Diagnostics
) -> list[tuple[str, VariantDescription]]:
    """The variants of a platform's cross products, less those that are excluded."""
    matrix = table.get("matrix", [])
    if not isinstance(matrix, list):
        diagnostics.problems.append(
            f"{path}.matrix: must be a list of 'provider :: key = value,value' (it is not): {matrix!r}"
        )
        return []
    products = matrix if matrix and all(isinstance(part, list) for part in matrix) else [matrix] if matrix else []
    found: list[tuple[str, VariantDescription]] = []
    for number, axes in enumerate(products):
        where = f"{path}.matrix[{number}]" if products is matrix else f"{path}.matrix"
        read_axes = [_read_axis(text, f"{where}[{position}]", diagnostics) for position, text in enumerate(axes)]
        try:
            found += [(where, variant) for variant in cross_product([axis for axis in read_axes if axis])]
        except ValueError as error:
            diagnostics.problems.append(f"{where}: {error}")
    return _apply_exclusions(found, table.get("exclude", []), f"{path}.exclude", diagnostics)


def _read_axis(text: Any, where: str, diagnostics: Diagnostics) -> Axis | None:
    try:
        if not isinstance(text, str):
            raise ValueError(f"must be 'provider :: key = value,value' (it is not): {text!r}")
        axis = Axis.from_str(text)
    except ValueError as error:
        diagnostics.problems.append(f"{where}: {error}")
        return None
    diagnostics.problems += [
        f"{where}: {_NATIVE}: {str(choice)!r}" for choice in axis.choices if choice and choice.value == "native"
    ]
    return axis


def _apply_exclusions(
    found: Sequence[tuple[str, VariantDescription]], listed: Any, path: str, diagnostics: Diagnostics
) -> list[tuple[str, VariantDescription]]:
    """The variants that no exclusion is for; an exclusion that is for none is a problem."""
    if not isinstance(listed, list):
        diagnostics.problems.append(f"{path}: must be a list (it is not): {listed!r}")
        return list(found)
    kept = list(found)
    for position, value in enumerate(listed):
        pattern = read_description(value, f"{path}[{position}]", diagnostics)
        if pattern is None:
            continue
        if not any(matches(variant, pattern) for _, variant in found):
            diagnostics.problems.append(f"{path}[{position}]: it excludes nothing: {value!r}")
        kept = [(where, variant) for where, variant in kept if not matches(variant, pattern)]
    return kept
