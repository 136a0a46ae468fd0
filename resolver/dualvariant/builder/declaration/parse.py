"""Read a package's declaration of its builds, and report all problems of it at once.

``[tool.variantlib.build]`` in the package's ``pyproject.toml``, or the same table in a file of its own for a project
that cannot be edited::

    [tool.variantlib.build]
    cflags = ["-O3", "-fno-math-errno"]     # for every build; also cxxflags (default: cflags), ldflags
    dialect = "both"                        # hash wheels (the default), label wheels, or both of one compilation

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

    [[tool.variantlib.build.audit.allow]]   # code beyond the label that the package chooses when it runs
    file = "pkg/kernels_avx512.*.so"
    feature = "avx512f"
    reason = "pkg.kernels imports it after it has looked at CPUID"

Each platform gets a standard wheel and one wheel for each variant. The provider of a property knows its compiler
flags, so none of the declared flags may choose an instruction set.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve

from dualvariant.audit.declared import Declared
from dualvariant.builder.declaration import benchmark
from dualvariant.builder.declaration.job import BuildSettings, Job
from dualvariant.builder.declaration.model import Configuration, Declaration, JobFactory, Override
from dualvariant.builder.declaration.settings import Diagnostics, list_setting_keys, read_settings
from dualvariant.builder.declaration.variants import read_description, read_variants
from dualvariant.core.errors import BadDataError, UnreadableFileError, UsageError
from dualvariant.core.platforms import PLATFORM_NAMES
from dualvariant.core.toml import read_toml
from variantlib.variant_names import find_name_flaw

__all__ = ["DIALECTS", "InvalidDeclarationError", "has_table", "parse_declaration", "read_declaration"]

TABLE = "tool.variantlib.build"

_BUILD_KEYS = ("audit", "backend", "backend-path", *benchmark.KEYS, "configurations", "dialect", "overrides")
#: The values of ``dialect``.
DIALECTS = ("hash", "label", "both")
_PLATFORM_KEYS = ("variants", "matrix", "exclude")


class InvalidDeclarationError(BadDataError):
    """A declaration that cannot be used; the message lists every problem with its path."""

    code = "invalid-declaration"


def read_declaration(file: Path, *, whole: bool = False) -> Declaration:
    """The declaration in a ``pyproject.toml``, or in a file of its own.

    Args:
        file: the file.
        whole: the file is nothing but a declaration; the table's name may then be left out.

    Raises:
        UsageError: there is no such file.
        UnreadableFileError: it cannot be read.
        InvalidTomlError: it is not TOML.
        InvalidDeclarationError: the declaration has problems.
    """
    try:
        document = read_toml(file)
    except (FileNotFoundError, NotADirectoryError):
        if whole:
            raise UsageError(f"no such file (--config): {str(file)!r}", "name an existing file") from None
        raise UsageError(
            f"no source tree (there is no pyproject.toml): {str(file.parent)!r}",
            "name the folder that holds the project's pyproject.toml",
        ) from None
    except OSError as error:
        raise UnreadableFileError(
            f"the declaration cannot be read ({error.strerror}): {str(file)!r}", "name a pyproject.toml"
        ) from error
    if whole and "tool" not in document:
        for name in reversed(TABLE.split(".")):
            document = {name: document}
    return parse_declaration(document, str(file))


def parse_declaration(document: Mapping[str, Any], place: str, *, matrix: bool = False) -> Declaration:
    """The declaration in a parsed document.

    Args:
        document: a ``pyproject.toml``.
        place: what it is called in messages.
        matrix: whether the command line says what to build, so that no platform need be declared.

    Raises:
        InvalidDeclarationError: it has problems.
    """
    diagnostics = Diagnostics()
    declaration = _read_table(document, diagnostics, platforms_needed=not matrix)
    if diagnostics.problems:
        lines = "".join(f"\n  {problem}" for problem in diagnostics.problems)
        raise InvalidDeclarationError(
            f"[{TABLE}] cannot be used, in {place!r}:{lines}",
            "correct it; 'dualvariant build --list' shows what a declaration means and builds nothing",
        )
    return declaration


def has_table(document: Mapping[str, Any]) -> bool:
    """Whether a parsed ``pyproject.toml`` declares builds."""
    return isinstance(_table(document), dict)


def _table(document: Mapping[str, Any]) -> Any:
    table: Any = document
    for name in TABLE.split("."):
        table = table.get(name) if isinstance(table, dict) else None
    return table


def _read_table(document: Mapping[str, Any], diagnostics: Diagnostics, *, platforms_needed: bool = True) -> Declaration:
    """The declaration, as far as it can be read."""
    problems = diagnostics.problems
    table = _table(document)
    if not isinstance(table, dict):
        problems.append(
            f"{TABLE}: there is no such table; it needs one for each platform, for example\n"
            f'    [{TABLE}.linux_x86_64]\n    variants = ["x86_64 :: level :: v3"]\n'
            f"    or say it on the command line: --matrix 'x86_64 :: level = v3,v4'"
        )
        return Declaration(())
    diagnostics.check_keys(table, (*list_setting_keys(), *_BUILD_KEYS, *PLATFORM_NAMES), TABLE)
    platforms = [platform for platform in PLATFORM_NAMES if platform in table]
    backend, backend_path = _backend(table, diagnostics)
    if not platforms and platforms_needed and backend is None:
        problems.append(f"{TABLE}: no platform is declared ({', '.join(PLATFORM_NAMES)})")
    settings = evolve(read_settings(table, TABLE, diagnostics), allow=_allow(table, diagnostics))
    configurations = _configurations(table, diagnostics)
    overrides = _overrides(table, diagnostics)
    tables = {platform: table[platform] for platform in platforms}
    own: dict[str, BuildSettings] = {}
    for platform, content in tables.items():
        path = f"{TABLE}.{platform}"
        if not isinstance(content, dict):
            problems.append(f"{path}: must be a table (it is not): {content!r}")
            continue
        diagnostics.check_keys(content, (*list_setting_keys(), *_PLATFORM_KEYS), path)
        own[platform] = read_settings(content, path, diagnostics)
    factory = JobFactory(settings, own, configurations, [override for _, override in overrides])
    jobs: list[Job] = []
    for platform, content in tables.items():
        jobs.append(factory.make_job(platform, None))
        if isinstance(content, dict):
            jobs += read_variants(platform, content, f"{TABLE}.{platform}", factory, diagnostics)
    if tables and not problems:
        for path, override in overrides:
            if not any(override.selects(job.variant) for job in jobs):
                problems.append(f"{path}.select: it selects no wheel")
    return Declaration(
        tuple(jobs),
        settings,
        configurations,
        tuple(override for _, override in overrides),
        backend,
        backend_path,
        _dialect(table, diagnostics),
        benchmark.read_benchmark(table, TABLE, diagnostics),
    )


def _allow(table: Mapping[str, Any], diagnostics: Diagnostics) -> tuple[Declared, ...]:
    """The tables ``[[audit.allow]]``: file, feature and reason, each a string that is not empty."""
    path = f"{TABLE}.audit"
    audit = diagnostics.read_table(table, "audit", TABLE)
    diagnostics.check_keys(audit, ("allow",), path)
    found: list[Declared] = []
    listed = audit.get("allow", [])
    if not isinstance(listed, list):
        diagnostics.add_wrong_value(f"{path}.allow", "must be a list of tables", listed)
        return ()
    names = ("file", "feature", "reason")
    for position, content in enumerate(listed):
        where = f"{path}.allow[{position}]"
        if not isinstance(content, dict):
            diagnostics.add_wrong_value(where, "must be a table", content)
            continue
        diagnostics.check_keys(content, names, where)
        values = [content.get(name) for name in names]
        if all(isinstance(value, str) and value.strip() for value in values):
            found.append(Declared(*map(str, values)))
        else:
            diagnostics.problems.append(f"{where}: it needs 'file', 'feature' and 'reason', each a text")
    return tuple(found)


def _dialect(table: Mapping[str, Any], diagnostics: Diagnostics) -> str:
    dialect = table.get("dialect", DIALECTS[0])
    if dialect in DIALECTS:
        return str(dialect)
    diagnostics.add_wrong_value(f"{TABLE}.dialect", f"must be one of {', '.join(DIALECTS)}", dialect)
    return DIALECTS[0]


def _backend(table: Mapping[str, Any], diagnostics: Diagnostics) -> tuple[str | None, tuple[str, ...]]:
    backend = table.get("backend")
    if backend is not None and not isinstance(backend, str):
        diagnostics.add_wrong_value(f"{TABLE}.backend", "must be the name of a build backend", backend)
        backend = None
    if backend == "dualvariant.backend":
        diagnostics.problems.append(f"{TABLE}.backend: it must name the project's real backend, not dualvariant's own")
    return backend, diagnostics.read_strings(table, "backend-path", TABLE)


def _configurations(table: Mapping[str, Any], diagnostics: Diagnostics) -> dict[str, Configuration]:
    found: dict[str, Configuration] = {}
    tables = diagnostics.read_table(table, "configurations", TABLE)
    for name, content in tables.items():
        path = f"{TABLE}.configurations.{name}"
        flaw = find_name_flaw(name)
        if flaw is not None:
            diagnostics.problems.append(
                f"{path}: the name {flaw}; users ask for it by --variant, and it is the label of a label wheel"
            )
        if not isinstance(content, dict):
            diagnostics.problems.append(f"{path}: must be a table (it is not): {content!r}")
            continue
        diagnostics.check_keys(content, (*list_setting_keys(), "properties"), path)
        variant = read_description(content.get("properties"), f"{path}.properties", diagnostics)
        settings = read_settings(content, path, diagnostics)
        if variant is not None:
            found[name] = Configuration(variant, settings)
    return found


def _overrides(table: Mapping[str, Any], diagnostics: Diagnostics) -> list[tuple[str, Override]]:
    found: list[tuple[str, Override]] = []
    listed = table.get("overrides", [])
    if not isinstance(listed, list):
        diagnostics.problems.append(f"{TABLE}.overrides: must be a list of tables (it is not): {listed!r}")
        return found
    for position, content in enumerate(listed):
        path = f"{TABLE}.overrides[{position}]"
        if not isinstance(content, dict):
            diagnostics.problems.append(f"{path}: must be a table (it is not): {content!r}")
            continue
        diagnostics.check_keys(content, (*list_setting_keys(), "select"), path)
        settings = read_settings(content, path, diagnostics)
        if content.get("select") == "standard":
            found.append((path, Override((), settings)))
            continue
        variant = read_description(content.get("select"), f"{path}.select", diagnostics)
        if variant is not None:
            found.append((path, Override(tuple(variant.data), settings)))
    return found
