"""One run of an installer's command against the view, step by step."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from dualvariant.core.errors import BadDataError, DualvariantError, NothingToDoError
from dualvariant.core.report import Reporter
from dualvariant.engines.choice import EngineStart, accepts_uv_configuration
from dualvariant.target.find import find_target

if TYPE_CHECKING:
    from dualvariant.engines.options import EngineOptions
    from dualvariant.engines.protocol import Engine
    from dualvariant.install.other_ways import OtherWays
    from dualvariant.install.place import InstallPlace
    from dualvariant.requirements.request import Request
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

    options = evolve(options, engine=read_engine(options.engine, reporter.note))
    engine_options = EngineOptions.combine(options.known, options.passed_on, options.command)
    with ExitStack() as stack:
        start = stack.enter_context(
            EngineStart(
                find_target(options.python, reporter.warn), options.command, options.engine, report=options.report
            )
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
        from dualvariant.install.announcements import warn_of_problems
        from dualvariant.install.ending import Ending
        from dualvariant.install.environment_lock import EnvironmentLock
        from dualvariant.install.netrc_file import write_netrc
        from dualvariant.install.outcome import take_snapshot
        from dualvariant.install.report import ReportWish
        from dualvariant.install.user_addresses import UserAddresses
        from dualvariant.selection.other_machine import for_other_machine
        from dualvariant.selection.session import Selection
        from dualvariant.serve.loopback import LoopbackServer
        from dualvariant.settings.engine import read_installer_config

        options, reporter = self.options, self.reporter
        host = read_host(options.selection.host, reporter)
        target = self.start.target()
        engine = self.start.engine(target)
        on_line = options.selection.sources.network
        pip_config = read_installer_config(
            options.engine,
            target.prefix,
            options.command,
            reporter.note,
            accepts_uv_configuration,
            isolated="isolated" in on_line,
        ).override(on_line)
        wish = ReportWish.read(self.engine_options.arguments, pip_config, target, engine.name)
        engine.check(self.engine_options.arguments, report=options.report)
        wish.check(as_json=options.report)
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
        copies: dict[Path, str] = {}
        requirements = self._requirements_for_engine(selection, scratch, copies)
        view.announce = lambda project: warn_of_problems(project, reporter)
        searched = self._find_searched(place, all_settings)
        # With --only-deps, what is named is not installed.
        asked = [] if all_settings.flag("only-deps") else selection.requests
        plans = self._plan(selection, asked, self._find_other_ways(selection, searched, all_settings))
        exchanges = self._exchange(plans, place, view) if searched else []
        netrc = write_netrc(view.sources.client, target.version, scratch) if engine.name == "pip" else None
        abilities = engine.abilities if netrc is None else evolve(engine.abilities, logins=netrc.logins)
        published = server.serve(view, abilities)
        ending = Ending(
            plans=plans,
            names=[request.project for request in asked if request.project is not None],
            folders=folders,
            searched=[*folders, *searched],
            place=place,
            before=take_snapshot(folders),
            addresses=UserAddresses(published, copies),
        )
        order = InstallOrder(
            command=options.command,
            index_url=published.index_url,
            options=wish.arguments,
            requirements=requirements,
            exchanges=exchanges,
            settings={key: value for key, value in pip_config.engine_environment().items() if key != "PIP_REPORT"},
            scratch=scratch,
            report=options.report or wish.is_needed,
            lock=lock.descriptor,
            configuration=_uv_configuration(options, pip_config),
            netrc=None if netrc is None else netrc.path,
            translation=ending.addresses.translation,
        )
        lock.complete = False
        code = engine.run(order)
        lock.complete = code >= 0
        document = ending.write_report(wish, scratch)
        if code != 0:
            if engine.name != "pip" and sys.stderr.isatty():
                reporter.note(ending.addresses.translation.explanation)
            return InstallResult(code if code > 0 else 128 - code)
        if options.command != "install":
            self._restore_names(self._folder(pip_config), published)
        elif wish.dry_run:
            ending.announce_dry_run(document, view, reporter)
        else:
            ending.announce_installed(view, reporter)
        return InstallResult(0, _verdicts(view, document) if options.report and document is not None else None)

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

    def _requirements_for_engine(self, selection: Selection, scratch: Path, copies: dict[Path, str]) -> list[str]:
        """What was asked for as the engine gets it: a variant wheel on this machine under its standard name.

        Args:
            selection: what was asked for.
            scratch: where the copies go.
            copies: gets each copy of a file of the user's, and what the user calls that.
        """
        from dualvariant.requirements.local_wheel import find_local_variant
        from dualvariant.selection.local_wheel import make_standard_copy

        def copy(path: Path) -> Path:
            copied = make_standard_copy(path, selection.view.choice, scratch)
            if copied != path:
                copies[copied] = str(path)
            return copied

        requirements = []
        for request in selection.typed:
            text = request.text
            if request.path is not None and request.path.suffix == ".whl":
                text = str(copy(request.path)) + request.extras
            elif (variant := find_local_variant(text)) is not None:
                text = variant.with_path(copy(variant.path))
            requirements.append(text)
        for path in selection.files.local_variants:
            copy(path)
        copies.update(selection.files.copies)
        return requirements + selection.files.arguments

    def _plan(self, selection: Selection, requests: Sequence[Request], ways: OtherWays) -> list[Plan]:
        """What each request comes to; what the installer may meet without the sources is left to it.

        Raises:
            NoSuchProjectError: no source has the project.
            NoAdmittedReleaseError: the request admits none of its releases.
            DualvariantError: nothing that fits can be installed.
        """
        from dualvariant.install.announcements import warn_of_plan
        from dualvariant.selection.plan import plan_request, raise_if_missing

        plans: list[Plan] = []
        strict, warn = self.options.selection.host.strict, self.reporter.warn
        for request in map(selection.add_limits, requests):
            needed = not ways.may_meet(request) or bool(_find_wishes(selection.view, request))
            try:
                plan = plan_request(selection.view, request, strict=strict, warn=warn)
            except DualvariantError as error:
                if needed or (strict and isinstance(error, BadDataError)):
                    raise
                continue
            if plan is None and needed:
                raise_if_missing(selection.view, request)
            if plan is None or plan.project.name in {known.project.name for known in plans}:
                continue
            plans.append(plan)
            warn_of_plan(plan, self.reporter)
        return plans

    def _find_searched(self, place: InstallPlace, all_settings: PipConfig) -> list[Path]:
        """The folders in which an installed distribution satisfies a requirement; none if nothing installed counts."""
        reinstalls = all_settings.flag("force-reinstall") or all_settings.flag("ignore-installed")
        if self.options.command != "install" or reinstalls or place.target is not None:
            return []
        return list(dict.fromkeys([*place.searched, *place.interpreter.path]))

    def _find_other_ways(self, selection: Selection, searched: Sequence[Path], all_settings: PipConfig) -> OtherWays:
        """What can meet a request besides the sources, with the options of this run."""
        from dualvariant.install.other_ways import OtherWays, find_direct_names

        places = [request.text for request in selection.typed if request.requirement is None]
        direct = find_direct_names([*places, *selection.files.links])
        if _asks(all_settings, besides="requirement") or not {"-r", "-c"}.issuperset(selection.files.arguments[::2]):
            direct |= {None}  # the installer reads more than we do
        return OtherWays(searched, direct)

    def _exchange(self, plans: Sequence[Plan], place: InstallPlace, view: View) -> list[str]:
        """Requirements for the installed variants that are to be exchanged.

        What is installed elsewhere never takes the place of the environment's copy: it satisfies the requirement, and
        stays.
        """
        from dualvariant.install.exchange import find_exchanges
        from dualvariant.target.installed import find_distributions

        if not place.is_own:
            return []
        requirements = []
        for exchange in find_exchanges(plans, find_distributions(place.searched)):
            preferences = view.choice.preferences(exchange.installed.name)
            if preferences.wanted or preferences.no_variant:
                requirements.append(exchange.requirement)
        return requirements

    def _restore_names(self, folder: Path, published: PublishedView) -> None:
        """Give downloaded variants their own names: the standard one does not say which variant it is."""
        from dualvariant.core.files import sha256_of

        for resource in published.resources:
            chosen, standard = folder / resource.file.filename, folder / resource.filename
            if chosen != standard and standard.exists() and sha256_of(standard) == resource.file.hashes.get("sha256"):
                standard.replace(chosen)
                self.reporter.note(f"saved as {chosen}")


def _asks(settings: PipConfig, besides: str = "") -> bool:
    """Whether a setting or an option, besides one, says what is to be installed, so that no requirement is needed."""
    from dualvariant.settings.installer_options import find_options

    found = (find_options(key) for key in settings.values if key != besides)
    return any(option is not None and option.asks for option in found)


def _uv_configuration(options: InstallOptions, config: PipConfig) -> dict[str, Any]:
    """What uv as the engine gets in the place of its own files."""
    if config.uv is None:
        return {}
    return config.uv.document_without_sources(config.uv.all_indexes(options.selection.sources))


def _find_wishes(view: View, request: Request) -> Sequence[str]:
    """The variants that are asked for of a request's project."""
    return view.choice.preferences(request.project).wanted if request.project is not None else ()


def _verdicts(view: View, document: Mapping[str, Any]) -> dict[str, Any]:
    """The verdicts of everything from an index that pip installed, or would install, by pip's own report."""
    from dualvariant.install.ending import list_from_index
    from dualvariant.selection.verdicts import make_document

    releases = {}
    for name, version in list_from_index(document):
        project = view.project(name)
        release = project.releases.get(version) if project else None
        if release is not None:
            releases[name] = release
    return make_document(view, releases.items())
