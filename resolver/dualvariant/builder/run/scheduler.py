"""Build everything that a package declares: one sdist, one environment, then all wheels at once.

Nothing half-done ever has a wheel's name in the output folder: all work is done in a scratch folder inside it, whose
name begins with a dot, and a finished wheel gets its name when it is proven. What a build prints goes to ``logs/``.
What is there already and made of the same is kept.
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
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from attrs import asdict, frozen

from dualvariant import __version__
from dualvariant.builder.declaration.job import Flags, Job
from dualvariant.builder.declaration.model import Declaration
from dualvariant.builder.errors import BuildFailedError, FlagsError
from dualvariant.builder.run.cache import State
from dualvariant.builder.run.environments import Workshop, close_workshop, open_workshop, workshop_of
from dualvariant.builder.run.hooks import Runner, build_backend, explained, without_python
from dualvariant.builder.run.outcome import LOGS, Outcome, end_of
from dualvariant.builder.run.output import settle, store
from dualvariant.builder.run.source import Source, steady, unpack
from dualvariant.builder.run.task import CARRIED, EPOCH, Built, Task, run_task
from dualvariant.builder.toolchain.build_systems import build_system
from dualvariant.builder.toolchain.choice import toolchain_for
from dualvariant.builder.toolchain.compilers import EXTRA
from dualvariant.builder.toolchain.flags import provider_flags
from dualvariant.builder.verify.steps import audited, named, tried
from dualvariant.core.errors import UsageError
from dualvariant.core.processes import Children, interruptible
from dualvariant.core.report import Reporter

__all__ = ["Options", "build_wheels"]

SCRATCH = ".dualvariant-build-"


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
    executor: Callable[[], AbstractContextManager[Executor]] | None = None
    smoke: bool = True


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
    _require("build", "iced_x86")
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


def _require(*modules: str) -> None:
    """Make sure before anything is built that what is needed afterwards is there too."""
    missing = next((name for name in modules if find_spec(name) is None), None)
    if missing is not None:
        raise UsageError(f"building needs the package {missing.replace('_', '-')!r} (it is not installed)", EXTRA)


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
        self.backend = build_backend(source.backend, declaration.backend)
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
            kept = self.state.kept(job.name, self._key(job, digest, meant, identities[job.platform]))
            if kept is None:
                waiting.append((job, meant))
            else:
                found[job] = self._kept(job, *kept)
        if waiting:
            sdist = self._sdist(scratch)
            digest = self.source.digest(self.output)  # making an sdist may leave files in the tree
            content = sdist.read_bytes()
            tasks = [self._task(job, sdist.name, content, meant, identities[job.platform]) for job, meant in waiting]
            for task, built in self._built(tasks):
                key = self._key(task.job, digest, task.flags, task.identity)
                found[task.job] = self._stored(task.job, built, key)
        return self._proven([found[job] for job in self.declaration.jobs], scratch)

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

    def _kept(self, job: Job, entry: Mapping[str, Any], file: Path) -> Outcome:
        self.reporter.progress(f"{self.numbers[job]} {job}: nothing has changed")
        return Outcome(
            job,
            self.logs / f"{job.name}.log",
            float(entry.get("seconds", 0.0)),
            str(entry["wheel"]),
            file,
            kept=True,
            audit=entry.get("audit"),
            smoke=entry.get("smoke") if entry.get("command") == job.test_key else None,
        )

    def _sdist(self, scratch: Path) -> Path:
        """The source distribution that every wheel is built from."""
        import build

        if self.source.path.is_file():
            return self.source.path
        log = self.logs / "sdist.log"
        log.write_bytes(b"")
        started = time.monotonic()
        try:
            place = workshop_of(self.run).environment(self.source.path, (), log)
            environ = {**without_python(os.environ), "PATH": place.path, "SOURCE_DATE_EPOCH": _epoch()}
            builder = build.ProjectBuilder(self.source.path, place.python, Runner(self.children, environ, log))
            with explained(log, "no source distribution can be made"):
                sdist = Path(builder.build("sdist", scratch / "sdist"))
            if sdist.name.endswith(".tar.gz"):
                steady(sdist, _epoch())
        except BuildFailedError as error:
            raise BuildFailedError(f"{error}; the end of its log:\n{end_of(log)}", f"the log: {log}") from error
        self.reporter.progress(f"{sdist.name} and its build requirements: ready ({time.monotonic() - started:.1f} s)")
        return sdist

    def _task(self, job: Job, sdist: str, content: bytes, flags: Flags, identity: str) -> Task:
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
            self.run,
        )

    def _built(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Built]]:
        """Run the tasks wherever they are to run; each result as it comes."""
        work = run_task if self.options.executor else self._here
        with self._executor() as executor:
            futures: dict[Future[Built], Task] = {}
            try:
                for task in tasks:
                    futures[executor.submit(work, task)] = task
                for future in as_completed(futures):
                    yield futures[future], _result(future)
            except BaseException:
                self.children.stop()
                for future in futures:
                    future.cancel()
                raise

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

    def _stored(self, job: Job, built: Built, key: str) -> Outcome:
        """Put a wheel into the output folder, and write down what it was made of."""
        log, file, error = self.logs / f"{job.name}.log", None, built.error
        try:
            if self.options.executor is not None:
                log.write_text(built.log, "utf-8")
            if built.filename is not None:
                file = store(self.output, built.filename, built.content)
                entry = {
                    "key": key,
                    "wheel": built.filename,
                    "sha256": hashlib.sha256(built.content).hexdigest(),
                    "seconds": round(built.seconds, 3),
                }
                self.state.keep(job.name, entry)
        except OSError as problem:
            file, error = None, f"the wheel cannot be written ({problem.strerror})"
        outcome = Outcome(job, log, built.seconds, built.filename if file else None, file, error, after=built.after)
        if not self.children.stopped:
            self._tell(outcome)
        return outcome

    def _tell(self, outcome: Outcome) -> None:
        number = self.numbers[outcome.job]
        if outcome.built:
            self.reporter.progress(f"{number} {outcome.job}: done in {outcome.seconds + outcome.after:.1f} s")
            return
        self._set_old_aside(outcome.job)
        self.reporter.warn(
            f"{number} {outcome.job}: failed after {outcome.seconds:.1f} s ({outcome.error})\n"
            f"{end_of(outcome.log)}\n  the whole log: {outcome.log}"
        )

    def _set_old_aside(self, job: Job) -> None:
        """Where a build failed, a wheel that an earlier run made of something else must not lie among the new ones."""
        name = self.state.wheel(job.name)
        if name is None or not (self.output / name).is_file():
            return
        try:
            place = settle(self.output / name, name, good=False)
        except OSError as error:
            self.reporter.warn(f"{name}: of an earlier run, and cannot be set aside ({error.strerror})")
            return
        self.reporter.warn(f"{name}: an earlier run made it of something else; set aside: {place}")

    def _proven(self, outcomes: Sequence[Outcome], scratch: Path) -> list[Outcome]:
        """Audited, tried, and each wheel under the name that it has earned."""
        found = audited(outcomes, self.output, self._remember)
        if self.options.smoke:
            tree = self._tree(found, scratch)
            found = tried(found, scratch, tree, self.options.workers, self.children, self.reporter, self._remember)
        return named(found, self.reporter)

    def _tree(self, outcomes: Sequence[Outcome], scratch: Path) -> Path:
        """The source tree that a test command may name files of: an sdist is unpacked if there is one to run."""
        if self.source.path.is_dir() or not any(outcome.job.settings.test_command for outcome in outcomes):
            return self.source.path.resolve()
        return unpack(self.source.path, scratch.resolve() / "tested-source")

    def _remember(self, outcome: Outcome, more: Mapping[str, Any]) -> None:
        try:
            self.state.add(outcome.job.name, more)
        except OSError as error:
            self.reporter.warn(f"what is known of {outcome.job} cannot be kept ({error.strerror})")


def _result(future: Future[Built]) -> Built:
    """What a task came back as; what its machine did to it is an error like others."""
    try:
        return future.result()
    except Exception as error:  # an executor may raise anything of its own: a lost worker, a broken pool
        return Built(None, b"", f"it did not come back ({type(error).__name__}: {error})", "", 0.0)


def _epoch() -> str:
    return os.environ.get("SOURCE_DATE_EPOCH") or EPOCH
