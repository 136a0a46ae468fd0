"""Build everything that a package declares: one sdist, one environment, then all wheels at once.

Nothing half-done ever has a wheel's name in the output folder: all work is done in a scratch folder
inside it, whose name begins with a dot, and finished wheels are renamed. What a build prints goes
to ``logs/``.
"""

from __future__ import annotations

import os
import subprocess
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from attrs import field, frozen

from dualvariant.build.check import check_wheel
from dualvariant.build.children import Children, interruptible
from dualvariant.build.config import Declaration, Flags, Job
from dualvariant.build.cross import abroad
from dualvariant.build.errors import BuildFailedError, FlagsError
from dualvariant.build.flags import provider_flags
from dualvariant.build.tag import tag_wheel
from dualvariant.build.toolchain import (
    EXTRA,
    Toolchain,
    host_platform,
    local_toolchain,
    zig_toolchain,
)
from dualvariant.errors import DualvariantError, UsageError
from dualvariant.report import Reporter
from variantlib.errors import VariantError

__all__ = ["Outcome", "Task", "build_one", "build_wheels"]

SCRATCH = ".dualvariant-build-"
LOGS = "logs"
LAST_LINES = 12


@frozen
class Outcome:
    """How one job ended.

    Args:
        job: the job.
        log: what its build printed.
        seconds: what it took.
        wheel: the wheel, in the output folder; None if there is none.
        error: why there is none.
    """

    job: Job
    log: Path
    seconds: float
    wheel: Path | None = None
    error: str | None = None


@frozen
class Task:
    """All that is needed to build one wheel, in plain values, so that any executor can carry it.

    Args:
        job: the wheel.
        sdist: what it is built from.
        python: the interpreter in which the build requirements are installed.
        environ: the whole environment of the build.
        scratch: a folder of its own, which does not exist yet.
        output: where the finished wheel goes.
        log: where its build prints to.
    """

    job: Job
    sdist: Path
    python: str
    environ: Mapping[str, str] = field(hash=False, repr=False)
    scratch: Path
    output: Path
    log: Path


def build_wheels(
    source: Path, output: Path, declaration: Declaration, reporter: Reporter, workers: int
) -> list[Outcome]:
    """Build all that is declared; a variant that fails costs itself alone.

    Args:
        source: a source tree.
        output: where wheels and logs go; created if it is missing.
        declaration: what to build.
        reporter: is told of each job's start and end.
        workers: how many builds run at a time.

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
        scratch = Path(name).resolve()
        try:
            toolchains = _toolchains(declaration, scratch)
            flags = _flags(declaration, toolchains)
            with _environment(source, scratch, logs, children, reporter) as (python, path, sdist):
                tasks: list[Task | Outcome] = []
                for job in declaration.jobs:
                    log = logs / f"{job.name}.log"
                    found = flags.get(job, {})
                    if isinstance(found, FlagsError):
                        log.write_text(f"{job}\n{found}\n", "utf-8")
                        tasks.append(Outcome(job, log, 0.0, error=str(found)))
                        continue
                    environ = toolchains[job.platform].environment(declaration.flags, found)
                    environ["PATH"] = path
                    tasks.append(Task(job, sdist, python, environ, scratch / job.name, output, log))
                return _run(tasks, children, reporter, workers)
        except BaseException:
            children.stop()
            raise


def _require_build() -> None:
    try:
        import build  # noqa: F401
    except ModuleNotFoundError:
        raise UsageError("building needs the package 'build' (it is not installed)", EXTRA) from None


def _toolchains(declaration: Declaration, scratch: Path) -> dict[str, Toolchain]:
    """A compiler for each platform that something is declared for."""
    import platformdirs

    here = host_platform()
    if here is None:
        raise UsageError("builds run on 64-bit Linux, on x86-64 or Arm (this is another system)")
    caches = Path(platformdirs.user_cache_dir("dualvariant", appauthor=False), "zig")
    found: dict[str, Toolchain] = {}
    for platform in dict.fromkeys(job.platform for job in declaration.jobs):
        if platform == here:
            found[platform] = local_toolchain(platform, os.environ)
        else:
            folder = scratch / platform
            folder.mkdir()
            found[platform] = abroad(zig_toolchain(platform, os.environ, caches), folder)
    return found


def _flags(declaration: Declaration, toolchains: Mapping[str, Toolchain]) -> dict[Job, Flags | FlagsError]:
    flags: dict[Job, Flags | FlagsError] = {}
    for kind in {toolchain.kind for toolchain in toolchains.values()}:
        jobs = [job for job in declaration.jobs if toolchains[job.platform].kind == kind]
        flags |= provider_flags(jobs, kind)
    return flags


@contextmanager
def _environment(
    source: Path, scratch: Path, logs: Path, children: Children, reporter: Reporter
) -> Iterator[tuple[str, str, Path]]:
    """An environment with all build requirements, and the sdist made in it.

    Yields:
        Its interpreter, the PATH that its programs are found by, and the sdist.
    """
    import build.env

    log = logs / "sdist.log"
    log.write_bytes(b"")
    started = time.monotonic()
    try:
        with build.env.DefaultIsolatedEnv() as env:
            path = env.make_extra_environ()["PATH"]
            environ = {**_without_python(os.environ), "PATH": path}
            builder = build.ProjectBuilder(source, env.python_executable, _Runner(children, environ, log))
            env.install(builder.build_system_requires)
            for kind in ("sdist", "wheel"):
                env.install(builder.get_requires_for_build(kind))
            sdist = Path(builder.build("sdist", scratch))
            reporter.progress(f"{sdist.name} and its build requirements: ready ({_took(started)})")
            yield env.python_executable, path, sdist
    except subprocess.CalledProcessError as error:
        with log.open("ab") as file:
            for said in (error.stdout, error.stderr):
                file.write(said if isinstance(said, bytes) else str(said or "").encode())
        raise _failed("the build requirements cannot be installed", log) from error
    except (build.BuildException, build.BuildBackendException) as error:
        raise _failed(f"no source distribution can be made ({error})", log) from error


def _failed(what: str, log: Path) -> BuildFailedError:
    return BuildFailedError(f"{what}; the end of its log:\n{_end_of(log)}", f"the log: {log}")


def _without_python(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


class _Runner:
    """What ``build`` calls to run a hook of the project's build backend."""

    def __init__(self, children: Children, environ: Mapping[str, str], log: Path) -> None:
        self.children, self.environ, self.log = children, environ, log

    def __call__(
        self,
        cmd: Sequence[str],
        cwd: str | None = None,
        extra_environ: Mapping[str, str] | None = None,
    ) -> None:
        self.children.run(cmd, cwd, {**self.environ, **(extra_environ or {})}, self.log)


