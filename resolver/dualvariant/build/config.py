"""What a package declares about its builds, read and checked as a whole.

``[tool.variantlib.build]`` in the package's ``pyproject.toml``, or the same table in a file of its own for a project
that cannot be edited::

    [tool.variantlib.build]
    cflags = ["-O3", "-fno-math-errno"]     # for every build; also cxxflags (default: cflags), ldflags

    [tool.variantlib.build.linux_x86_64]    # one table for each platform
    variants = [
        "x86_64 :: level :: v3",                                # a variant of one property,
        ["x86_64 :: level :: v3", "x86_64 :: avx512bf16 :: on"],  # or of several,
        "fast",                                                 # or a configuration that has a name
    ]
    matrix = ["x86_64 :: level = v3,v4", "blas :: kind = mkl,openblas"]   # a cross product
    exclude = [["x86_64 :: level :: v4", "blas :: kind :: openblas"]]     # of which this is left out

    [tool.variantlib.build.configurations.fast]
    properties = ["x86_64 :: level :: v4", "x86_64 :: avx512_bf16 :: on"]
    cflags = ["-funroll-loops"]

    [[tool.variantlib.build.overrides]]     # for every variant that has these properties
    select = "blas :: kind :: mkl"
    environment = { BLAS = "mkl" }
    config-settings = { "cmake.define.BLA_VENDOR" = "Intel10_64lp" }
    build-requires = ["mkl-devel"]
    dependencies = ["mkl"]

Each platform gets a standard wheel and one wheel for each variant. What a property means for a
compiler is its provider's knowledge, so none of the flags may choose an instruction set.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from dualvariant.build.job import PLATFORMS, Flags, Job, Settings, machine_flags
from dualvariant.build.matrix import Axis, cross_product, matches
from dualvariant.build.reading import Problems, read_settings, setting_keys
from dualvariant.errors import BadDataError, UsageError, did_you_mean
from variantlib.meta import VariantDescription, VariantMeta

__all__ = ["PLATFORMS", "Declaration", "Flags", "Job", "Settings", "from_matrix", "machine_flags", "parse", "read"]

TABLE = "tool.variantlib.build"

_BUILD_KEYS = ("backend", "backend-path", "configurations", "overrides")
_PLATFORM_KEYS = ("variants", "matrix", "exclude")


@frozen
class Configuration:
    """A variant that has a name.

    Args:
        variant: its properties.
        settings: what its build is told.
    """

    variant: VariantDescription
    settings: Settings


@frozen
class Override:
    """Settings for every variant that has some properties.

    Args:
        select: the properties; none of them selects the standard wheel alone.
        settings: what the builds are told.
    """

    select: tuple[VariantMeta, ...]
    settings: Settings

    def selects(self, variant: VariantDescription | None) -> bool:
        """Whether it is for this variant, or for the standard wheel."""
        return not self.select if variant is None else bool(self.select) and matches(variant, self.select)


@frozen
class Declaration:
    """A package's whole declaration.

    Args:
        jobs: every wheel, the standard wheel of each platform first.
        settings: what holds for each of them.
        configurations: the variants that have a name, whether a platform lists them or not.
        overrides: what holds for some variants.
        backend: the build backend that ``dualvariant.backend`` stands in front of; None if none is named.
        backend_path: where it is found, for a backend inside the source tree.
    """

    jobs: tuple[Job, ...]
    settings: Settings = field(factory=Settings, hash=False)
    configurations: Mapping[str, Configuration] = field(factory=dict, hash=False)
    overrides: tuple[Override, ...] = field(default=(), hash=False)
    backend: str | None = None
    backend_path: tuple[str, ...] = ()

    @property
    def flags(self) -> Flags:
        """What is added to every build's flags."""
        return self.settings.flags

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
        return self.with_jobs(job for job in self.jobs if not platforms or job.platform in platforms)

    def named(self, names: Sequence[str]) -> Declaration:
        """The wheels that are named: by job, label, property, configuration, or ``standard``; all if none is named.

        Raises:
            UsageError: nothing of that name is declared.
        """
        chosen: dict[Job, None] = {}
        for name in names:
            found = [job for job in self.jobs if name in names_of(job)]
            if not found:
                known = dict.fromkeys(known for job in self.jobs for known in names_of(job))
                raise UsageError(
                    f"no wheel of that name is declared (--only): {name!r}",
                    did_you_mean(name, known) or "--list shows what is declared",
                )
            chosen.update(dict.fromkeys(found))
        return self.with_jobs(job for job in self.jobs if not names or job in chosen)

    def with_jobs(self, jobs: Iterable[Job]) -> Declaration:
        """The same declaration with other wheels."""
        return evolve(self, jobs=tuple(jobs))

    def tested_by(self, command: str, requires: Sequence[str]) -> Declaration:
        """The same wheels, each tried by this command."""
        more = Settings(test_command=command, test_requires=tuple(requires))
        return self.with_jobs(job.with_settings(job.settings.under(more)) for job in self.jobs)

    def job(self, platform: str, variant: VariantDescription | None, configuration: str | None = None) -> Job:
        """A wheel that need not be listed, with all that is declared for wheels like it."""
        return _Wheels(self.settings, {}, self.configurations, self.overrides).job(platform, variant, configuration)


