"""Build every wheel of a declaration: one source distribution, one environment, then all wheels in parallel.

Everything is built in a scratch folder inside the output folder, whose name begins with a dot. A finished wheel is
moved to the output folder as pending, and gets its name after it was audited and tested. The output of builds goes to
``logs/``. A wheel that is there already and made of the same is kept. Of two runs with one output folder, the second
waits, and then keeps what the first has built.
"""

from __future__ import annotations

import hashlib
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from dualvariant.builder.declaration.job import Flags, Job
from dualvariant.builder.declaration.model import Declaration
from dualvariant.builder.errors import FlagsError
from dualvariant.builder.run.acceptance import make_trial_key
from dualvariant.builder.run.cache import BuildCache
from dualvariant.builder.run.environments import BuildEnvironments, close_environments, register_environments
from dualvariant.builder.run.output import remove_partial_files, rename_wheel, store_wheel
from dualvariant.builder.run.plan import make_plan
from dualvariant.builder.run.result import LOGS, BuildResult, read_log_end
from dualvariant.builder.run.sdist import make_sdist
from dualvariant.builder.run.source import Source
from dualvariant.builder.run.task import BuildTask, TaskResult, run_task
from dualvariant.builder.run.verification import Verification
from dualvariant.builder.toolchain.compilers import INSTALL_BUILD_EXTRA
from dualvariant.core.errors import UsageError
from dualvariant.core.locks import hold_folder
from dualvariant.core.processes import Children
from dualvariant.core.report import Reporter
from dualvariant.core.scratch import make_scratch_dir

__all__ = ["BuildOptions", "build_wheels"]


class BuildOptions(NamedTuple):
    """Options of a build that do not depend on the project.

    Args:
        workers: how many builds run at a time here.
        compiler: ``local`` or ``zig``.
        executor: opens an executor that runs the builds elsewhere; None for threads of this process.
        smoke: whether finished wheels are tested, and measured if the project declares a benchmark.
    """

    workers: int = 1
    compiler: str = "local"
    executor: Callable[[], AbstractContextManager[Executor]] | None = None
    smoke: bool = True


def build_wheels(
    source: Source, output: Path, declaration: Declaration, reporter: Reporter, options: BuildOptions
) -> list[BuildResult]:
    """Build all wheels of a declaration; one that fails does not affect the others.

    Args:
        source: what is built from.
        output: where wheels and logs go; created if it is missing.
        declaration: what to build.
        reporter: hears of each job's start and end.
        options: how to build.

    Returns:
        How each job ended, in the order declared.

    Raises:
        UsageError: a compiler, or ``build`` itself, is missing.
        BuildFailedError: there is no source distribution to build from, or no environment to build in.
    """
    _require("build", "iced_x86")
    logs = output / LOGS
    logs.mkdir(parents=True, exist_ok=True)
    children = Children()
    with (
        hold_folder(output, "build", reporter),
        make_scratch_dir(output) as scratch,
        _warnings_to(logs / "warnings.log"),
    ):
        remove_partial_files(output)
        run = uuid.uuid4().hex
        environments = BuildEnvironments(scratch, logs.resolve(), children)
        register_environments(run, environments)
        try:
            return _Run(source, output, declaration, reporter, options, environments, run).build(scratch)
        except BaseException:
            children.stop()
            raise
        finally:
            close_environments(run)


@contextmanager
def _warnings_to(log: Path) -> Iterator[None]:
    """Write what ``build`` and its like warn of, by Python's warnings, into a log; there is no log without any."""
    log.unlink(missing_ok=True)

    def write(message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: object) -> None:
        with log.open("a", encoding="utf-8") as file:
            file.write(warnings.formatwarning(message, category, filename, lineno))

    with warnings.catch_warnings():
        warnings.showwarning = write  # type: ignore[assignment]  # its signature has two parameters more
        yield


def _require(*modules: str) -> None:
    """Check before anything is built that the packages which later steps need are installed."""
    missing = next((name for name in modules if find_spec(name) is None), None)
    if missing is not None:
        name = missing.replace("_", "-")
        raise UsageError(f"building needs the package {name!r} (it is not installed)", INSTALL_BUILD_EXTRA)


