"""Does what was planned: the engine unpacks the wheels beside the environment, then their files change places."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from attrs import evolve
from packaging.utils import NormalizedName

from dualvariant.core.report import Reporter
from dualvariant.host.identity import make_cpu_digest
from dualvariant.refit.engine_run import EngineRun
from dualvariant.refit.failures import LeftAloneError, TakenBackError, UnwritableError
from dualvariant.refit.files import InstalledFiles, Present, find_present, read_files
from dualvariant.refit.identify import MismatchError, match
from dualvariant.refit.layout import Layout, lay_out, lay_out_undo
from dualvariant.refit.outcome import Finding
from dualvariant.refit.parts import do_in_parts
from dualvariant.refit.plan import Exchange
from dualvariant.refit.undo import Undo
from dualvariant.repository.listed_file import find_sha256
from dualvariant.selection.project import ShownFile
from dualvariant.selection.view import View
from dualvariant.target.file_exchange import Change, NotRolledBackError, Stage, open_stage
from dualvariant.target.interpreter import Interpreter
from dualvariant.target.record import InvalidRecordError, RecordRow, digest_of, format_record, parse_record, read_record
from dualvariant.target.refit_note import NOTE_NAME, RefitNote
from dualvariant.trial.distribution import try_distribution
from dualvariant.trial.failures import WheelFailure, record_failure

__all__ = ["Exchanger"]

#: Modules that one process compiles; a command line has a limit.
_MODULES_AT_ONCE = 500
#: The beginning of the names of folders with files that a note has kept.
_KEPT = "kept "


class Exchanger:
    """Exchanges distributions, each completely or not at all.

    Args:
        target: the interpreter of the environment.
        view: reads the sources.
        engine: fetches and unpacks.
        reporter: gets messages.
        verify: whether what was exchanged is imported before the old files go.

    Attributes:
        refused: the wheels that do not run on this CPU.
    """

    def __init__(
        self, target: Interpreter, view: View, engine: EngineRun, reporter: Reporter, *, verify: bool = False
    ) -> None:
        self.target = target
        self.view = view
        self.engine = engine
        self.reporter = reporter
        self.verify = verify
        self.refused: list[tuple[Exchange, WheelFailure]] = []

    def run(self, plans: Sequence[Finding | Exchange | Undo]) -> tuple[int, list[Finding]]:
        """Do what is planned: with all wheels at once, or with fewer where the engine fails.

        Returns:
            The exit code, 0 if all was done in the end; and what was done with each distribution.

        Raises:
            UnwritableError: nothing can be written into the environment.
        """
        work = [plan for plan in plans if not isinstance(plan, Finding)]
        done: dict[NormalizedName, Finding] = {}
        code, left = do_in_parts(
            work,
            lambda part: self._run_together(part, done),
            lambda: self.reporter.note("the engine failed: it is tried with fewer wheels at once"),
        )
        for plan in left:
            why = "the engine could not fetch and unpack the wheel, or failed too often with others"
            done[plan.files.installed.name] = plan.finding.left_alone(why)
        findings = [plan if isinstance(plan, Finding) else done[plan.files.installed.name] for plan in plans]
        # Of what does not run, the next best wheel may still take its place.
        may_still = {plan.files.installed.name for plan, _ in self.refused}
        incomplete = any(not finding.done for name, finding in done.items() if name not in may_still)
        return code or int(incomplete), findings

    def _run_together(self, work: Sequence[Exchange | Undo], done: dict[NormalizedName, Finding]) -> int:
        """Do some of what is planned; returns the engine's exit code, and adds what was done, if that is 0."""
        with self._open_stages(work) as stages:
            unpacked = next(iter(stages.values())).folder / "unpacked"
            wheels = {plan.files.installed.name: _show(plan) for plan in work}
            code = self.engine.unpack(self.view, wheels, unpacked)
            if code != 0:
                return code if code > 0 else 128 - code
            sites = {path.parent.parent for path in unpacked.rglob("*.dist-info/METADATA")}
            new = find_present(sorted(sites))
            for plan in work:
                done[plan.files.installed.name] = self._exchange(plan, new, unpacked, stages[plan.files.site])
        return 0

    @contextmanager
    def _open_stages(self, work: Sequence[Exchange | Undo]) -> Iterator[Mapping[Path, Stage]]:
        """A stage in each site folder in which something changes."""
        with ExitStack() as stack:
            stages = {}
            for site in dict.fromkeys(plan.files.site for plan in work):

                def wait(site: Path = site) -> None:
                    self.reporter.note(f"another run exchanges files in {site}; waiting for its end")

                try:
                    stages[site] = stack.enter_context(open_stage(site, wait))
                except OSError as error:
                    raise UnwritableError(
                        f"the environment cannot be changed ({error.strerror}): {str(site)!r}",
                        "--dry-run shows what would be done",
                    ) from error
            yield stages

    def _exchange(
        self, plan: Exchange | Undo, new: Mapping[NormalizedName, Present], unpacked: Path, stage: Stage
    ) -> Finding:
        """Exchange one distribution; the finding says whether it was done."""
        installed = plan.files.installed
        try:
            present = new.get(installed.name)
            if present is None or present.installed.version != installed.version:
                raise LeftAloneError("the engine has unpacked another release")
            files = read_files(present.installed, present.info, unpacked)
            _check_unchanged(plan.files)
            if isinstance(plan, Exchange):
                layout = self._apply(plan, files, stage)
            else:
                layout = self._apply_undo(plan, files, stage)
        except LeftAloneError as error:
            return plan.finding.left_alone(str(error))
        except NotRolledBackError as error:
            raise UnwritableError(
                str(error), "make room, or give yourself access, and run the command again"
            ) from error
        except OSError as error:
            return plan.finding.left_alone(f"a file cannot be written, and all are as before ({error.strerror})")
        self._compile(layout.modules)
        return plan.finding._replace(done=True)

    def _apply(self, plan: Exchange, new: InstalledFiles, stage: Stage) -> Layout:
        old, info = plan.files, plan.files.info
        if not new.installed.is_of(plan.name):
            raise LeftAloneError(f"{plan.name.filename} is another wheel than its name says")
        try:
            layout = lay_out(old, plan.wheel, new, match(plan.rows, new))
        except MismatchError as error:
            raise LeftAloneError(f"{plan.name.filename} is another wheel than its RECORD says: {error}") from error
        note = _complete(plan.note, layout, old).to_bytes()
        rows = [
            *layout.rows,
            RecordRow(f"{info.name}/{NOTE_NAME}", digest_of(note), str(len(note))),
            RecordRow(f"{info.name}/RECORD"),
        ]
        written = {NOTE_NAME: note, "RECORD": format_record(rows)}
        accept = partial(self._try, plan) if self.verify else None
        self._make_changes(old, layout, written, stage, accept)
        return layout

    def _try(self, plan: Exchange) -> None:
        """Import what has just been exchanged.

        Raises:
            TakenBackError: its machine code keeps it from running.
        """
        info, file = plan.files.info, plan.listed.file
        trial = try_distribution(self.target.executable, info, self.engine.scratch)
        if not trial.is_fault_of_code:
            return
        failure = WheelFailure.of(plan.name, find_sha256(file), make_cpu_digest(), trial)
        if plan.name.label is not None:
            record_failure(failure, self.reporter)
            self.refused.append((plan, failure))
        raise TakenBackError(f"{file.filename} does not run on this CPU ({trial}), and the old files are back")

    def _apply_undo(self, plan: Undo, first: InstalledFiles, stage: Stage) -> Layout:
        scratch = stage.folder / f"{_KEPT}{plan.files.info.name}"
        scratch.mkdir()
        try:
            layout = lay_out_undo(plan.files, plan.note, first, scratch)
        except InvalidRecordError as error:
            raise LeftAloneError(f"its {NOTE_NAME} cannot be used: {error}") from error
        self._make_changes(plan.files, layout, {"RECORD": plan.note.record}, stage)
        return layout

    def _make_changes(
        self,
        old: InstalledFiles,
        layout: Layout,
        written: Mapping[str, bytes],
        stage: Stage,
        accept: Callable[[], None] | None = None,
    ) -> None:
        """Make the changes; what is written anew comes last."""
        folder = stage.folder / f"new {old.info.name}"
        folder.mkdir()
        # What the note has kept has its own permission.
        changes = [
            change
            if change.source is not None and change.source.parent.name.startswith(_KEPT)
            else _keep_executable(change, folder)
            for change in layout.changes
        ]
        for name, content in written.items():
            (folder / name).write_bytes(content)
            changes.append(Change(old.info / name, folder / name))
        installed = old.installed
        stage.exchange(f"{installed.name} {installed.version}", changes, accept or (lambda: None))

    def _compile(self, modules: Sequence[Path]) -> None:
        """Compile modules as the first installer had done; one that cannot be compiled stays as it is."""
        names = [str(module) for module in dict.fromkeys(modules)]
        for start in range(0, len(names), _MODULES_AT_ONCE):
            command = [str(self.target.executable), "-I", "-m", "compileall", "-q"]
            subprocess.run(
                [*command, *names[start : start + _MODULES_AT_ONCE]],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            )