def names_of(job: Job) -> list[str]:
    """What ``--only`` may call a wheel."""
    names = [job.name, job.label or "standard", ", ".join(job.properties)]
    return [name for name in (*names, job.configuration or "") if name]


@frozen
class _Wheels:
    """Makes jobs of variants: what is declared for a wheel, from the general to the particular."""

    settings: Settings
    platforms: Mapping[str, Settings]
    configurations: Mapping[str, Configuration]
    overrides: Sequence[Override]

    def job(self, platform: str, variant: VariantDescription | None, configuration: str | None = None) -> Job:
        settings = self.settings.under(self.platforms.get(platform, Settings()))
        described = configuration is not None
        for override in self.overrides:
            if override.selects(variant):
                settings = settings.under(override.settings)
                described = True
        if configuration is not None:
            settings = settings.under(self.configurations[configuration].settings)
        return Job(platform, variant, settings, configuration, described)


def read(file: Path, *, whole: bool = False) -> Declaration:
    """The declaration in a ``pyproject.toml``, or in a file of its own.

    Args:
        file: the file.
        whole: the file is nothing but a declaration; the table's name may then be left out.

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
        document = tomllib.loads(file.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        if whole:
            raise UsageError(f"no such file (--config): {str(file)!r}") from None
        raise UsageError(f"no source tree (there is no pyproject.toml): {str(file.parent)!r}") from None
    except ValueError as error:
        raise BadDataError(f"unreadable ({error}): {str(file)!r}") from error
    if whole and "tool" not in document:
        for name in reversed(TABLE.split(".")):
            document = {name: document}
    return declared(document, str(file))


def declared(document: Mapping[str, Any], place: str, *, matrix: bool = False) -> Declaration:
    """The declaration in a parsed document.

    Args:
        document: a ``pyproject.toml``.
        place: what it is called in messages.
        matrix: whether the command line says what to build, so that no platform need be declared.

    Raises:
        BadDataError: it has problems: all of them, each with its path.
    """
    problems: list[str] = []
    declaration = parse(document, problems, platforms_needed=not matrix)
    _refuse(problems, place)
    return declaration


def _refuse(problems: Sequence[str], place: str) -> None:
    if problems:
        lines = "".join(f"\n  {problem}" for problem in problems)
        raise BadDataError(
            f"[{TABLE}] cannot be used, in {place!r}:{lines}",
            "'dualvariant build --list' shows what a declaration means and builds nothing",
        )


def has_table(document: Mapping[str, Any]) -> bool:
    """Whether a parsed ``pyproject.toml`` declares builds."""
    return isinstance(_table(document), dict)


def _table(document: Mapping[str, Any]) -> Any:
    table: Any = document
    for name in TABLE.split("."):
        table = table.get(name) if isinstance(table, dict) else None
    return table


def parse(document: Mapping[str, Any], problems: list[str], *, platforms_needed: bool = True) -> Declaration:
    """The declaration in a parsed ``pyproject.toml``; what is wrong with it is added to ``problems``."""
    table = _table(document)
    if not isinstance(table, dict):
        problems.append(
            f"{TABLE}: there is no such table; it needs one for each platform, for example\n"
            f'    [{TABLE}.linux_x86_64]\n    variants = ["x86_64 :: level :: v3"]\n'
            f"    or say it on the command line: --matrix 'x86_64 :: level = v3,v4'"
        )
        return Declaration(())
    reader = Problems(problems)
    reader.unknown(table, (*setting_keys(), *_BUILD_KEYS, *PLATFORMS), TABLE)
    platforms = [platform for platform in PLATFORMS if platform in table]
    backend, backend_path = _backend(table, reader)
    if not platforms and platforms_needed and backend is None:
        problems.append(f"{TABLE}: it names no platform ({', '.join(PLATFORMS)})")
    settings = read_settings(table, TABLE, reader)
    configurations = _configurations(table, reader)
    overrides = _overrides(table, reader)
    tables = {platform: table[platform] for platform in platforms}
    own: dict[str, Settings] = {}
    for platform, said in tables.items():
        path = f"{TABLE}.{platform}"
        if not isinstance(said, dict):
            problems.append(f"{path}: must be a table (it is not): {said!r}")
            continue
        reader.unknown(said, (*setting_keys(), *_PLATFORM_KEYS), path)
        own[platform] = read_settings(said, path, reader)
    wheels = _Wheels(settings, own, configurations, [override for _, override in overrides])
    jobs: list[Job] = []
    for platform, said in tables.items():
        jobs.append(wheels.job(platform, None))
        if isinstance(said, dict):
            jobs += _variants(platform, said, wheels, reader)
    if tables and not problems:
        for path, override in overrides:
            if not any(override.selects(job.variant) for job in jobs):
                problems.append(f"{path}.select: it selects no wheel")
    return Declaration(
        tuple(jobs), settings, configurations, tuple(override for _, override in overrides), backend, backend_path
    )


def _backend(table: Mapping[str, Any], reader: Problems) -> tuple[str | None, tuple[str, ...]]:
    backend = table.get("backend")
    if backend is not None and not isinstance(backend, str):
        reader.add(f"{TABLE}.backend", "must be the name of a build backend", backend)
        backend = None
    if backend == "dualvariant.backend":
        reader.problems.append(f"{TABLE}.backend: it must name the project's real backend, not dualvariant's own")
    return backend, reader.strings(table, "backend-path", TABLE)


def _configurations(table: Mapping[str, Any], reader: Problems) -> dict[str, Configuration]:
    found: dict[str, Configuration] = {}
    tables = reader.table(table, "configurations", TABLE)
    for name, said in tables.items():
        path = f"{TABLE}.configurations.{name}"
        if "::" in name or name == "standard" or not name.strip():
            reader.problems.append(f"{path}: this name means something else; call the configuration otherwise")
        if not isinstance(said, dict):
            reader.problems.append(f"{path}: must be a table (it is not): {said!r}")
            continue
        reader.unknown(said, (*setting_keys(), "properties"), path)
        variant = _description(said.get("properties"), f"{path}.properties", reader)
        settings = read_settings(said, path, reader)
        if variant is not None:
            found[name] = Configuration(variant, settings)
    return found


def _overrides(table: Mapping[str, Any], reader: Problems) -> list[tuple[str, Override]]:
    found: list[tuple[str, Override]] = []
    listed = table.get("overrides", [])
    if not isinstance(listed, list):
        reader.problems.append(f"{TABLE}.overrides: must be a list of tables (it is not): {listed!r}")
        return found
    for position, said in enumerate(listed):
        path = f"{TABLE}.overrides[{position}]"
        if not isinstance(said, dict):
            reader.problems.append(f"{path}: must be a table (it is not): {said!r}")
            continue
        reader.unknown(said, (*setting_keys(), "select"), path)
        settings = read_settings(said, path, reader)
        if said.get("select") == "standard":
            found.append((path, Override((), settings)))
            continue
        variant = _description(said.get("select"), f"{path}.select", reader)
        if variant is not None:
            found.append((path, Override(tuple(variant.data), settings)))
    return found


def _variants(platform: str, said: Mapping[str, Any], wheels: _Wheels, reader: Problems) -> list[Job]:
    """One job for each variant that can be read: those listed, then those of the matrix."""
    path = f"{TABLE}.{platform}"
    jobs: list[Job] = []
    seen: dict[str, tuple[str, VariantDescription]] = {}
    listed = said.get("variants", [])
    if not isinstance(listed, list):
        reader.problems.append(f"{path}.variants: must be a list (it is not): {listed!r}")
        listed = []
    for position, value in enumerate(listed):
        where = f"{path}.variants[{position}]"
        name = value if isinstance(value, str) and "::" not in value else None
        if name is not None:
            known = wheels.configurations
            if name not in known:
                hint = did_you_mean(name, known) or "a property is 'provider :: key :: value'"
                reader.problems.append(f"{where}: no configuration of that name, {hint}: {name!r}")
                continue
            variant: VariantDescription | None = known[name].variant
        else:
            variant = _description(value, where, reader)
        if variant is not None and _first(variant, where, seen, reader):
            jobs.append(wheels.job(platform, variant, name))
    for where, variant in _products(said, path, reader):
        if _first(variant, where, seen, reader, again_is_wrong=False):
            jobs.append(wheels.job(platform, variant))
    return jobs


def _first(
    variant: VariantDescription,
    where: str,
    seen: dict[str, tuple[str, VariantDescription]],
    reader: Problems,
    *,
    again_is_wrong: bool = True,
) -> bool:
    """Whether a variant stands here for the first time; two of one hash are a problem."""
    other, same = seen.setdefault(variant.hexdigest, (where, variant))
    if same is variant:
        return True
    if same != variant:
        reader.problems.append(f"{where}: {other} has the same hash, {variant.hexdigest}")
    elif again_is_wrong:
        reader.problems.append(f"{where}: {other} is the same variant")
    return False


def _products(said: Mapping[str, Any], path: str, reader: Problems) -> list[tuple[str, VariantDescription]]:
    """The variants of a platform's cross products, less those that are excluded."""
    matrix = said.get("matrix", [])
    if not isinstance(matrix, list):
        reader.problems.append(
            f"{path}.matrix: must be a list of 'provider :: key = value,value' (it is not): {matrix!r}"
        )
        return []
    products = matrix if matrix and all(isinstance(part, list) for part in matrix) else [matrix] if matrix else []
    found: list[tuple[str, VariantDescription]] = []
    for number, axes in enumerate(products):
        where = f"{path}.matrix[{number}]" if products is matrix else f"{path}.matrix"
        read_axes = [_axis(text, f"{where}[{position}]", reader) for position, text in enumerate(axes)]
        try:
            found += [(where, variant) for variant in cross_product([axis for axis in read_axes if axis])]
        except ValueError as error:
            reader.problems.append(f"{where}: {error}")
    return excluded(found, said.get("exclude", []), f"{path}.exclude", reader)


