"""One run of an installer's command against the view, step by step."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dualvariant.core.errors import ConflictingOptionsError, NothingToDoError
from dualvariant.core.report import Reporter
from dualvariant.engines.choice import EngineStart
from dualvariant.install.setup import Setup, set_up
from dualvariant.selection.engine_target import find_engine_target

if TYPE_CHECKING:
    from dualvariant.engines.options import EngineOptions
    from dualvariant.install.ending import Ending
    from dualvariant.install.environment_lock import EnvironmentLock
    from dualvariant.selection.session import Selection
    from dualvariant.selection.view import View
    from dualvariant.serve.published_view import PublishedView
    from dualvariant.settings.options import InstallOptions
    from dualvariant.settings.pip_config import PipConfig

__all__ = ["InstallResult", "run"]


class InstallResult(NamedTuple):
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
    from dualvariant.settings.uv_working_dir import enter_uv_folder

    if options.verify and options.selection.host.profile is not None:
        raise ConflictingOptionsError(
            "--verify imports on this CPU, and --profile chooses for another host", "leave one of them out"
        )
    options = options._replace(engine=read_engine(options.engine, reporter.note))
    engine = options.engine if options.command == "install" else None  # pip does the others
    enter_uv_folder(engine)
    engine_options = EngineOptions.combine(options.known, options.passed_on, options.command)
    with ExitStack() as stack:
        start = stack.enter_context(
            EngineStart(
                find_engine_target(options.python, reporter.warn, engine),
                options.command,
                options.engine,
                report=options.report,
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
        from dualvariant.engines.protocol import InstallOrder
        from dualvariant.install.alone import insists_on_choice, needs_cache
        from dualvariant.install.earlier_run import EarlierRun
        from dualvariant.install.ending import Ending
        from dualvariant.install.engine_calls import EngineCalls
        from dualvariant.install.environment_lock import EnvironmentLock
        from dualvariant.install.outcome import take_snapshot
        from dualvariant.install.planning import plan_all
        from dualvariant.install.second_order import NO_SOLUTION, make_second_order
        from dualvariant.install.user_addresses import UserAddresses
        from dualvariant.serve.loopback import LoopbackServer, NoLoopbackError

        setup = set_up(self.options, self.engine_options, self.start, self.reporter)
        engine = setup.engine
        lock = self.stack.enter_context(EnvironmentLock(setup.folders, self.reporter))
        try:
            server = self.stack.enter_context(LoopbackServer(self.reporter.warn, stable=engine.caches_by_address))
        except NoLoopbackError as error:
            if insists_on_choice(self.options):
                raise
            self.reporter.warn(f"{error}: {engine.name} runs by itself, and no variant is chosen")
            return self._run_alone(setup, lock)
        selection = self._select(setup, lock.scratch)
        if needs_cache(selection) and not insists_on_choice(self.options):
            self.reporter.note("uv is offline, and only its cache may have what its indexes have: no variant is chosen")
            return self._run_alone(setup, lock)
        earlier = EarlierRun(selection, self.engine_options.arguments)
        earlier.expect_again()
        copies: dict[Path, str] = {}
        requirements = self._requirements_for_engine(selection, lock.scratch, copies)
        if engine.name == "pip":
            self._check_wheels(selection, unpacks=self.options.command == "install" and not setup.wish.dry_run)
        planned = plan_all(setup, selection, self.reporter)
        netrc = None
        if engine.name == "pip":
            from dualvariant.install.netrc_file import write_netrc

            netrc = write_netrc(selection.view.sources.client, setup.target.version, lock.scratch)
        abilities = engine.abilities if netrc is None else engine.abilities._replace(logins=netrc.logins)
        published = server.serve(selection.view, abilities)
        if self.options.command != "install":
            from dualvariant.install.set_aside import SetAside

            published.on_offer = self.stack.enter_context(SetAside(setup.folder)).make_room
        ending = Ending(
            plans=planned.plans,
            names=planned.names,
            folders=setup.folders,
            searched=[*setup.folders, *planned.searched],
            place=setup.place,
            before=take_snapshot(setup.folders),
            addresses=UserAddresses(published, copies),
        )
        order = InstallOrder(
            command=self.options.command,
            index_url=published.index_url,
            options=setup.wish.arguments,
            requirements=requirements,
            exchanges=planned.exchanges,
            settings={key: value for key, value in setup.config.engine_environment().items() if key != "PIP_REPORT"},
            scratch=lock.scratch,
            report=self.options.report or setup.wish.is_needed,
            lock=lock.descriptor,
            configuration=_uv_configuration(self.options, setup.config),
            netrc=None if netrc is None else netrc.path,
            limits_are_met=selection.view.choice.uploads.of_sources,
            translation=ending.addresses.translation,
        )

        calls = EngineCalls(engine, lock, setup.folders)
        code = calls.run(order)
        if code == NO_SOLUTION and (second := make_second_order(order, ending, server, self.reporter)) is not None:
            order, ending = second
            code = calls.run(order)
            published = ending.addresses.published
        if code == 0:
            earlier.keep()
        if code != 0 or not _verifies(setup, self.reporter):
            return self._end(code, setup, ending, published, lock.scratch)
        from dualvariant.install.reinstallation import Reinstallation
        from dualvariant.install.verification import Verifier

        folders = setup.folders if not setup.place.is_own or setup.place.is_user else []
        verifier = Verifier(selection.view, setup.target.executable, lock.scratch, folders, self.reporter)
        again = Reinstallation(server, calls.run, order, ending)
        code = verifier.run(ending.find_changed, again.install)
        published = again.ending.addresses.published
        result = self._end(code, setup, again.ending, published, lock.scratch)
        verifier.raise_if_hopeless()
        return result

    def _run_alone(self, setup: Setup, lock: EnvironmentLock) -> InstallResult:
        """Run the installer without the view."""
        from dualvariant.install.alone import make_order_alone
        from dualvariant.install.engine_calls import EngineCalls

        settings = setup.config.engine_environment()
        arguments = self.engine_options.arguments
        order = make_order_alone(self.options, arguments, settings, lock.scratch, lock.descriptor)
        code = EngineCalls(setup.engine, lock, setup.folders).run(order)
        return InstallResult(code if code >= 0 else 128 - code)

    def _select(self, setup: Setup, scratch: Path) -> Selection:
        """The view of what was asked for.

        Raises:
            NothingToDoError: nothing was asked for.
        """
        from dualvariant.install.announcements import warn_of_problems
        from dualvariant.selection.other_machine import for_other_machine
        from dualvariant.selection.session import Selection
        from dualvariant.settings.installer_options import asks

        reporter, options = self.reporter, self.options.selection
        host, wanted = for_other_machine(setup.host, setup.target, setup.all_settings, options.host, reporter)
        selected = options._replace(engine_arguments=self.engine_options.arguments)
        selection = Selection.open(selected, host, wanted, setup.all_settings, scratch, reporter)
        if not selection.typed and not selection.files.arguments and not asks(setup.all_settings.values):
            raise NothingToDoError(
                "nothing to install (no requirement and no requirement file is given)",
                "name a project, or a file by -r",
            )
        pages = selection.view.sources.client.pages
        pages.reuse = setup.engine.reuses_pages(self.engine_options.arguments, setup.config.values)
        pages.only_secure = setup.engine.caches_only_secure
        selection.view.announce = lambda project: warn_of_problems(project, reporter)
        selection.view.warn = reporter.warn
        return selection

    def _end(self, code: int, setup: Setup, ending: Ending, published: PublishedView, scratch: Path) -> InstallResult:
        """Say what was installed, and what was not.

        Args:
            code: the engine's exit code; negative if a signal ended it.
            setup: how it was set up.
            ending: knows what was there before.
            published: the view as the engine saw it.
            scratch: where the engine's report is.
        """
        reporter, view = self.reporter, published.view
        document = ending.write_report(setup.wish, scratch)
        if code != 0:
            if setup.engine.name != "pip" and sys.stderr.isatty():
                reporter.note(ending.addresses.translation.explanation)
            return InstallResult(code if code > 0 else 128 - code)
        if self.options.command != "install":
            self._restore_names(setup.folder, published)
        elif setup.wish.dry_run:
            ending.announce_dry_run(document, view, reporter)
        else:
            ending.announce_installed(view, reporter)
        return InstallResult(0, _verdicts(view, document) if self.options.report and document is not None else None)

    def _requirements_for_engine(self, selection: Selection, scratch: Path, copies: dict[Path, str]) -> list[str]:
        """What was asked for as the engine gets it: a variant wheel on this machine under its standard name.

        Args:
            selection: what was asked for.
            scratch: where the copies go.
            copies: gets each copy of a file of the user's, and what the user calls that.
        """
        from dualvariant.requirements.local_wheel import find_local_variant

        def copy(path: Path) -> Path:
            from dualvariant.selection.local_wheel import make_standard_copy

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

    def _check_wheels(self, selection: Selection, *, unpacks: bool) -> None:
        """Look into the wheels that are named by their paths.

        Raises:
            DamagedWheelError: pip would end with a traceback at one.
        """
        for request in selection.typed:
            if request.path is not None and request.path.suffix == ".whl":
                from dualvariant.selection.local_wheel import check_for_pip

                check_for_pip(request.path, unpacks=unpacks)

    def _restore_names(self, folder: Path, published: PublishedView) -> None:
        """Give downloaded variants their own names: the standard one does not say which variant it is."""
        from dualvariant.core.files import sha256_of

        for resource in published.resources:
            chosen, standard = folder / resource.file.filename, folder / resource.filename
            if chosen != standard and standard.exists() and sha256_of(standard) == resource.file.hashes.get("sha256"):
                standard.replace(chosen)
                self.reporter.note(f"saved as {chosen}")


def _verifies(setup: Setup, reporter: Reporter) -> bool:
    """Whether what is installed is imported: only where it was chosen for this host."""
    from dualvariant.settings.verification import read_verify
    from dualvariant.target.other_machine import OtherMachine

    if setup.options.command != "install" or setup.wish.dry_run or setup.options.selection.host.profile is not None:
        return False
    if OtherMachine.from_settings(setup.all_settings.values) is not None:
        return False
    return read_verify(setup.options.verify, reporter.note)


def _uv_configuration(options: InstallOptions, config: PipConfig) -> dict[str, Any]:
    """What uv as the engine gets in the place of its own files."""
    if config.uv is None:
        return {}
    return config.uv.document_without_sources(config.uv.all_indexes(options.selection.sources))


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
