"""``dualvariant install``: the best variants, installed by the target's own pip."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dualvariant.cli import _selection
from dualvariant.cli._parser import Parser
from dualvariant.errors import UsageError
from dualvariant.install.engine import PipEngine, engine_environment, served_by
from dualvariant.install.target import Interpreter, find_target
from dualvariant.report import Reporter, TerminalReporter

if TYPE_CHECKING:
    from dualvariant.index.view import Release, View
    from dualvariant.install.plan import Plan
    from dualvariant.install.request import EngineOptions, Request

__all__ = ["main"]


def _parser() -> Parser:
    parser = Parser("install", "Install the best variants for this host.", engine_options=True)
    parser.usage = "dualvariant install REQ… [options] [-- OPTIONS OF PIP]"
    parser.add_argument("requirements", nargs="+", metavar="REQ", help="as pip takes them")
    _selection.add_options(parser)
    parser.add_argument("-t", "--target", metavar="D", help="install into this folder")
    parser.add_argument("--dry-run", action="store_true", help="show what would be installed")
    parser.add_argument("--json", action="store_true", help="print the verdicts as JSON")
    return parser


def main(arguments: list[str]) -> int:
    """Run the command; after the engine has started, its exit code is ours."""
    ours, theirs = arguments, []
    if "--" in arguments:
        position = arguments.index("--")
        ours, theirs = arguments[:position], arguments[position + 1 :]
    args = _parser().parse_args(ours)
    python = find_target(args.python)
    reporter = TerminalReporter()
    with ExitStack() as stack:
        stack.enter_context(_terminated_as_interrupted())
        # The engine first: it imports pip while we import what the view needs.
        engine = stack.enter_context(PipEngine(python, warm=True, quiet=args.json))
        return _Install(args, theirs, engine, stack, reporter).run()


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM ends us as Ctrl-C does, so that nothing is left behind."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Install:
    """One run of the command, step by step."""

    def __init__(
        self,
        args: argparse.Namespace,
        engine_arguments: Sequence[str],
        engine: PipEngine,
        stack: ExitStack,
        reporter: Reporter,
    ) -> None:
        from dualvariant.install.request import EngineOptions, parse_request

        self.args = args
        self.options: EngineOptions = EngineOptions(tuple(engine_arguments))
        self.requests: list[Request] = [parse_request(text) for text in args.requirements]
        self.waiting: PipEngine | None = engine
        self.stack = stack
        self.reporter = reporter

    def run(self) -> int:
        from dualvariant.index.server import LoopbackServer
        from dualvariant.install.pip_config import read_pip_config

        args, reporter = self.args, self.reporter
        host = _selection.host_profile(args, reporter)
        assert self.waiting is not None
        target = self.waiting.introduction()
        self._check_engine(target)
        pip_config = read_pip_config(target.prefix)
        scratch = Path(tempfile.mkdtemp(prefix="dualvariant-"))
        self.stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        server = self.stack.enter_context(LoopbackServer(reporter.warn))
        view = _selection.view_of(args, host, target, pip_config, self.requests, reporter, base=server.address)
        requirements = [self._for_engine(request, view, scratch) for request in self.requests]
        exchanged = self._exchanged(self._plans(view), target, view)
        server.carry(view)

        options = [*self.options.arguments]
        if args.target:
            options += ["--target", args.target]
        if args.dry_run:
            options.append("--dry-run")
        # What is installed in another variant satisfies pip; a second run exchanges it, and only it.
        runs = [requirements]
        if exchanged:
            runs.append(["--force-reinstall", "--no-deps", *exchanged])
        environment = engine_environment(pip_config.engine_environment(), scratch)
        reports: list[Path] = []
        for arguments in runs:
            engine, prefix = self._next_engine(target)
            command = [*prefix, "install", "--index-url", server.index_url, *options]
            if args.json:
                reports.append(scratch / f"report{len(reports)}.json")
                command += ["--report", str(reports[-1])]
            code = engine.start(command + arguments, environment)
            if code != 0:
                return code
        self._say_dependencies(view, server.served)
        if args.json:
            _print_verdicts(view, reports)
        return 0

    def _check_engine(self, target: Interpreter) -> None:
        """Options that this pip does not have are found before it starts."""
        version = target.pip
        if version is None:
            return
        release = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
        if (self.args.dry_run or self.args.json) and release < (22, 2):
            raise UsageError(
                f"--dry-run and --json need pip 22.2 or newer in the target (it has {version})",
                "'dualvariant explain' shows the verdicts without an installer",
            )

    def _next_engine(self, target: Interpreter) -> tuple[PipEngine, list[str]]:
        """The engine that waits, once; another if the target has no pip. And what that pip is told of the target."""
        python, prefix = served_by(target)
        waiting, self.waiting = self.waiting, None
        if waiting is not None and not prefix:
            return waiting, prefix
        engine = self.stack.enter_context(PipEngine(python, quiet=self.args.json))
        engine.introduction()
        return engine, prefix

    def _for_engine(self, request: Request, view: View, scratch: Path) -> str:
        """The request as the engine gets it; a local variant wheel under its standard name."""
        if request.path is None or request.path.suffix != ".whl":
            return request.text
        from dualvariant.install.local_wheel import standard_copy

        return str(standard_copy(request.path, view, scratch)) + request.extras

    def _plans(self, view: View) -> list[Plan]:
        from dualvariant.install.plan import plan_request, reasons

        plans = []
        for request in self.requests:
            if request.requirement is not None and request.requirement.marker is not None:
                continue  # whether it counts at all is for pip to say
            plan = plan_request(view, request)
            if plan is None:
                continue
            plans.append(plan)
            if plan.taken is not None and plan.taken is not plan.newest:
                self.reporter.warn(
                    f"{plan.project.name} {plan.newest.version} has no wheel for this host, "
                    f"so {plan.taken.version} it is:\n{reasons(plan.newest)}"
                )
            if plan.taken is not None:
                self._say_chosen(plan.project.name, plan.taken)
        return plans

    def _say_chosen(self, name: str, release: Release) -> None:
        chosen = release.chosen
        if chosen is not None and release.has_variants:
            what = "the standard wheel"
            if chosen.description is not None:
                what = f"variant {chosen.wheel.label} ({', '.join(chosen.description.properties)})"
            self.reporter.note(f"{name} {release.version}: {what}")

    def _exchanged(self, plans: Sequence[Plan], target: Interpreter, view: View) -> list[str]:
        """Requirements for what is installed in another variant and is to be exchanged.

        pip takes a release that is installed for satisfied, whichever variant it is.
        """
        if self.args.target or self.options.elsewhere or self.options.reinstalls:
            return []
        from dualvariant.installed import installed_distributions

        present = {found.name: found for found in installed_distributions(target.site)}
        exchanged = []
        for plan in plans:
            found, release = present.get(plan.project.name), plan.taken
            if found is None or release is None or release.chosen is None:
                continue
            same = found.version == str(release.version)
            if not same or found.label == release.chosen.wheel.label:
                continue
            preferences = view.choice.preferences(plan.project.name)
            if preferences.wanted or preferences.no_variant:
                exchanged.append(f"{plan.project.name}=={release.version}")
            else:
                what = f"variant {found.label}" if found.label else "the standard wheel"
                self.reporter.note(
                    f"{plan.project.name} {found.version} is installed and stays as it is, {what}; "
                    "'-- --force-reinstall' exchanges it"
                )
        return exchanged

    def _say_dependencies(self, view: View, served: set[str]) -> None:
        """Name the variants that came in as dependencies: nobody has been told of them yet."""
        named = {request.project for request in self.requests}
        for project in view.projects:
            for release in project.releases.values():
                chosen = release.chosen
                if (
                    project.name not in named
                    and chosen is not None
                    and chosen.description is not None
                    and chosen.wheel.standard_filename in served
                ):
                    self._say_chosen(project.name, release)


def _print_verdicts(view: View, reports: Sequence[Path]) -> None:
    """The verdicts of everything that pip installed, or would install, by pip's own reports."""
    from packaging.utils import canonicalize_name
    from packaging.version import Version

    from dualvariant.verdicts import document

    installed: list[dict[str, Any]] = [
        item["metadata"] for report in reports for item in json.loads(report.read_bytes())["install"]
    ]
    releases = {}
    for metadata in installed:
        name = canonicalize_name(metadata["name"])
        project = view.project(name)
        release = project.releases.get(Version(metadata["version"])) if project else None
        if release is not None:
            releases[name] = release
    json.dump(document(view, releases.items()), sys.stdout, indent=1)
    sys.stdout.write(os.linesep)