def _axis(text: Any, where: str, reader: Problems) -> Axis | None:
    try:
        if not isinstance(text, str):
            raise ValueError(f"must be 'provider :: key = value,value' (it is not): {text!r}")
        axis = Axis.from_str(text)
    except ValueError as error:
        reader.problems.append(f"{where}: {error}")
        return None
    reader.problems += [
        f"{where}: {NATIVE}: {str(choice)!r}" for choice in axis.choices if choice and choice.value == "native"
    ]
    return axis


def excluded(
    found: Sequence[tuple[str, VariantDescription]], listed: Any, path: str, reader: Problems
) -> list[tuple[str, VariantDescription]]:
    """The variants that no exclusion is for; an exclusion that is for none is a problem."""
    if not isinstance(listed, list):
        reader.problems.append(f"{path}: must be a list (it is not): {listed!r}")
        return list(found)
    kept = list(found)
    for position, value in enumerate(listed):
        pattern = _description(value, f"{path}[{position}]", reader)
        if pattern is None:
            continue
        if not any(matches(variant, pattern) for _, variant in found):
            reader.problems.append(f"{path}[{position}]: it excludes nothing: {value!r}")
        kept = [(where, variant) for where, variant in kept if not matches(variant, pattern)]
    return kept


NATIVE = "a label cannot say 'native': which machine that was is known to nobody who installs the wheel"


