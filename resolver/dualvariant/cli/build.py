"""``dualvariant build``: a standard wheel and variant wheels from a source tree, an sdist or a name on an index."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dualvariant.cli._parser import Parser
from dualvariant.cli._table import table
from dualvariant.core.errors import UsageError, did_you_mean
from dualvariant.core.report import TerminalReporter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dualvariant.builder.declaration.job import Job
    from dualvariant.builder.declaration.model import Declaration
    from dualvariant.builder.run.outcome import Outcome
    from dualvariant.builder.run.source import Source

__all__ = ["main"]

#: How many wheels are built without --max-wheels.
MAX_WHEELS = 50


def main(arguments: list[str]) -> int:
    """Build the wheels and print their paths; exit 1 if one of them failed, or its label is not true."""
    options = _options(arguments)

    from dualvariant.builder.run.source import find_source

    with tempfile.TemporaryDirectory(prefix="dualvariant-source-") as folder:
        source = find_source(options.source, Path(folder))
        declaration = _declaration(options, source)
        if options.emit:
            from dualvariant.builder.run.ci_matrix import emit

            print(emit(options.emit, declaration.jobs, _repeated(arguments)), end="")
            return 0
        if options.list:
            _print_jobs(declaration.jobs, as_json=options.json)
            return 0
        if options.output is None:
            raise UsageError("no folder for the wheels was named", "-o DIR names it; --list needs none")
        _refuse_too_many(declaration, options.max_wheels)
        return _build(options, source, declaration)


def _declaration(options: Any, source: Source) -> Declaration:
    """What is to be built, by the declaration and the command line."""
    from dualvariant.builder.declaration import parse as config
    from dualvariant.builder.declaration.job import LINUX
    from dualvariant.builder.declaration.model import Declaration
    from dualvariant.builder.declaration.variants import from_matrix
    from dualvariant.builder.toolchain.compilers import host_platform

    if options.config is not None:
        declaration = config.read(options.config, whole=True)
    elif options.matrix and not config.has_table(source.pyproject):
        declaration = Declaration(())
    else:
        declaration = config.declared(source.pyproject, source.place, matrix=bool(options.matrix))
    if options.matrix:
        platforms = options.platforms or [host_platform() or "linux_x86_64"]
        declaration = from_matrix(declaration, options.matrix, options.exclude, platforms)
    elif options.exclude:
        raise UsageError("--exclude goes with --matrix", "in a declaration, 'exclude' stands beside 'matrix'")
    else:
        declaration = declaration.only(options.platforms)
    declaration = declaration.named(options.only)
    if options.test_command is not None:
        declaration = declaration.tested_by(options.test_command, options.test_requires)
    elif options.test_requires:
        raise UsageError("--test-requires goes with --test-command")
    if options.cibuildwheel or options.list or options.emit:
        return declaration
    elsewhere = [job.platform for job in declaration.jobs if job.platform not in LINUX]
    if elsewhere and (options.platforms or len(elsewhere) == len(declaration.jobs)):
        raise UsageError(
            f"wheels for {elsewhere[0]} are not built here",
            f"on such a machine: --cibuildwheel; {_repaired_by(elsewhere[:1])}",
        )
    if elsewhere:
        TerminalReporter().note(
            f"not built here: {', '.join(dict.fromkeys(elsewhere))} (--cibuildwheel builds them on such machines; "
            f"{_repaired_by(elsewhere)})"
        )
    return declaration.with_jobs(job for job in declaration.jobs if job.platform in LINUX)


def _repaired_by(platforms: Sequence[str]) -> str:
    """Who does for these platforms what auditwheel does for Linux."""
    from dualvariant.builder.finish.repair import TOOLS

    found = {platform: tool for platform in platforms for prefix, tool in TOOLS.items() if platform.startswith(prefix)}
    return ", ".join(f"{tool} repairs wheels for {platform}" for platform, tool in found.items())


def _refuse_too_many(declaration: Declaration, limit: int) -> None:
    count = len(declaration.jobs)
    if count > limit:
        raise UsageError(
            f"{count} wheels are more than {limit}", f"--list shows them; --max-wheels {count} says that they are meant"
        )


def _build(options: Any, source: Source, declaration: Declaration) -> int:
    from dualvariant.builder.errors import BuildFailedError
    from dualvariant.builder.run.output import REFUSED
    from dualvariant.builder.run.scheduler import Options, build_wheels

    reporter = TerminalReporter()
    if options.cibuildwheel:
        from dualvariant.builder.run.cibuildwheel import build_by_cibuildwheel

        outcomes = build_by_cibuildwheel(source, options.output, declaration, reporter, options.cibuildwheel_options)
    else:
        chosen = Options(options.jobs, options.compiler, _executor(options), smoke=not options.no_smoke)
        outcomes = build_wheels(source, options.output, declaration, reporter, chosen)
    if options.json:
        print(json.dumps([_outcome(outcome) for outcome in outcomes], indent=1))
    else:
        for outcome in outcomes:
            if outcome.good:
                print(outcome.file)
        print(_summary(outcomes), file=sys.stderr)
    failed = sum(not outcome.built for outcome in outcomes)
    lying = sum(outcome.built and not outcome.good for outcome in outcomes)
    if failed:
        raise BuildFailedError(
            f"{failed} of {len(outcomes)} wheels could not be built"
            + (f", and {lying} are not what their names say, or do not run" if lying else ""),
            "the reasons stand above, with the logs; what has a wheel's name in the folder is good",
        )
    if lying:
        raise BuildFailedError(
            f"{lying} of {len(outcomes)} wheels are not what their names say, or do not run",
            f"the reasons stand above; such wheels end in {REFUSED!r}, and are not to be published",
        )
    return 0


def _executor(options: Any) -> Callable[[], Any] | None:
    if options.dask is None:
        return None
    from dualvariant.builder.run.dask import dask_executor

    return dask_executor(options.dask)


def _options(arguments: list[str]) -> Any:
    parser = Parser("build", "Build a standard wheel and variant wheels, and prove that they are what they say.")
    parser.add_argument(
        "source", metavar="SRC", help="a source tree, a source distribution, or NAME==VERSION on an index"
    )
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, help="where the wheels go")
    what = parser.add_argument_group("what to build; [tool.variantlib.build] in SRC's pyproject.toml says it as well")
    what.add_argument("--config", metavar="FILE", type=Path, help="the declaration, for a project that has none")
    what.add_argument(
        "--matrix",
        metavar='"P :: K = V,V"',
        action="append",
        default=[],
        help="the variants: one for each value; several of these make a cross product",
    )
    what.add_argument(
        "--exclude",
        metavar='"P :: K :: V, …"',
        action="append",
        default=[],
        help="leave out what has all of these properties",
    )
    what.add_argument(
        "--platform",
        dest="platforms",
        metavar="NAME",
        action="append",
        default=[],
        help="build for this platform alone (linux_x86_64, linux_aarch64, …); may be repeated",
    )
    what.add_argument(
        "--only",
        metavar="NAME",
        action="append",
        default=[],
        help="build this wheel alone: its label, property, configuration, or 'standard'; may be repeated",
    )
    what.add_argument("--list", action="store_true", help="show what would be built, and build nothing")
    what.add_argument(
        "--emit", metavar="CI", choices=["github", "gitlab"], help="print a job for each wheel, for that CI"
    )
    what.add_argument(
        "--max-wheels",
        metavar="N",
        type=int,
        default=MAX_WHEELS,
        help=f"how many wheels are meant (default: {MAX_WHEELS})",
    )
    how = parser.add_argument_group("how")
    how.add_argument(
        "-j",
        "--jobs",
        metavar="N",
        type=int,
        default=os.cpu_count() or 1,
        help="how many builds run at a time (default: one for each CPU)",
    )
    how.add_argument(
        "--compiler",
        choices=["local", "zig"],
        default="local",
        help="zig makes manylinux2014 wheels on any Linux (default: local, for this machine's platform)",
    )
    how.add_argument("--dask", metavar="ADDRESS", help="build on the workers of this dask.distributed scheduler")
    how.add_argument("--cibuildwheel", action="store_true", help="have cibuildwheel build, once for each variant")
    how.add_argument("--test-command", metavar="C", help="try each wheel with this command, where its CPU is to be had")
    how.add_argument("--test-requires", metavar="REQ", action="append", default=[], help="what the command needs")
    how.add_argument("--no-smoke", action="store_true", help="do not import the finished wheels")
    parser.add_argument("--json", action="store_true", help="say it in JSON")
    ours, theirs = arguments, []
    if "--" in arguments:
        position = arguments.index("--")
        ours, theirs = arguments[:position], arguments[position + 1 :]
    options = parser.parse_args(ours)
    options.cibuildwheel_options = theirs
    if options.jobs < 1:
        raise UsageError(f"--jobs must be at least 1: {options.jobs}")
    if theirs and not options.cibuildwheel:
        raise UsageError(f"nothing is passed on without --cibuildwheel: {theirs[0]!r}", did_you_mean(theirs[0], ()))
    return options


def _repeated(arguments: list[str]) -> list[str]:
    """The options that each CI job gets as well."""
    dropped = {"--emit": 1, "--list": 0, "--json": 0, "-o": 1, "--output": 1, "--only": 1, "--platform": 1}
    kept: list[str] = []
    words = iter(arguments)
    for word in words:
        name, equals, _ = word.partition("=")
        if name not in dropped:
            kept.append(word)
        elif dropped[name] and not equals:
            next(words, None)
    return kept


def _print_jobs(jobs: Sequence[Job], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([_job(job) for job in jobs], indent=1))
        return
    for job in jobs:
        properties = ", ".join(job.properties) or "standard wheel"
        name = f"  ({job.configuration})" if job.configuration else ""
        print(f"{job.platform:<14} {job.label or '-':<8}  {properties}{name}")


def _summary(outcomes: Sequence[Outcome]) -> str:
    """One line a wheel: what it is, what it took, and what came of looking at it."""
    rows = [["wheel", "size", "time", "level", "verdict", "tried"]]
    for outcome in outcomes:
        name = f"{outcome.job.platform} {outcome.job.label or 'standard'}"
        if outcome.file is None:
            rows.append([name, "-", f"{outcome.seconds:.1f} s", "-", "failed", outcome.error or ""])
            continue
        audit, smoke = outcome.audit or {}, outcome.smoke or {}
        took = "kept" if outcome.kept else f"{outcome.seconds + outcome.after:.1f} s"
        size = f"{outcome.file.stat().st_size / 1024:.0f} kB"
        row = [name, size, took, str(audit.get("level") or "-"), str(audit.get("verdict") or "-")]
        rows.append([*row, str(smoke.get("summary") or "-")])
    return table(rows)


def _job(job: Job) -> dict[str, Any]:
    return {
        "platform": job.platform,
        "dialect": "standard" if job.variant is None else "hash",
        "label": job.label,
        "properties": job.properties,
        **({"configuration": job.configuration} if job.configuration else {}),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        **_job(outcome.job),
        "wheel": str(outcome.file) if outcome.good else None,
        "refused": str(outcome.file) if outcome.built and not outcome.good else None,
        "size": None if outcome.file is None else outcome.file.stat().st_size,
        "log": str(outcome.log),
        "seconds": round(outcome.seconds, 3),
        "after": round(outcome.after, 3),
        "kept": outcome.kept,
        "error": outcome.error,
        "audit": {name: value for name, value in (outcome.audit or {}).items() if name != "set"} or None,
        "smoke": outcome.smoke,
    }
