"""What a package declares about its builds, read and checked as a whole.

``[tool.variantlib.build]`` in the package's ``pyproject.toml``::

    [tool.variantlib.build]
    cflags = ["-O3", "-fno-math-errno"]     # for every build; also cxxflags (default: cflags), ldflags

    [tool.variantlib.build.linux_x86_64]    # one table for each platform
    variants = [
        "x86_64 :: level :: v3",                                # a variant of one property,
        ["x86_64 :: level :: v3", "x86_64 :: avx512bf16 :: on"],  # or of several
    ]

Each platform gets a standard wheel and one wheel for each variant. What a property means for a
compiler is its provider's knowledge, so none of the flags may choose an instruction set.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import field, frozen

from dualvariant.errors import BadDataError, UsageError, did_you_mean
from variantlib.meta import VariantDescription

__all__ = ["PLATFORMS", "Declaration", "Flags", "Job", "machine_flags", "parse", "read"]

#: The platforms that wheels can be built for here, by their wheel tags.
PLATFORMS = ("linux_x86_64", "linux_aarch64")

#: The environment variables that carry flags, by the key that declares them.
VARIABLES = {"cflags": "CFLAGS", "cxxflags": "CXXFLAGS", "ldflags": "LDFLAGS"}

#: Flags by environment variable.
Flags = Mapping[str, tuple[str, ...]]

_TABLE = "tool.variantlib.build"
# Options that widen the instruction set; "-mno-…" and "-mtune=generic" only narrow or schedule it.
_INSTRUCTIONS = (
    "-march=", "-mcpu=", "-mavx", "-msse", "-mssse", "-mfma", "-mbmi", "-mf16c", "-mlzcnt",
    "-mabm", "-mpopcnt", "-mmovbe", "-maes", "-mpclmul", "-msha", "-mamx",
)  # fmt: skip
_BASELINES = ("-march=x86-64", "-march=armv8-a")


def machine_flags(flags: Sequence[str]) -> list[str]:
    """The flags among these that go beyond a standard wheel's instruction set, or to this host."""
    return [
        flag for flag in flags if (flag.startswith(_INSTRUCTIONS) and flag not in _BASELINES) or flag == "-mtune=native"
    ]


@frozen
class Job:
    """One wheel to be built.

    Args:
        platform: one of :data:`PLATFORMS`.
        variant: the properties it needs; None for the standard wheel.
    """

    platform: str
    variant: VariantDescription | None

    @property
    def label(self) -> str | None:
        """The hash in the wheel's file name; None for the standard wheel."""
        return None if self.variant is None else self.variant.hexdigest

    @property
    def name(self) -> str:
        """Tells the jobs of one build apart, and is fit for a file name."""
        return f"{self.platform}-{self.label or 'standard'}"

    def __str__(self) -> str:
        properties = "standard" if self.variant is None else ", ".join(self.variant.properties)
        return f"{self.platform}, {properties}"


@frozen
class Declaration:
    """A package's whole declaration.

    Args:
        jobs: every wheel, the standard wheel of each platform first.
        flags: what is added to each build's flags.
    """

    jobs: tuple[Job, ...]
    flags: Flags = field(hash=False)

    def only(self, platforms: Sequence[str]) -> Declaration:
        """The part that is for these platforms; all of it if none is named.

        Raises:
            UsageError: nothing is declared for one of them.
        """
        declared = list(dict.fromkeys(job.platform for job in self.jobs))
        for platform in platforms:
            if platform not in declared:
                raise UsageError(
                    f"no builds are declared for the platform: {platform!r}",
                    did_you_mean(platform, declared) or f"declared: {', '.join(declared)}",
                )
        jobs = tuple(job for job in self.jobs if not platforms or job.platform in platforms)
        return Declaration(jobs, self.flags)


