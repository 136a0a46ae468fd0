"""One run of an installer's command against the view, step by step."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from dualvariant.core.errors import NothingToDoError
from dualvariant.core.report import Reporter
from dualvariant.engines.choice import EngineStart, accepts_uv_configuration
from dualvariant.target.find import find_target

if TYPE_CHECKING:
    from dualvariant.engines.options import EngineOptions
    from dualvariant.engines.protocol import Engine
    from dualvariant.install.place import InstallPlace
    from dualvariant.selection.plan import Plan
    from dualvariant.selection.session import Selection
    from dualvariant.selection.view import View
    from dualvariant.serve.published_view import PublishedView
    from dualvariant.settings.options import InstallOptions
    from dualvariant.settings.pip_config import PipConfig
    from dualvariant.target.interpreter import Interpreter

__all__ = ["InstallResult", "run"]


@frozen
class InstallResult:
    """How a run ended.

    Args:
        code: the exit code.
        verdicts: the verdicts of what was installed, as ``--json`` prints them; None if they were not asked for.
    """

    code: int
    verdicts: dict[str, Any] | None = None


def run(options: InstallOptions, reporter: Reporter) -> InstallResult:
    """Run a command of pip; after the engine has started, its exit code is ours.

    Args:
        options: what is asked for.
        reporter: gets messages about what happens.

    Raises:
        DualvariantError: something is found to be wrong before the engine starts.
    """
    from dualvariant.engines.options import EngineOptions
    from dualvariant.settings.engine import read_engine

    options = evolve(options, engine=read_engine(options.engine))
    engine_options = EngineOptions.combine(options.known, options.passed_on, options.command)
    with ExitStack() as stack:
        start = stack.enter_context(
            EngineStart(find_target(options.python), options.command, options.engine, report=options.report)
        )
        return _Run(options, engine_options, start, stack, reporter).result()


class _Run:
    """One call of :func:`run`."""

    def __init__(
        self,
        options: InstallOptions,
        engine_options: EngineOptions,
        start: EngineStart,
        stack: ExitStack,
        reporter: Reporter,
    ) -> None:
        self.options = options
        self.engine_options = engine_options
        self.start = start
        self.stack = stack
        self.reporter = reporter

    def result(self) -> InstallResult:
        # While the target introduces itself, and its pip gets ready, the modules for the choice are imported.
        from dualvariant.engines.protocol import InstallOrder
        from dualvariant.host.read import read_host
        from dualvariant.install.announcements import announce_dependencies, warn_of_problems
        from dualvariant.install.environment_lock import EnvironmentLock
        from dualvariant.selection.other_machine import for_other_machine
        from dualvariant.selection.session import Selection
        from dualvariant.serve.loopback import LoopbackServer
        from dualvariant.settings.engine import read_installer_config

        options, reporter = self.options, self.reporter
        host = read_host(options.selection.host, reporter)
        target = self.start.target()
        engine = self.start.engine(target)
        engine.check(self.engine_options.arguments, report=options.report)
        on_line = options.selection.sources.network
        pip_config = read_installer_config(
            options.engine,
            target.prefix,
            options.command,
            reporter.note,
            accepts_uv_configuration,
            isolated="isolated" in on_line,
        ).override(on_line)
        self._name_unused_settings(target)
        #: With the options that the engine gets on its command line.
        all_settings = pip_config.override(self.engine_options.settings)
        place = self._place(engine, target, all_settings)
        folders = place.folders if options.command == "install" else [self._folder(pip_config)]
        lock = self.stack.enter_context(EnvironmentLock(folders, reporter))
        scratch = lock.scratch
        server = self.stack.enter_context(LoopbackServer(reporter.warn, stable=engine.caches_by_address))
        host, wanted = for_other_machine(host, target, all_settings, options.selection.host, reporter)
        selected = evolve(options.selection, engine_arguments=self.engine_options.arguments)
        selection = Selection.open(selected, host, wanted, all_settings, scratch, reporter)
        if not selection.typed and not selection.files.arguments and not _asks(all_settings):
            raise NothingToDoError(
                "nothing to do (neither a requirement nor a file with some)", "name a project, or a file by -r"
            )
        view = selection.view
        pages = view.sources.client.pages
        pages.reuse = engine.reuses_pages(self.engine_options.arguments, pip_config.values)
        requirements = self._requirements_for_engine(selection, scratch)
        view.announce = lambda project: warn_of_problems(project, reporter)
        # With --only-deps, what is named is not installed.
        plans = [] if all_settings.flag("only-deps") else self._plan(selection)
        reinstalls = all_settings.flag("force-reinstall") or all_settings.flag("ignore-installed")
        exchanges = self._exchange(plans, place, view) if options.command == "install" and not reinstalls else []
        published = server.serve(view, engine.abilities)
        order = InstallOrder(
            command=options.command,
            index_url=published.index_url,
            options=self.engine_options.arguments,
            requirements=requirements,
            exchanges=exchanges,
            settings=pip_config.engine_environment(),
            scratch=scratch,
            report=options.report,
            lock=lock.descriptor,
            configuration=_uv_configuration(options, pip_config),
        )
        lock.complete = False
        code = engine.run(order)
        lock.complete = code >= 0
        if code != 0:
            return InstallResult(code if code > 0 else 128 - code)
        announce_dependencies(view.projects, {r.project for r in selection.requests}, server.served, reporter)
        if options.command != "install":
            self._restore_names(self._folder(pip_config), published)
        return InstallResult(0, _verdicts(view, sorted(scratch.glob("report*.json"))) if options.report else None)

    def _place(self, engine: Engine, target: Interpreter, all_settings: PipConfig) -> InstallPlace:
        """Where the installer puts distributions; settings of pip mean nothing to another one."""
        from dualvariant.install.place import InstallPlace

        if engine.name == "pip":
            return InstallPlace.for_pip(target, all_settings)
        return InstallPlace.for_options(target, self.engine_options.settings, user=False)

    def _name_unused_settings(self, target: Interpreter) -> None:
        """Say which settings of uv do not count: who uses uv may expect it where the target has no pip."""
        if target.pip is not None or self.options.engine is not None or self.options.command != "install":
            return
        from dualvariant.settings.engine import find_unused_uv_sources

        unused = find_unused_uv_sources()
        if unused:
            self.reporter.note(
                f"pip installs, so uv's own sources do not count ({', '.join(unused)}); --engine uv uses uv and them"
            )

    def _folder(self, pip_config: PipConfig) -> Path:
        """Where ``download`` and ``wheel`` put the files."""
        setting = "dest" if self.options.command == "download" else "wheel-dir"
        return self.options.folder or Path(pip_config.values.get(setting, "."))

    def _requirements_for_engine(self, selection: Selection, scratch: Path) -> list[str]:
        """What was asked for as the engine gets it: a variant wheel on this machine under its standard name."""
        from dualvariant.requirements.local_wheel import find_local_variant
        from dualvariant.selection.local_wheel import make_standard_copy

        requirements = []
        for request in selection.typed:
            text = request.text
            if request.path is not None and request.path.suffix == ".whl":
                text = str(make_standard_copy(request.path, selection.view.choice, scratch)) + request.extras
            elif (variant := find_local_variant(text)) is not None:
                text = variant.with_path(make_standard_copy(variant.path, selection.view.choice, scratch))
            requirements.append(text)
        for path in selection.files.local_variants:
            make_standard_copy(path, selection.view.choice, scratch)
        return requirements + selection.files.arguments

    def _plan(self, selection: Selection) -> list[Plan]:
        """What each request comes to."""
        from dualvariant.install.announcements import announce_plan
        from dualvariant.selection.plan import plan_request

        plans: list[Plan] = []
        for request in selection.requests:
            strict, warn = self.options.selection.host.strict, self.reporter.warn
            plan = plan_request(selection.view, selection.add_constraint(request), strict=strict, warn=warn)
            if plan is None or plan.project.name in {known.project.name for known in plans}:
                continue
            plans.append(plan)
            announce_plan(plan, self.reporter)
        return plans

    def _exchange(self, plans: Sequence[Plan], place: InstallPlace, view: View) -> list[str]:
        """Requirements for the installed variants that are to be exchanged; the user learns which ones stay.

        What is installed elsewhere never takes the place of the environment's copy: it satisfies the requirement (as
        in pip, with ``--target`` alone it does not), and stays.
        """
        from dualvariant.install.announcements import announce_elsewhere, announce_kept
        from dualvariant.install.exchange import find_exchanges
        from dualvariant.target.installed import find_distributions

        if place.target is not None:
            return []
        requirements = []
        for exchange in find_exchanges(plans, find_distributions(place.searched)):
            preferences = view.choice.preferences(exchange.installed.name)
            if not place.is_own:
                announce_elsewhere(exchange, place, self.reporter)
            elif preferences.wanted or preferences.no_variant:
                requirements.append(exchange.requirement)
            else:
                announce_kept(exchange, self.reporter)
        return requirements

    def _restore_names(self, folder: Path, published: PublishedView) -> None:
        """Give downloaded variants their own names: the standard one does not say which variant it is."""
        from dualvariant.core.files import sha256_of

        for resource in published.resources:
            chosen, standard = folder / resource.file.filename, folder / resource.filename
            if chosen != standard and standard.exists() and sha256_of(standard) == resource.file.hashes.get("sha256"):
                standard.replace(chosen)
                self.reporter.note(f"saved as {chosen}")


def _asks(settings: PipConfig) -> bool:
    """Whether a setting or an option says what is to be installed, so that no requirement is needed."""
    from dualvariant.settings.installer_options import find_options

    return any((option := find_options(key)) is not None and option.asks for key in settings.values)


def _uv_configuration(options: InstallOptions, config: PipConfig) -> dict[str, Any]:
    """What uv as the engine gets in the place of its own files."""
    if config.uv is None:
        return {}
    return config.uv.document_without_sources(config.uv.all_indexes(options.selection.sources))


def _verdicts(view: View, reports: Sequence[Path]) -> dict[str, Any]:
    """The verdicts of everything that pip installed, or would install, by pip's own reports."""
    from packaging.utils import canonicalize_name
    from packaging.version import Version

    from dualvariant.selection.verdicts import make_document

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
    return make_document(view, releases.items())
