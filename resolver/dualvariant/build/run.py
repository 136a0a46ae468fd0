"""Build everything that a package declares: one sdist, one environment, then all wheels at once.

Nothing half-done ever has a wheel's name in the output folder: all work is done in a scratch folder
inside it, whose name begins with a dot, and finished wheels are renamed. What a build prints goes
to ``logs/``. What is there already and made of the same is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import asdict, evolve, frozen

from dualvariant import __version__
from dualvariant.build.children import Children, interruptible
from dualvariant.build.config import Declaration
from dualvariant.build.errors import BuildFailedError, FlagsError
from dualvariant.build.flags import provider_flags
from dualvariant.build.job import Flags, Job
from dualvariant.build.recipe import build_system
from dualvariant.build.source import Source, settle
from dualvariant.build.state import State
from dualvariant.build.task import (
    CARRIED,
    EPOCH,
    Built,
    Runner,
    Task,
    Workshop,
    build_backend,
    close_workshop,
    explained,
    open_workshop,
    run_task,
    without_python,
)
from dualvariant.build.toolchain import EXTRA
from dualvariant.build.toolchains import toolchain_for
from dualvariant.errors import UsageError
from dualvariant.files import replacing, sha256_of
from dualvariant.report import Reporter

__all__ = ["Options", "Outcome", "build_wheels"]

SCRATCH = ".dualvariant-build-"
LOGS = "logs"
LAST_LINES = 12


@frozen
class Options:
    """How wheels are built, whatever they are.

    Args:
        workers: how many builds run at a time here.
        compiler: ``local`` or ``zig``.
        executor: opens another executor than this process's threads, and says where the work is done.
        smoke: whether finished wheels are tried.
    """

    workers: int = 1
    compiler: str = "local"
    executor: Callable[[], Any] | None = None
    smoke: bool = True


@frozen
class Outcome:
    """How one job ended.

    Args:
        job: the job.
        log: what its build printed.
        seconds: what the project's own build took.
        wheel: the wheel, in the output folder; None if there is none.
        error: why there is none.
        kept: whether it was there already.
        after: seconds for repair, provenance and label.
        audit: what the audit found, as ``dualvariant audit --json`` says it.
        smoke: what came of trying the wheel.
    """

    job: Job
    log: Path
    seconds: float
    wheel: Path | None = None
    error: str | None = None
    kept: bool = False
    after: float = 0.0
    audit: Mapping[str, Any] | None = None
    smoke: Mapping[str, Any] | None = None

    @property
    def good(self) -> bool:
        """There is a wheel, its label is true, and it ran wherever it was tried."""
        lies = (self.audit or {}).get("lies") or []
        return self.wheel is not None and not lies and not (self.smoke or {}).get("failed")


def build_wheels(
    source: Source, output: Path, declaration: Declaration, reporter: Reporter, options: Options
) -> list[Outcome]:
    """Build all that is declared; a variant that fails costs itself alone.

    Args:
        source: what is built from.
        output: where wheels and logs go; created if it is missing.
        declaration: what to build.
        reporter: is told of each job's start and end.
        options: how.

    Returns:
        How each job ended, in the order declared.

    Raises:
        UsageError: a compiler, or ``build`` itself, is missing.
        BuildFailedError: there is no sdist to build from, or no environment to build in.
    """
    _require_build()
    logs = output / LOGS
    logs.mkdir(parents=True, exist_ok=True)
    children = Children()
    with (
        interruptible(),
        tempfile.TemporaryDirectory(prefix=SCRATCH, dir=output, ignore_cleanup_errors=True) as name,
    ):
        run = uuid.uuid4().hex
        open_workshop(run, Workshop(Path(name), logs.resolve(), children))
        try:
            return _Run(source, output, declaration, reporter, options, children, run).outcomes(Path(name))
        except BaseException:
            children.stop()
            raise
        finally:
            close_workshop(run)


def _require_build() -> None:
    try:
        import build  # noqa: F401
    except ModuleNotFoundError:
        raise UsageError("building needs the package 'build' (it is not installed)", EXTRA) from None


class _Run:
    """One call of :func:`build_wheels`."""

    def __init__(
        self,
        source: Source,
        output: Path,
        declaration: Declaration,
        reporter: Reporter,
        options: Options,
        children: Children,
        run: str,
    ) -> None:
        self.source, self.output, self.declaration, self.reporter = source, output, declaration, reporter
        self.options, self.children, self.run = options, children, run
        self.logs = output / LOGS
        self.state = State(output)
        self.carried = {name: os.environ[name] for name in CARRIED if name in os.environ}
        self.backend = build_backend(source.pyproject, declaration.backend)
        self.numbers = {job: f"[{number}/{len(declaration.jobs)}]" for number, job in enumerate(declaration.jobs, 1)}

    def outcomes(self, scratch: Path) -> list[Outcome]:
        """How each job ended."""
        identities, flags = self._plan()
        found: dict[Job, Outcome] = {}
        digest = self.source.digest(self.output)
        waiting: list[tuple[Job, Flags]] = []
        for job in self.declaration.jobs:
            meant = flags.get(job, {})
            if isinstance(meant, FlagsError):
                found[job] = self._refused(job, meant)
                continue
            key = self._key(job, digest, meant, identities[job.platform])
            kept = self.state.kept(job.name, key)
            if kept is None:
                waiting.append((job, meant))
            else:
                found[job] = self._kept(job, kept)
        if waiting:
            sdist = self._sdist(scratch)
            digest = self.source.digest(self.output)  # making an sdist may leave files in the tree
            content = sdist.read_bytes()
            tasks = [
                self._task(job, sdist.name, content, meant, identities[job.platform], digest) for job, meant in waiting
            ]
            for task, built in self._built(tasks):
                key = self._key(task.job, digest, task.flags, task.identity)
                found[task.job] = self._placed(task, built, key)
        outcomes = [found[job] for job in self.declaration.jobs]
        outcomes = self._audited(outcomes)
        return self._tried(outcomes, scratch) if self.options.smoke else outcomes

    def _plan(self) -> tuple[dict[str, str], dict[Job, Flags | FlagsError]]:
        """The compiler for each platform, and what the properties mean for it."""
        identities: dict[str, str] = {}
        kinds: dict[str, list[Job]] = {}
        for platform in dict.fromkeys(job.platform for job in self.declaration.jobs):
            toolchain = toolchain_for(platform, self.options.compiler, self.carried)
            identities[platform] = toolchain.identity()
            kinds.setdefault(toolchain.kind, []).extend(
                job for job in self.declaration.jobs if job.platform == platform
            )
        flags: dict[Job, Flags | FlagsError] = {}
        for kind, jobs in kinds.items():
            flags |= provider_flags(jobs, kind, rust=build_system(self.backend) == "cargo")
        return identities, flags

    def _key(self, job: Job, digest: str, flags: Flags, identity: str) -> str:
        """A digest of everything that a wheel is made of."""
        settings = asdict(job.settings)
        for name in ("test_command", "test_requires"):
            del settings[name]
        parts = {
            "source": digest,
            "platform": job.platform,
            "properties": job.properties,
            "settings": settings,
            "flags": {name: list(values) for name, values in flags.items()},
            "compiler": identity,
            "carried": self.carried,
            "backend": self.backend,
            "epoch": _epoch(),
            "python": sys.version,
            "tool": __version__,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _refused(self, job: Job, why: FlagsError) -> Outcome:
        log = self.logs / f"{job.name}.log"
        log.write_text(f"{job}\n{why}\n", "utf-8")
        outcome = Outcome(job, log, 0.0, error=str(why))
        self._tell(outcome)
        return outcome

    def _kept(self, job: Job, entry: Mapping[str, Any]) -> Outcome:
        self.reporter.progress(f"{self.numbers[job]} {job}: nothing has changed")
        return Outcome(
            job,
            self.logs / f"{job.name}.log",
            float(entry.get("seconds", 0.0)),
            self.output / str(entry["wheel"]),
            kept=True,
            audit=entry.get("audit"),
            smoke=entry.get("smoke") if entry.get("command") == _smoke_key(job) else None,
        )

    def _sdist(self, scratch: Path) -> Path:
        """The source distribution that every wheel is built from."""
        import build

        if self.source.path.is_file():
            return self.source.path
        log = self.logs / "sdist.log"
        log.write_bytes(b"")
        started = time.monotonic()
        from dualvariant.build.task import workshop_of

        try:
            workshop = workshop_of(self.run)
            python, path = workshop.environment(self.source.path, (), log)
            environ = {**without_python(os.environ), "PATH": path, "SOURCE_DATE_EPOCH": _epoch()}
            builder = build.ProjectBuilder(self.source.path, python, Runner(self.children, environ, log))
            with explained(log, "no source distribution can be made"):
                sdist = Path(builder.build("sdist", scratch / "sdist"))
            if sdist.name.endswith(".tar.gz"):
                settle(sdist, _epoch())
        except BuildFailedError as error:
            raise BuildFailedError(f"{error}; the end of its log:\n{end_of(log)}", f"the log: {log}") from error
        self.reporter.progress(f"{sdist.name} and its build requirements: ready ({time.monotonic() - started:.1f} s)")
        return sdist

    def _task(self, job: Job, sdist: str, content: bytes, flags: Flags, identity: str, digest: str) -> Task:
        return Task(
            job,
            sdist,
            content,
            self.backend,
            flags,
            self.options.compiler,
            identity,
            self.carried,
            _epoch(),
            digest,
            self.run,
        )

    def _built(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Built]]:
        """Run the tasks wherever they are to run; each result as it comes."""
        with self._executor() as executor:
            futures: dict[Future[Built], Task] = {}
            try:
                for task in tasks:
                    futures[executor.submit(self._work, task)] = task
                for future in as_completed(futures):
                    yield futures[future], _result(future)
            except BaseException:
                self.children.stop()
                for future in futures:
                    future.cancel()
                raise

    @property
    def _work(self) -> Callable[[Task], Built]:
        return run_task if self.options.executor else self._here

    def _here(self, task: Task) -> Built:
        self.reporter.progress(f"{self.numbers[task.job]} {task.job}: started")
        return run_task(task)

    @contextmanager
    def _executor(self) -> Iterator[Executor]:
        if self.options.executor is not None:
            with self.options.executor() as executor:
                yield executor
            return
        with ThreadPoolExecutor(max_workers=self.options.workers) as pool:
            yield pool

    def _placed(self, task: Task, built: Built, key: str) -> Outcome:
        """Put a wheel into the output folder, and write down what it was made of."""
        job, log = task.job, self.logs / f"{task.job.name}.log"
        wheel, error = None, built.error
        try:
            if self.options.executor is not None:
                log.write_text(built.log, "utf-8")
            if built.filename is not None:
                wheel = self.output / built.filename
                with replacing(wheel) as file:
                    file.write(built.content)
                entry = {
                    "key": key,
                    "wheel": wheel.name,
                    "sha256": hashlib.sha256(built.content).hexdigest(),
                    "seconds": round(built.seconds, 3),
                }
                self.state.keep(job.name, entry)
        except OSError as problem:
            wheel, error = None, f"the wheel cannot be written ({problem.strerror})"
        outcome = Outcome(job, log, built.seconds, wheel, error, after=built.after)
        if not self.children.stopped:
            self._tell(outcome)
        return outcome

    def _tell(self, outcome: Outcome) -> None:
        number = self.numbers[outcome.job]
        if outcome.wheel is not None:
            self.reporter.progress(f"{number} {outcome.job}: done in {outcome.seconds + outcome.after:.1f} s")
            return
        self.reporter.warn(
            f"{number} {outcome.job}: failed after {outcome.seconds:.1f} s ({outcome.error})\n"
            f"{end_of(outcome.log)}\n  the whole log: {outcome.log}"
        )

    def _audited(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Compare every label with the machine code, and the wheels with each other."""
        wheels = [outcome.wheel for outcome in outcomes if outcome.wheel is not None]
        together = sorted((wheel.name, sha256_of(wheel)) for wheel in wheels)
        key = hashlib.sha256(json.dumps(together).encode()).hexdigest()
        if all(outcome.audit is not None and outcome.audit.get("set") == key for outcome in outcomes if outcome.wheel):
            return list(outcomes)
        from dualvariant.audit import audit_set

        audits = iter(audit_set(wheels))
        found: list[Outcome] = []
        for outcome in outcomes:
            if outcome.wheel is None:
                found.append(outcome)
                continue
            audit = next(audits)
            said = {"set": key, **audit.in_brief()}
            self._remember(outcome, {"audit": said})
            for lie in audit.lies:
                self.reporter.warn(f"{outcome.wheel.name}: its label is not true: {lie}")
            found.append(evolve(outcome, audit=said))
        return found

    def _tried(self, outcomes: Sequence[Outcome], scratch: Path) -> list[Outcome]:
        """Try every wheel that was not tried as it is, several at a time."""
        from dualvariant.build.smoke import smoke_test

        def tried(outcome: Outcome) -> Outcome:
            if outcome.wheel is None or outcome.smoke is not None:
                return outcome
            folder = scratch.resolve() / f"smoke-{outcome.job.name}"
            folder.mkdir()
            command = outcome.job.settings.test_command
            result = smoke_test(outcome.wheel.resolve(), outcome.job, sys.executable, command, folder, self.children)
            log = self.logs / f"{outcome.job.name}-smoke.log"
            said = [path.read_text("utf-8", "replace") for path in sorted(folder.rglob("*.log"))]
            log.write_text("\n".join(said), "utf-8")
            if result.failed:
                self.reporter.warn(f"{outcome.wheel.name}: {result.summary}\n{end_of(log)}\n  the whole log: {log}")
            return evolve(outcome, smoke={**result.to_dict(), "failed": result.failed, "summary": result.summary})

        with ThreadPoolExecutor(max_workers=self.options.workers) as pool:
            try:
                found = list(pool.map(tried, outcomes))
            except BaseException:
                self.children.stop()
                raise
        for before, outcome in zip(outcomes, found, strict=True):
            if outcome is not before:
                self._remember(outcome, {"smoke": outcome.smoke, "command": _smoke_key(outcome.job)})
        return found

    def _remember(self, outcome: Outcome, more: Mapping[str, Any]) -> None:
        try:
            self.state.add(outcome.job.name, more)
        except OSError as error:
            self.reporter.warn(f"what is known of {outcome.job} cannot be kept ({error.strerror})")


def _smoke_key(job: Job) -> list[Any]:
    return [job.settings.test_command, list(job.settings.test_requires)]


def _result(future: Future[Built]) -> Built:
    """What a task came back as; what its machine did to it is an error like others."""
    try:
        return future.result()
    except Exception as error:  # an executor may raise anything of its own: a lost worker, a broken pool
        return Built(None, b"", f"it did not come back ({type(error).__name__}: {error})", "", 0.0)


def _epoch() -> str:
    return os.environ.get("SOURCE_DATE_EPOCH") or EPOCH


def end_of(log: Path) -> str:
    """The last lines of a log, indented."""
    try:
        lines = log.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    return "\n".join(f"  | {line}" for line in lines[-LAST_LINES:])