def read(pyproject: Path) -> Declaration:
    """The declaration in a ``pyproject.toml``.

    Raises:
        UsageError: there is no such file.
        BadDataError: it is no TOML, or the declaration has problems: all of them, each with its
            path.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        document = tomllib.loads(pyproject.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"no source tree (there is no pyproject.toml): {str(pyproject.parent)!r}") from None
    except ValueError as error:
        raise BadDataError(f"unreadable ({error}): {str(pyproject)!r}") from error
    problems: list[str] = []
    declaration = parse(document, problems)
    if problems:
        lines = "".join(f"\n  {problem}" for problem in problems)
        raise BadDataError(
            f"[{_TABLE}] cannot be used, in {str(pyproject)!r}:{lines}",
            "'dualvariant build --list' shows what a declaration means and builds nothing",
        )
    return declaration


def parse(document: Mapping[str, Any], problems: list[str]) -> Declaration:
    """The declaration in a parsed ``pyproject.toml``; what is wrong with it is added to ``problems``."""
    table: Any = document
    for name in _TABLE.split("."):
        table = table.get(name) if isinstance(table, dict) else None
    if not isinstance(table, dict):
        problems.append(
            f"{_TABLE}: there is no such table; it needs one for each platform, for example\n"
            f'    [{_TABLE}.linux_x86_64]\n    variants = ["x86_64 :: level :: v3"]'
        )
        return Declaration((), {})
    known = (*VARIABLES, *PLATFORMS)
    problems += _unknown(table, known, _TABLE)
    platforms = [platform for platform in PLATFORMS if platform in table]
    if not platforms:
        problems.append(f"{_TABLE}: it names no platform ({', '.join(PLATFORMS)})")
    jobs: list[Job] = []
    for platform in platforms:
        jobs += _jobs(platform, table[platform], problems)
    return Declaration(tuple(jobs), _flags(table, problems))


def _unknown(table: Mapping[str, Any], known: Sequence[str], path: str) -> Iterator[str]:
    for name in table:
        if name not in known:
            hint = did_you_mean(name, known) or f"known: {', '.join(known)}"
            yield f"{path}.{name}: unknown key, {hint}"


def _flags(table: Mapping[str, Any], problems: list[str]) -> Flags:
    flags: dict[str, tuple[str, ...]] = {}
    for key, variable in VARIABLES.items():
        value = table.get(key, table.get("cflags", []) if key == "cxxflags" else [])
        if not isinstance(value, list) or not all(isinstance(flag, str) for flag in value):
            if key in table:
                problems.append(f"{_TABLE}.{key}: must be a list of strings (it is not): {value!r}")
            continue
        flags[variable] = tuple(value)
        if key in table:
            problems += (
                f"{_TABLE}.{key}: {flag!r} chooses an instruction set for every wheel, the "
                "standard one too; a property says that, as in 'x86_64 :: level :: v3'"
                for flag in machine_flags(value)
            )
    return flags


def _jobs(platform: str, table: Any, problems: list[str]) -> Iterator[Job]:
    """The standard wheel's job, then one for each variant that can be read."""
    path = f"{_TABLE}.{platform}"
    yield Job(platform, None)
    if not isinstance(table, dict):
        problems.append(f"{path}: must be a table (it is not): {table!r}")
        return
    problems += _unknown(table, ("variants",), path)
    variants = table.get("variants", [])
    if not isinstance(variants, list):
        problems.append(f"{path}.variants: must be a list (it is not): {variants!r}")
        return
    seen: dict[str, tuple[str, VariantDescription]] = {}
    for position, value in enumerate(variants):
        where = f"{path}.variants[{position}]"
        variant = _variant(value, where, problems)
        if variant is None:
            continue
        other, same = seen.setdefault(variant.hexdigest, (where, variant))
        if other == where:
            yield Job(platform, variant)
        elif same == variant:
            problems.append(f"{where}: {other} is the same variant")
        else:
            problems.append(f"{where}: {other} has the same hash, {variant.hexdigest}")


def _variant(value: Any, where: str, problems: list[str]) -> VariantDescription | None:
    properties = [value] if isinstance(value, str) else value
    if not isinstance(properties, list) or not all(isinstance(text, str) for text in properties):
        problems.append(f"{where}: must be a property or a list of them (it is neither): {value!r}")
        return None
    try:
        return VariantDescription.from_strings(properties)
    except ValueError as error:
        problems.append(f"{where}: {error}")
        return None