def _run(tasks: Sequence[Task | Outcome], children: Children, reporter: Reporter, workers: int) -> list[Outcome]:
    """Run the tasks that can be run, several at a time."""
    telling = threading.Lock()
    total = len(tasks)

    def run(number: int, task: Task | Outcome) -> Outcome:
        if isinstance(task, Task):
            with telling:
                reporter.progress(f"[{number}/{total}] {task.job}: started")
            outcome = build_one(task, children)
        else:
            outcome = task
        with telling:
            if children.stopped:
                return outcome
            _tell(f"[{number}/{total}]", outcome, reporter)
        return outcome

    pool = ThreadPoolExecutor(max_workers=workers)
    try:
        futures = [pool.submit(run, number, task) for number, task in enumerate(tasks, 1)]
        return [future.result() for future in futures]
    except BaseException:
        children.stop()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _tell(number: str, outcome: Outcome, reporter: Reporter) -> None:
    if outcome.wheel is not None:
        reporter.progress(f"{number} {outcome.job}: done in {outcome.seconds:.1f} s")
        return
    reporter.warn(
        f"{number} {outcome.job}: failed after {outcome.seconds:.1f} s ({outcome.error})\n"
        f"{_end_of(outcome.log)}\n  the whole log: {outcome.log}"
    )


def build_one(task: Task, children: Children) -> Outcome:
    """Build one wheel, check it, label it, and put it into the output folder."""
    import build

    started = time.monotonic()
    try:
        wheel: Path | None = _build(task, children)
        error = None
    except (build.BuildException, build.BuildBackendException):
        wheel, error = None, "the project's build failed"
    except (DualvariantError, VariantError, OSError, tarfile.TarError) as problem:
        wheel, error = None, str(problem)
    return Outcome(task.job, task.log, time.monotonic() - started, wheel, error)


def _build(task: Task, children: Children) -> Path:
    import build

    with task.log.open("w", encoding="utf-8") as log:
        print(task.job, file=log)
        for variable in ("CC", "CFLAGS", "CXX", "CXXFLAGS", "LDSHARED", "LDFLAGS"):
            print(f"{variable}={task.environ.get(variable, '')}", file=log)
    tree = _unpack(task.sdist, task.scratch / "source")
    temporary = task.scratch / "tmp"
    temporary.mkdir()
    environ = {**task.environ, "TMPDIR": str(temporary)}
    builder = build.ProjectBuilder(tree, task.python, _Runner(children, environ, task.log))
    wheel = Path(builder.build("wheel", task.scratch / "wheel"))
    check_wheel(wheel, task.job.platform)
    if task.job.variant is not None:
        wheel = tag_wheel(wheel, task.job.variant, task.scratch / "variant")
    return wheel.replace(task.output / wheel.name)


def _unpack(sdist: Path, folder: Path) -> Path:
    """Unpack an sdist; the one folder in it is the source tree."""
    with tarfile.open(sdist) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extractall(folder, filter="data")
        else:
            archive.extractall(folder)
    trees = [path for path in folder.iterdir() if path.is_dir()]
    if len(trees) != 1:
        raise BuildFailedError(f"the sdist holds {len(trees)} folders instead of one: {sdist.name!r}")
    return trees[0]


def _end_of(log: Path) -> str:
    lines = log.read_text("utf-8", errors="replace").splitlines()
    return "\n".join(f"  | {line}" for line in lines[-LAST_LINES:])


def _took(started: float) -> str:
    return f"{time.monotonic() - started:.1f} s"
