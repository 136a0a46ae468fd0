"""One refit: what is installed, what is better, and the exchange."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from packaging.utils import NormalizedName, canonicalize_name

from dualvariant.core.errors import did_you_mean
from dualvariant.core.report import Reporter
from dualvariant.core.scratch import make_scratch_dir
from dualvariant.engines.choice import accepts_uv_configuration
from dualvariant.host.read import read_host
from dualvariant.install.environment_lock import EnvironmentLock
from dualvariant.network.concurrency import map_parallel
from dualvariant.network.transport import MAX_PARALLEL
from dualvariant.refit.engine_run import EngineRun
from dualvariant.refit.exchange import Exchanger
from dualvariant.refit.failures import NotInstalledError, NotVirtualError
from dualvariant.refit.files import Present, find_present
from dualvariant.refit.options import RefitOptions
from dualvariant.refit.outcome import Finding, Outcome
from dualvariant.refit.plan import Environment, Exchange, Planner
from dualvariant.refit.project_locks import find_locked
from dualvariant.refit.undo import Undo, plan_undo
from dualvariant.selection.engine_target import find_engine_target
from dualvariant.selection.session import Selection
from dualvariant.selection.view import View
from dualvariant.settings.engine import read_engine, read_installer_config
from dualvariant.settings.options import RequirementOptions, SelectionOptions
from dualvariant.settings.pip_config import PipConfig
from dualvariant.settings.uv_working_dir import enter_uv_folder
from dualvariant.target.interpreter import Interpreter
from dualvariant.target.kept_description import KeptProbe

__all__ = ["refit"]


def refit(options: RefitOptions, reporter: Reporter) -> Outcome:
    """Exchange what is installed for the best variants of the same releases, or find out what that would do.

    Args:
        options: what is asked for.
        reporter: gets messages about what happens.

    Raises:
        NotVirtualError: the target is no virtual environment.
        NotInstalledError: a project that is named is not installed.
        UnwritableError: the environment cannot be changed.
        DualvariantError: a setting, an option or a source cannot be used.
    """
    return _Refit.prepare(options, reporter).run()


class _Refit(NamedTuple):
    """One call of :func:`refit`.

    Args:
        options: what is asked for.
        reporter: gets messages.
        target: the interpreter of the environment.
        engine: the engine that was asked for.
        config: the settings of the installer that was asked for.
        selection: what decides which wheels are chosen.
    """

    options: RefitOptions
    reporter: Reporter
    target: Interpreter
    engine: str | None
    config: PipConfig
    selection: SelectionOptions

    @classmethod
    def prepare(cls, options: RefitOptions, reporter: Reporter) -> _Refit:
        engine = read_engine(options.engine, reporter.note)
        enter_uv_folder(engine)
        with KeptProbe(find_engine_target(options.python, reporter.warn, engine)) as probe:
            target = probe.interpreter()
        if not options.system and not (target.prefix / "pyvenv.cfg").is_file():
            raise NotVirtualError(
                f"{str(target.executable)!r} is in no virtual environment, and other programs may need its files",
                "--python names an environment; --system changes this interpreter nevertheless",
            )
        on_line = options.selection.sources.network
        config = read_installer_config(
            engine,
            target.prefix,
            "install",
            reporter.note,
            accepts_uv_configuration,
            isolated="isolated" in on_line,
        ).override(on_line)
        # What is installed is given; settings that name requirements ask for nothing here.
        values = {key: value for key, value in config.values.items() if key not in ("requirement", "constraint")}
        named = RequirementOptions(options.names, pre=True)
        return cls(
            options,
            reporter,
            target,
            engine,
            config._replace(values=values),
            options.selection._replace(requirements=named),
        )

    def run(self) -> Outcome:
        """Find out what is to be done, and do it unless it is a dry run."""
        with ExitStack() as stack:
            if self.options.dry_run:
                scratch, lock = stack.enter_context(make_scratch_dir()), None
            else:
                held = stack.enter_context(EnvironmentLock(self.target.site, self.reporter, unpacks=False))
                scratch, lock = held.scratch, held.descriptor
            present = self._list_present()
            view = self._open_view(scratch)
            planner, plans = self._plan(present, view)
            engine = EngineRun(self.target, self.engine, self.config, scratch, lock, self.reporter)
            if self.options.dry_run:
                code, findings = 0, [_finding_of(plan) for plan in plans]
            else:
                exchanger = Exchanger(self.target, view, engine, self.reporter, verify=self.options.verify)
                code, findings = exchanger.run(plans)
                while exchanger.refused:
                    next_code, findings = self._take_next(exchanger, planner, findings)
                    code = code or next_code
        return Outcome(code or self._code(findings), self.target.executable, self.target.prefix, findings)

    def _take_next(
        self, exchanger: Exchanger, planner: Planner, findings: Sequence[Finding]
    ) -> tuple[int, list[Finding]]:
        """Take the next best wheel of what does not run; returns the exit code and all findings."""
        refused, exchanger.refused = exchanger.refused, []
        again = {}
        for plan, failure in refused:
            name = plan.finding.installed.name
            project = planner.view.project(name)
            assert project is not None
            planner.view.exclude_failed(project, plan.listed, failure)
            self.reporter.warn(f"{failure.filename} does not run on this CPU ({failure.outcome}): it is passed over")
            again[name] = planner.plan(planner.environment.present[name])
        code, new = exchanger.run(list(again.values()))
        by_name = {finding.installed.name: finding for finding in new}
        return code, [by_name.get(finding.installed.name, finding) for finding in findings]

    def _code(self, findings: Sequence[Finding]) -> int:
        """The exit code of an engine that has not failed: what was named is exchanged, or need not be."""
        named = {canonicalize_name(name) for name in self.options.names}
        return int(any(finding.is_left_alone and finding.installed.name in named for finding in findings))

    def _list_present(self) -> Mapping[NormalizedName, Present]:
        """What is installed.

        Raises:
            NotInstalledError: a project that is named is not.
        """
        present = find_present(self.target.site)
        for name in self.options.names:
            if canonicalize_name(name) not in present:
                near = did_you_mean(name, present)
                raise NotInstalledError(
                    f"not installed in {str(self.target.prefix)!r}: {name!r}",
                    near or "'dualvariant list --all' shows what is",
                )
        return present

    def _open_view(self, scratch: Path) -> View:
        host = read_host(self.options.selection.host, self.reporter)
        selection = Selection.open(self.selection, host, self.target, self.config, scratch, self.reporter)
        selection.view.warn = self.reporter.warn
        selection.view.sources.client.pages.reuse = not self.options.selection.host.refresh
        return selection.view

    def _plan(
        self, present: Mapping[NormalizedName, Present], view: View
    ) -> tuple[Planner, list[Finding | Exchange | Undo]]:
        named = {canonicalize_name(name) for name in self.options.names}
        wanted = [entry for name, entry in present.items() if not named or name in named]
        # Pages are waited for, not computed: all at once.
        asked = [] if self.options.undo else [entry.installed.name for entry in wanted if entry.foreign is None]
        failures = {name: error for name, error in view.prefetch(asked).items() if name is not None}
        if failures and len(failures) == len(asked):
            raise next(iter(failures.values()))
        environment = Environment(self.target, present, find_locked(_list_project_folders(self.target)))
        planner = Planner(environment, view, failures, strict=self.options.selection.host.strict)
        if self.options.undo:
            return planner, [plan_undo(entry, self.target.prefix, view) for entry in wanted]
        return planner, map_parallel(planner.plan, wanted, MAX_PARALLEL)


def _list_project_folders(target: Interpreter) -> list[Path]:
    """The folders in which a lock file may be about an environment: its own, the one around it, the working one."""
    return [target.prefix, target.prefix.parent, Path.cwd()]


def _finding_of(plan: Finding | Exchange | Undo) -> Finding:
    return plan if isinstance(plan, Finding) else plan.finding