class _Run:
    """One call of :func:`build_wheels`."""

    def __init__(
        self,
        source: Source,
        output: Path,
        declaration: Declaration,
        reporter: Reporter,
        options: BuildOptions,
        environments: BuildEnvironments,
        run: str,
    ) -> None:
        self.source, self.output, self.declaration, self.reporter = source, output, declaration, reporter
        self.options, self.environments, self.run = options, environments, run
        self.logs = output / LOGS
        self.cache = BuildCache(output)
        self.stored: dict[str, Job] = {}  # whose wheel has this name: one that is for every platform is made once
        self.numbers = {job: f"[{number}/{len(declaration.jobs)}]" for number, job in enumerate(declaration.jobs, 1)}

    def build(self, scratch: Path) -> list[BuildResult]:
        """Build what is not in the cache; then audit, test and name all wheels."""
        plan = self.plan = make_plan(self.source, self.declaration, self.options.compiler)
        results: dict[Job, BuildResult] = {}
        digest = self.source.digest(self.output)
        missing: list[tuple[Job, Flags]] = []
        for job in self.declaration.jobs:
            flags = plan.flags.get(job, {})
            if isinstance(flags, FlagsError):
                results[job] = self._report_no_flags(job, flags)
                continue
            cached = self.cache.find(job.name, plan.make_key(job, digest))
            if cached is None:
                missing.append((job, flags))
            else:
                results[job] = self._reuse(job, *cached)
        if missing:
            sdist = make_sdist(self.source, self.environments, plan.epoch, scratch, self.reporter)
            digest = self.source.digest(self.output)  # making an sdist may leave files in the tree
            content = sdist.read_bytes()
            tasks = [self._make_task(job, sdist.name, content, flags) for job, flags in missing]
            self.reporter.advance(len(results), len(self.declaration.jobs))
            for task, result in self._run_tasks(tasks):
                self.reporter.advance(len(results) + 1, len(self.declaration.jobs))
                results[task.job] = self._store(task.job, result, plan.make_key(task.job, digest))
        return self._verify([results[job] for job in self.declaration.jobs], scratch)

    def _report_no_flags(self, job: Job, why: FlagsError) -> BuildResult:
        log = self.logs / f"{job.name}.log"
        log.write_text(f"{job}\n{why}\n", "utf-8")
        result = BuildResult(job, log, 0.0, error=str(why))
        self._report(result)
        return result

    def _reuse(self, job: Job, entry: Mapping[str, Any], file: Path) -> BuildResult:
        self.stored[str(entry["wheel"])] = job
        self.reporter.progress(f"{self.numbers[job]} {job}: nothing has changed")
        return BuildResult(
            job,
            self.logs / f"{job.name}.log",
            float(entry.get("seconds", 0.0)),
            str(entry["wheel"]),
            file,
            kept=True,
            audit=entry.get("audit"),
            reach=entry.get("reach"),
            smoke=self._find_kept_trial(job, entry),
        )

    def _find_kept_trial(self, job: Job, entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """An earlier run's trial, if it would be the same now; without trials only one that failed counts."""
        found: Mapping[str, Any] | None = entry.get("smoke")
        if found is None or (not self.options.smoke and not found.get("failed")):
            return None
        return found if entry.get("trial") == make_trial_key(job) or not self.options.smoke else None

    def _make_task(self, job: Job, sdist: str, content: bytes, flags: Flags) -> BuildTask:
        return BuildTask(
            job=job,
            sdist=sdist,
            content=content,
            backend=self.plan.backend,
            flags=flags,
            compiler=self.plan.compiler,
            identity=self.plan.identities[job.platform],
            user_variables=self.plan.user_variables,
            epoch=self.plan.epoch,
            run=self.run,
        )

    def _run_tasks(self, tasks: Sequence[BuildTask]) -> Iterator[tuple[BuildTask, TaskResult]]:
        """Run the tasks; each result as soon as there is one."""
        work = run_task if self.options.executor else self._run_here
        with self._open_executor() as executor:
            futures: dict[Future[TaskResult], BuildTask] = {}
            try:
                for task in tasks:
                    futures[executor.submit(work, task)] = task
                for future in as_completed(futures):
                    yield futures[future], _get_result(future)
            except BaseException:
                self.environments.children.stop()
                for future in futures:
                    future.cancel()
                raise

    def _run_here(self, task: BuildTask) -> TaskResult:
        self.reporter.progress(f"{self.numbers[task.job]} {task.job}: started")
        return run_task(task)

    @contextmanager
    def _open_executor(self) -> Iterator[Executor]:
        if self.options.executor is not None:
            with self.options.executor() as executor:
                yield executor
            return
        with ThreadPoolExecutor(max_workers=self.options.workers) as pool:
            yield pool

    def _store(self, job: Job, result: TaskResult, key: str) -> BuildResult:
        """Put a wheel into the output folder, and its key into the cache."""
        log, file, error = self.logs / f"{job.name}.log", None, result.error
        earlier = self.stored.setdefault(result.filename, job) if result.filename else job
        if earlier is not job:
            error = f"nothing in it is compiled: the wheel for {earlier.platform} is for every platform"
        if result.needless or earlier is not job:
            stored = BuildResult(job, log, result.seconds, needless=error)
            self._report(stored)
            return stored
        try:
            if self.options.executor is not None:
                log.write_text(result.log, "utf-8")
            if result.commands:
                log.with_name(f"{job.name}-commands.log").write_text(result.commands, "utf-8")
            if result.filename is not None:
                file = store_wheel(self.output, result.filename, result.content)
                entry = {
                    "key": key,
                    "wheel": result.filename,
                    "sha256": hashlib.sha256(result.content).hexdigest(),
                    "seconds": round(result.seconds, 3),
                    "reach": result.reach,
                }
                self.cache.put(job.name, entry)
        except OSError as problem:
            file, error = None, f"the wheel cannot be written ({problem.strerror})"
        name = result.filename if file else None
        stored = BuildResult(job, log, result.seconds, name, file, error, after=result.after, reach=result.reach)
        if not self.environments.children.stopped:
            self._report(stored)
        return stored

    def _report(self, result: BuildResult) -> None:
        number = self.numbers[result.job]
        if result.is_built:
            self.reporter.progress(f"{number} {result.job}: done in {result.seconds + result.after:.1f} s")
            return
        if not result.needless or result.job.variant is not None:
            self._reject_old_wheel(result.job)
        if result.needless:
            self.reporter.progress(f"{number} {result.job}: not needed ({result.needless})")
            return
        self.reporter.warn(
            f"{number} {result.job}: failed after {result.seconds:.1f} s ({result.error})\n"
            f"{read_log_end(result.log)}\n  the whole log: {result.log}"
        )

    def _reject_old_wheel(self, job: Job) -> None:
        """After a failed build, keep an earlier run's wheel, made from other sources, from being published."""
        name = self.cache.get_filename(job.name)
        if name is None or not (self.output / name).is_file():
            return
        try:
            path = rename_wheel(self.output / name, name, accepted=False)
        except OSError as error:
            self.reporter.warn(f"{name}: an earlier run made it, and it cannot be renamed ({error.strerror})")
            return
        self.reporter.warn(f"{name}: an earlier run made it from something else; renamed: {path}")

    def _verify(self, results: Sequence[BuildResult], scratch: Path) -> list[BuildResult]:
        """Audit, test, name and measure the wheels."""
        options = self.options
        verification = Verification(
            self.output,
            self.source,
            self.environments.children,
            self.reporter,
            options.smoke,
            self.declaration.benchmark,
            options.workers,
        )
        return verification.verify(results, scratch, self._remember)

    def _remember(self, result: BuildResult, more: Mapping[str, Any]) -> None:
        try:
            self.cache.update(result.job.name, more)
        except OSError as error:
            self.reporter.warn(f"the results for {result.job} cannot be kept ({error.strerror})")


def _get_result(future: Future[TaskResult]) -> TaskResult:
    """The result of a task; what its machine raises becomes the error of its wheel."""
    try:
        return future.result()
    except Exception as error:  # an executor may raise anything of its own: a lost worker, a broken pool
        return TaskResult(None, b"", f"the build was lost ({type(error).__name__}: {error})", "", 0.0)
