"""One run of an installer's command against the view, step by step."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dualvariant.errors import UsageError
from dualvariant.install.engine import PipEngine, engine_environment, served_by
from dualvariant.install.target import Interpreter, find_target
from dualvariant.report import Reporter

if TYPE_CHECKING:
    from dualvariant.index.view import Release, View
    from dualvariant.install.engine_options import EngineOptions
    from dualvariant.install.plan import Plan
    from dualvariant.install.request import Request
    from dualvariant.install.requirement_files import RequirementFiles

__all__ = ["run"]


def run(command: str, args: argparse.Namespace, options: EngineOptions, reporter: Reporter) -> int:
    """Run pip's ``command``; after the engine has started, its exit code is ours.

    Args:
        command: ``install``, ``download`` or ``wheel``.
        args: our options.
        options: what the engine gets besides.
        reporter: told what happens.
    """
    python = find_target(args.python)
    with ExitStack() as stack:
        # The engine first: it imports pip while we import what the view needs.
        engine = stack.enter_context(PipEngine(python, warm=True, quiet=args.json))
        return _Session(command, args, options, engine, stack, reporter).run()


class _Session:
    def __init__(
        self,
        command: str,
        args: argparse.Namespace,
        options: EngineOptions,
        engine: PipEngine,
        stack: ExitStack,
        reporter: Reporter,
    ) -> None:
        self.command = command
        self.args = args
        self.options = options
        self.waiting: PipEngine | None = engine
        self.stack = stack
        self.reporter = reporter

    def run(self) -> int:
        from dualvariant.index.server import LoopbackServer
        from dualvariant.install.assembly import host_profile, read_requirement_files, requests_of_files, view_of
        from dualvariant.install.pip_config import read_pip_config
        from dualvariant.install.request import parse_request

        args, reporter = self.args, self.reporter
        typed = [parse_request(text) for text in args.requirements]
        host = host_profile(args, reporter)
        assert self.waiting is not None
        target = self.waiting.introduction()
        self._check_engine(target)
        pip_config = read_pip_config(target.prefix, self.command)
        scratch = Path(tempfile.mkdtemp(prefix="dualvariant-"))
        self.stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        files = read_requirement_files(args, pip_config, scratch)
        requests = [*typed, *requests_of_files(files)]
        server = self.stack.enter_context(LoopbackServer(reporter.warn))
        view = view_of(args, host, target, pip_config, requests, files, reporter, base=server.address)
        requirements = [self._for_engine(request, view, scratch) for request in typed] + files.arguments
        plans = self._plans(requests, view, files)
        exchanged = self._exchanged(plans, target, view) if self.command == "install" else []
        server.carry(view)

        # What is installed in another variant satisfies pip; a second run exchanges it, and only it.
        runs = [requirements]
        if exchanged:
            runs.append(["--force-reinstall", "--no-deps", *exchanged])
        environment = engine_environment(pip_config.engine_environment(), scratch)
        reports: list[Path] = []
        for arguments in runs:
            engine, prefix = self._next_engine(target)
            line = [*prefix, self.command, "--index-url", server.index_url, *self.options.arguments]
            if args.json:
                reports.append(scratch / f"report{len(reports)}.json")
                line += ["--report", str(reports[-1])]
            code = engine.start(line + arguments, environment)
            if code != 0:
                return code
        self._say_dependencies(requests, view, server.served)
        if args.json:
            _print_verdicts(view, reports)
        return 0

    def _check_engine(self, target: Interpreter) -> None:
        """Options that this pip does not have are found before it starts."""
        version = target.pip
        if version is None:
            return
        release = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
        if ("--dry-run" in self.options.arguments or self.args.json) and release < (22, 2):
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

    def _plans(self, requests: Sequence[Request], view: View, files: RequirementFiles) -> list[Plan]:
        from dualvariant.install.assembly import combined
        from dualvariant.install.plan import plan_request, reasons

        plans = []
        for request in requests:
            if request.requirement is not None and request.requirement.marker is not None:
                continue  # whether it counts at all is for pip to say
            plan = plan_request(view, combined(request, files), pre=files.pre)
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
        if self.options.elsewhere or self.options.reinstalls:
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
                    "--force-reinstall exchanges it"
                )
        return exchanged

    def _say_dependencies(self, requests: Sequence[Request], view: View, served: set[str]) -> None:
        """Name the variants that came in as dependencies: nobody has been told of them yet."""
        named = {request.project for request in requests}
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
    print()