def _keep_executable(change: Change, folder: Path) -> Change:
    """The change with a new file that can be executed if the old one can: installers differ in what makes a script one.

    The new file may be a link to one in the cache of uv, so a copy gets the permission.
    """
    source = change.source
    if source is None or not os.access(change.path, os.X_OK) or os.access(source, os.X_OK):
        return change
    copy = folder / f"executable{len(list(folder.iterdir()))}"
    shutil.copy2(source, copy)
    copy.chmod(change.path.stat().st_mode & 0o777)
    return Change(change.path, copy)


def _show(plan: Exchange | Undo) -> ShownFile:
    """The wheel under the name by which an engine takes it."""
    return plan.shown if isinstance(plan, Undo) else ShownFile(plan.name.standard_filename, plan.listed.file)


def _check_unchanged(files: InstalledFiles) -> None:
    """Refuse a distribution that another program has changed since the plan was made.

    Raises:
        LeftAloneError: its RECORD is another one.
    """
    try:
        same = read_record(files.info / "RECORD")[0] == files.record
    except InvalidRecordError:
        same = False
    if not same:
        raise LeftAloneError("another program has changed it meanwhile")


def _complete(note: RefitNote, layout: Layout, old: InstalledFiles) -> RefitNote:
    """The note with the files that it has to keep: those of the first installation that change now."""
    first = parse_record(note.record)
    kept = {
        path: file
        for path, file in layout.kept.items()
        if path in first and first[path].digest == old.rows[path].digest
    }
    return evolve(note, kept={**kept, **note.kept})
