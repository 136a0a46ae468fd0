"""``dualvariant build``: a standard wheel and variant wheels from a source tree, an sdist or a name on an index."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dualvariant.cli._bar import BarReporter
from dualvariant.cli._build_options import list_measuring_options, list_repeated_options, parse_options
from dualvariant.cli._build_table import summarize
from dualvariant.cli._json import print_document
from dualvariant.cli._properties import question_properties
from dualvariant.core.printable import printable_line
from dualvariant.core.report import Reporter, TerminalReporter, print_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dualvariant.builder.declaration.job import Job
    from dualvariant.builder.declaration.model import Declaration
    from dualvariant.builder.run.result import BuildResult
    from dualvariant.builder.run.source import Source

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Build the wheels and print their paths; an error (exit code 1) if one failed or was rejected."""
    options = parse_options(arguments)

    from dualvariant.builder.declaration.request import BuildRequest, resolve_request
    from dualvariant.builder.run.source import find_source
    from dualvariant.core.scratch import make_scratch_dir
    from dualvariant.settings.nested_pip import settings_for_builds

    request = BuildRequest(
        config=options.config,
        matrix=tuple(options.matrix),
        exclude=tuple(options.exclude),
        platforms=tuple(options.platforms),
        only=tuple(options.only),
        test_command=options.test_command,
        test_requires=tuple(options.test_requires),
        dialect=options.dialect,
        bench=options.bench,
        bench_requires=tuple(options.bench_requires),
        bench_seconds=options.bench_seconds,
    )
    with make_scratch_dir() as folder:
        reporter = TerminalReporter()
        if not (options.list or options.emit):
            reporter.progress(f"reading {options.source}")  # the first line, before anything that takes time
        source = find_source(options.source, partial(_fetch, folder=folder, reporter=reporter))
        declaration = resolve_request(request, source.pyproject, source.place)
        declared = [meta for job in declaration.jobs for meta in job.variant or ()]
        question_properties(declared, reporter, strangers=False)
        if options.emit:
            _print_workflow(options, declaration, arguments)
        elif options.list:
            _print_jobs(declaration.jobs, as_json=options.json)
        else:
            with settings_for_builds():
                _build(options, source, declaration)
    return 0


def _print_workflow(options: Any, declaration: Declaration, arguments: Sequence[str]) -> None:
    from dualvariant.builder.run.ci_github import format_github
    from dualvariant.builder.run.ci_gitlab import format_gitlab
    from dualvariant.builder.run.ci_workflow import DEFAULT_INSTALL, PYTHONS, Workflow

    workflow = Workflow(
        declaration.jobs,
        tuple(list_repeated_options(arguments)),
        None if declaration.benchmark is None else tuple(list_measuring_options(arguments)),
        tuple(options.python or PYTHONS),
        options.install or DEFAULT_INSTALL,
    )
    print(format_github(workflow) if options.emit == "github" else format_gitlab(workflow), end="")


def _fetch(requirement: str, folder: Path, reporter: Reporter) -> Path:
    """The source distribution of a requirement; nothing of it is run."""
    from dualvariant.selection.sdists import fetch_sdist

    return fetch_sdist(requirement, folder, reporter)


def _build(options: Any, source: Source, declaration: Declaration) -> None:
    from dualvariant.builder.declaration.request import check_count, keep_buildable
    from dualvariant.builder.run.result import check_results
    from dualvariant.builder.verify.fetch import use_emulators

    if options.refresh:
        from dualvariant.host.detect import detect

        detect(refresh=True)  # the tests of the wheels find the new answers in the cache
    reporter = BarReporter()
    if options.emulators is not None:
        use_emulators(options.emulators, reporter)
    if not options.cibuildwheel:
        declaration = keep_buildable(declaration, options.platforms, reporter)
    check_count(declaration, options.max_wheels)
    if options.cibuildwheel:
        from dualvariant.builder.run.cibuildwheel import build_by_cibuildwheel

        with closing(reporter):
            results = build_by_cibuildwheel(
                source,
                options.output,
                declaration,
                reporter,
                options.cibuildwheel_options,
                smoke=not options.no_smoke,
            )
    else:
        from dualvariant.builder.run.dask import connect_dask
        from dualvariant.builder.run.scheduler import BuildOptions, build_wheels

        executor = None if options.dask is None else connect_dask(options.dask)
        chosen = BuildOptions(options.jobs, options.compiler, executor, smoke=not options.no_smoke)
        with closing(reporter):
            results = build_wheels(source, options.output, declaration, reporter, chosen)
    _print_results(results, as_json=options.json)
    check_results(results)


def _print_jobs(jobs: Sequence[Job], *, as_json: bool) -> None:
    if as_json:
        print_document([job.to_dict() for job in jobs])
        return
    for job in jobs:
        properties = ", ".join(job.properties) or "standard wheel"
        name = f"  ({job.configuration})" if job.configuration else ""
        labels = [job.label or "-"]
        if job.dialect == "both" and job.labelled is not None:
            labels.append(job.labelled.label)
        print(printable_line(f"{job.platform:<14} {' and '.join(labels):<8}  {properties}{name}"))


def _print_results(results: Sequence[BuildResult], *, as_json: bool) -> None:
    if as_json:
        print_document([result.to_dict() for result in results])
        return
    for result in results:
        if result.is_accepted:
            print(result.file)
        if result.twin is not None:
            print(result.twin)
    for line in summarize(results).splitlines():
        print_message(line)
