"""What one call of ``dualvariant build`` builds: a selection of a declaration, or a matrix in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from attrs import evolve

from dualvariant.builder.declaration.benchmark import Benchmark
from dualvariant.builder.declaration.label_table import label_jobs, parse_variant_table
from dualvariant.builder.declaration.model import Declaration
from dualvariant.builder.declaration.parse import has_table, parse_declaration, read_declaration
from dualvariant.builder.declaration.variants import expand_matrix
from dualvariant.core.errors import UsageError
from dualvariant.core.platforms import LINUX_PLATFORMS, find_host_platform, get_platform
from dualvariant.core.report import Reporter

__all__ = ["BuildRequest", "TooManyWheelsError", "check_count", "keep_buildable", "resolve_request"]


class TooManyWheelsError(UsageError):
    """More wheels are declared than the limit allows."""

    code = "too-many-wheels"


class BuildRequest(NamedTuple):
    """What to build.

    Args:
        config: a file with the declaration, in place of the project's own.
        matrix: ``provider :: key = value,value`` each; variants in place of the declared ones.
        exclude: properties, separated by commas: combinations that a matrix leaves out.
        platforms: the names of platforms; all that are declared if there are none.
        only: names of wheels; all if there are none.
        test_command: a test for every wheel.
        test_requires: its requirements.
        dialect: which wheels variants become, in place of what is declared.
        bench: a command that compares the wheels, in place of the declared one.
        bench_requires: its requirements.
        bench_seconds: how long it may take.
    """

    config: Path | None = None
    matrix: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    test_command: str | None = None
    test_requires: tuple[str, ...] = ()
    dialect: str | None = None
    bench: str | None = None
    bench_requires: tuple[str, ...] = ()
    bench_seconds: float | None = None


def resolve_request(request: BuildRequest, pyproject: Mapping[str, Any], place: str) -> Declaration:
    """The declaration with the wheels that are to be built.

    Args:
        request: the selection.
        pyproject: the document in the project's ``pyproject.toml``.
        place: what messages call that file.

    Raises:
        UsageError: the request contradicts itself or the declaration.
        BadDataError: the declaration has problems.
    """
    if request.exclude and not request.matrix:
        raise UsageError("--exclude needs --matrix", "in a declaration, 'exclude' is a key beside 'matrix'")
    if request.test_requires and request.test_command is None:
        raise UsageError("--test-requires needs --test-command", "name the command that has these requirements")
    if request.bench_requires and request.bench is None:
        raise UsageError("--bench-requires needs --bench", "name the command that has these requirements")
    declaration = _find_declaration(request, pyproject, place)
    if request.matrix:
        platforms = request.platforms or (find_host_platform() or LINUX_PLATFORMS[0],)
        declaration = expand_matrix(declaration, request.matrix, request.exclude, platforms)
    else:
        declaration = declaration.select_platforms(request.platforms)
    dialect = request.dialect or declaration.dialect
    if dialect != "hash":
        declaration = label_jobs(declaration, dialect, parse_variant_table(pyproject, place))
    declaration = declaration.select_wheels(request.only)
    if request.test_command is not None:
        declaration = declaration.with_test(request.test_command, request.test_requires)
    return evolve(declaration, benchmark=_find_benchmark(request, declaration))


def _find_benchmark(request: BuildRequest, declaration: Declaration) -> Benchmark | None:
    """What compares the chosen wheels; a declared benchmark needs the standard wheel among them, or is left out."""
    benchmark = declaration.benchmark
    if request.bench is not None:
        benchmark = Benchmark(request.bench, request.bench_requires)
    if request.bench_seconds is not None:
        if benchmark is None:
            raise UsageError("--bench-seconds needs a benchmark", "--bench names one, and so does a declaration")
        benchmark = benchmark._replace(seconds=request.bench_seconds)
    if request.only and all(job.variant is not None for job in declaration.jobs):
        if request.bench is not None:
            raise UsageError(
                "--bench compares variants with the standard wheel, and --only leaves that out",
                "add --only standard",
            )
        return None
    return benchmark


def _find_declaration(request: BuildRequest, pyproject: Mapping[str, Any], place: str) -> Declaration:
    if request.config is not None:
        return read_declaration(request.config, whole=True)
    if request.matrix and not has_table(pyproject):
        return Declaration(())
    return parse_declaration(pyproject, place, matrix=bool(request.matrix))


def keep_buildable(declaration: Declaration, platforms: Sequence[str], reporter: Reporter) -> Declaration:
    """The wheels that ``dualvariant build`` builds itself, without those that only cibuildwheel builds.

    Args:
        declaration: what is to be built.
        platforms: the platforms that the user named.
        reporter: hears which wheels are left out.

    Raises:
        UsageError: the user named a platform that is left out, or nothing is left.
    """
    others = [job.platform for job in declaration.jobs if job.platform not in LINUX_PLATFORMS]
    if others and (platforms or len(others) == len(declaration.jobs)):
        raise UsageError(
            f"wheels for {others[0]} are not built here",
            f"use --cibuildwheel on such a machine; {_name_repair_tools(others[:1])}",
        )
    if others:
        reporter.note(
            f"not built here: {', '.join(dict.fromkeys(others))} (--cibuildwheel builds them on such machines; "
            f"{_name_repair_tools(others)})"
        )
    return declaration.with_jobs(job for job in declaration.jobs if job.platform in LINUX_PLATFORMS)


def _name_repair_tools(platforms: Sequence[str]) -> str:
    tools = {platform: get_platform(platform).repair_tool for platform in platforms}
    return ", ".join(f"{tool} repairs wheels for {platform}" for platform, tool in tools.items())


def check_count(declaration: Declaration, limit: int) -> None:
    """Refuse to build more wheels than the limit.

    Raises:
        TooManyWheelsError: there are more.
    """
    count = len(declaration.jobs)
    if count > limit:
        raise TooManyWheelsError(
            f"{count} wheels are more than {limit}",
            f"--list shows them; --max-wheels {count} builds all of them",
        )
