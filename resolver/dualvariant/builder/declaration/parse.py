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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dualvariant.builder.declaration.job import PLATFORMS, Job, Settings
from dualvariant.builder.declaration.model import Configuration, Declaration, Override, Wheels
from dualvariant.builder.declaration.settings import Problems, read_settings, setting_keys
from dualvariant.builder.declaration.variants import read_description, read_variants
from dualvariant.core.errors import BadDataError, UsageError

__all__ = ["declared", "has_table", "parse", "read"]

TABLE = "tool.variantlib.build"

_BUILD_KEYS = ("backend", "backend-path", "configurations", "overrides")
_PLATFORM_KEYS = ("variants", "matrix", "exclude")


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
    wheels = Wheels(settings, own, configurations, [override for _, override in overrides])
    jobs: list[Job] = []
    for platform, said in tables.items():
        jobs.append(wheels.job(platform, None))
        if isinstance(said, dict):
            jobs += read_variants(platform, said, f"{TABLE}.{platform}", wheels, reader)
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
        variant = read_description(said.get("properties"), f"{path}.properties", reader)
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
        variant = read_description(said.get("select"), f"{path}.select", reader)
        if variant is not None:
            found.append((path, Override(tuple(variant.data), settings)))
    return found