def _description(value: Any, where: str, reader: Problems) -> VariantDescription | None:
    properties = [value] if isinstance(value, str) else value
    if not isinstance(properties, list) or not all(isinstance(text, str) for text in properties):
        reader.problems.append(f"{where}: must be a property or a list of them (it is neither): {value!r}")
        return None
    try:
        description = VariantDescription.from_strings(properties)
    except ValueError as error:
        reader.problems.append(f"{where}: {error}")
        return None
    reader.problems += [f"{where}: {NATIVE}: {str(meta)!r}" for meta in description if meta.value == "native"]
    return description


def from_matrix(
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
    problems: list[str] = []
    reader = Problems(problems)
    found: list[tuple[str, VariantDescription]] = []
    parsed = [axis for axis in (_axis(text, "--matrix", reader) for text in axes) if axis]
    try:
        found = [("--matrix", variant) for variant in cross_product(parsed)]
    except ValueError as error:
        problems.append(f"--matrix: {error}")
    lists = [[part.strip() for part in text.split(",")] for text in exclude]
    found = excluded(found, lists, "--exclude", reader) if not problems else []
    for platform in platforms:
        if platform not in PLATFORMS:
            problems.append(f"--platform: unknown, {did_you_mean(platform, PLATFORMS) or PLATFORMS}: {platform!r}")
    seen: dict[str, tuple[str, VariantDescription]] = {}
    found = [(where, variant) for where, variant in found if _first(variant, where, seen, reader, again_is_wrong=False)]
    if problems:
        raise UsageError("\n  ".join(["the matrix cannot be used:", *problems]) if len(problems) > 1 else problems[0])
    jobs: list[Job] = []
    for platform in platforms:
        jobs.append(declaration.job(platform, None))
        jobs += [declaration.job(platform, variant) for _, variant in found]
    return declaration.with_jobs(jobs)
