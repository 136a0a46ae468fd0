"""One run of an installer's command against the view, step by step."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dualvariant.core.errors import UsageError
from dualvariant.core.report import Reporter
from dualvariant.engines.pip import PipEngine, engine_environment, served_by
from dualvariant.target.find import find_target

if TYPE_CHECKING:
    from dualvariant.engines.options import EngineOptions
    from dualvariant.install.environment_lock import Turn
    from dualvariant.requirements.request import Request
    from dualvariant.requirements.requirement_files import RequirementFiles
    from dualvariant.selection.plan import Plan
    from dualvariant.selection.project import Project, Release
    from dualvariant.selection.view import View
    from dualvariant.serve.published_view import PublishedView
    from dualvariant.settings.pip_config import PipConfig
    from dualvariant.target.interpreter import Interpreter

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
        warm = getattr(args, "engine", None) != "uv"
        engine = stack.enter_context(PipEngine(python, warm=warm, quiet=args.json))
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
        import shutil
        import tempfile

        from dualvariant.engines.uv import run_uv, uv_environment
        from dualvariant.install.environment_lock import SCRATCH, Turn
        from dualvariant.requirements.local_wheel import standard_copy
        from dualvariant.requirements.request import parse_request
        from dualvariant.selection.session import (
            host_profile,
            pip_settings,
            read_requirement_files,
            requests_of_files,
            view_of,
        )
        from dualvariant.serve.handover import ClientAbilities
        from dualvariant.serve.loopback import LoopbackServer

        args, reporter = self.args, self.reporter
        typed = [parse_request(text) for text in args.requirements]
        host = host_profile(args, reporter)
        assert self.waiting is not None
        target = self.waiting.introduction()
        uv = self._uv(target)
        if uv is None:
            self._check_engine(target)
        else:
            self.waiting.dismiss()
        pip_config = pip_settings(args, target, self.command)
        scratch = Path(tempfile.mkdtemp(prefix=SCRATCH))
        self.stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        turn = self.stack.enter_context(Turn(self._changes(target, pip_config), scratch, reporter))
        files = read_requirement_files(args, pip_config, scratch)
        if not typed and not files.arguments and not self.options.edits:
            raise UsageError("nothing to do: a requirement (REQ) or a file with some (-r) is required")
        requests = [*typed, *requests_of_files(files)]
        server = self.stack.enter_context(LoopbackServer(reporter.warn, stable=uv is not None))
        view = view_of(args, host, target, pip_config, requests, files, reporter)
        requirements = [self._for_engine(request, view, scratch) for request in typed] + files.arguments
        for path in files.local_variants:
            standard_copy(path, view, scratch)
        plans = self._plans(requests, target, view, files)
        exchanged = self._exchanged(plans, target, view) if self.command == "install" else []
        # The metadata of what was asked for is sound, or we would not be here; dependencies are seen as they come.
        view.announce = self._say_problems
        abilities = ClientAbilities(trusted_hosts=uv is None, client_certificate=uv is None)
        published = server.serve(view, abilities)
        settings = pip_config.engine_environment()
        turn.whole = False
        if uv is not None:
            environment = uv_environment(settings)
            arguments = self.options.arguments
            code = run_uv(
                uv, target, published.index_url, arguments, requirements, exchanged, environment, lock=turn.descriptor
            )
        else:
            environment = engine_environment(settings, scratch)
            code = self._run_pip(target, published.index_url, requirements, exchanged, environment, scratch, turn)
        turn.whole = code >= 0
        if code == 0:
            self._say_dependencies(requests, view, server.served)
            if self.command != "install":
                self._restore_names(self._folder(pip_config), published)
            if args.json:
                _print_verdicts(view, sorted(scratch.glob("report*.json")))
        return code if code >= 0 else 128 - code

    def _changes(self, target: Interpreter, pip_config: PipConfig) -> list[Path]:
        """What the installer is going to change; nobody else may at the same time."""
        if self.command != "install":
            return [self._folder(pip_config)]
        return target.places(self.options.elsewhere)

    def _folder(self, pip_config: PipConfig) -> Path:
        """Where ``download`` and ``wheel`` put the wheels."""
        setting = "dest" if self.command == "download" else "wheel-dir"
        return Path(self.args.folder or pip_config.values.get(setting, "."))

    def _uv(self, target: Interpreter) -> Path | None:
        """uv, if it is to be the engine: on request, or where the target has no pip and uv is there.

        Raises:
            UsageError: it is asked for, and is not there, or cannot do what is asked for.
        """
        from dualvariant.engines.uv import find_uv

        wanted = getattr(self.args, "engine", None)
        if self.command != "install" or wanted == "pip" or (wanted is None and target.pip is not None):
            return None
        uv = find_uv()
        if uv is None and wanted == "uv":
            raise UsageError("no uv on PATH, nor beside dualvariant (--engine uv)", "'pip install uv' brings one")
        if uv is not None and self.args.json:
            if wanted is None:
                return None
            raise UsageError("--json needs pip as the engine (uv writes no report)", "--engine pip")
        return uv

    def _run_pip(
        self,
        target: Interpreter,
        index_url: str,
        requirements: list[str],
        exchanged: Sequence[str],
        environment: dict[str, str],
        scratch: Path,
        turn: Turn,
    ) -> int:
        """Run pip, once or twice: what is installed in another variant satisfies it, so a second run exchanges that."""
        runs = [requirements]
        if exchanged:
            runs.append(["--force-reinstall", "--no-deps", *exchanged])
        for number, arguments in enumerate(runs):
            engine, prefix = self._next_engine(target)
            line = [*prefix, self.command, "--index-url", index_url, *self.options.arguments]
            if self.args.json:
                line += ["--report", str(scratch / f"report{number}.json")]
            code = engine.start(line + arguments, environment, turn.descriptor)
            if code != 0:
                return code
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
        """The request as the engine gets it; a variant wheel on this machine under its standard name."""
        from dualvariant.requirements.local_wheel import local_variant, standard_copy

        if request.path is not None and request.path.suffix == ".whl":
            return str(standard_copy(request.path, view, scratch)) + request.extras
        variant = local_variant(request.text)
        return request.text if variant is None else variant.named(standard_copy(variant.path, view, scratch))

    def _plans(
        self, requests: Sequence[Request], target: Interpreter, view: View, files: RequirementFiles
    ) -> list[Plan]:
        from dualvariant.selection.plan import plan_request, reasons
        from dualvariant.selection.session import combined

        plans: list[Plan] = []
        for request in requests:
            marker = request.requirement.marker if request.requirement is not None else None
            if marker is not None and not marker.evaluate({**target.markers, "extra": ""}):
                continue
            plan = plan_request(view, combined(request, files), pre=files.pre)
            if plan is None or plan.project.name in {known.project.name for known in plans}:
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
        from dualvariant.target.installed import installed_distributions

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

    def _say_problems(self, project: Project) -> None:
        """A dependency without usable metadata gets a standard wheel, and that is worth a word."""
        for newest in list(project.releases.values())[:1]:
            for problem in newest.problems:
                self.reporter.warn(f"the variants of {project.name} {newest.version} are unusable ({problem})")

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

    def _restore_names(self, folder: Path, published: PublishedView) -> None:
        """Give downloaded variants their own names: under the standard one nobody could tell what they are."""
        from dualvariant.core.files import sha256_of

        for resource in published.resources:
            chosen, standard = folder / resource.file.filename, folder / resource.filename
            if chosen != standard and standard.exists() and sha256_of(standard) == resource.file.hashes.get("sha256"):
                standard.replace(chosen)
                self.reporter.note(f"saved as {chosen}")


def _print_verdicts(view: View, reports: Sequence[Path]) -> None:
    """The verdicts of everything that pip installed, or would install, by pip's own reports."""
    from packaging.utils import canonicalize_name
    from packaging.version import Version

    from dualvariant.selection.verdicts import document

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
