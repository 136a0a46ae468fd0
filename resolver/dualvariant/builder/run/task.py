"""Build one wheel: the task as a value that any executor can send to any process, and its result.

``run_task`` needs nothing but the task: the machine that it runs on makes an environment for the project's build
requirements, once for all tasks of a run, and takes its own compiler, which must be the one that the run was planned
for. The wheel is returned as bytes.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from dualvariant.builder.declaration.job import Flags, Job
from dualvariant.builder.errors import BuildFailedError, NothingCompiledError
from dualvariant.builder.finish.pipeline import UnfinishedWheel, finish_wheel
from dualvariant.builder.finish.provenance import Origin
from dualvariant.builder.run.environments import BuildEnvironment, BuildEnvironments, get_environments
from dualvariant.builder.run.hooks import Runner
from dualvariant.builder.run.source import unpack_sdist
from dualvariant.builder.toolchain.build_systems import configure_build, get_build_system
from dualvariant.builder.toolchain.commands import format_commands, list_modules, read_commands
from dualvariant.builder.toolchain.compilers import CompilerError, Toolchain
from dualvariant.builder.toolchain.driver import install_driver
from dualvariant.builder.toolchain.reach import Reach, find_reach
from dualvariant.builder.variables import CFLAGS, CXXFLAGS, FLAG_KEYS, LOGGED_VARIABLES
from dualvariant.core.errors import DualvariantError
from variantlib.errors import VariantError

__all__ = ["BuildTask", "TaskResult", "run_task"]


@frozen
class BuildTask:
    """All that is needed to build one wheel.

    Args:
        job: the wheel.
        sdist: the file name of the source distribution.
        content: its bytes.
        backend: the build backend that compiles.
        flags: what the properties mean for the compiler.
        compiler: ``local`` or ``zig``.
        identity: the compiler that the run was planned for, as :meth:`Toolchain.identity` returns it.
        user_variables: CC, CFLAGS and the like of the user who asked for the build.
        epoch: ``SOURCE_DATE_EPOCH``, in seconds.
        run: an identifier; tasks with the same one share an environment.
    """

    job: Job
    sdist: str
    content: bytes = field(repr=False, hash=False)
    backend: str
    flags: Flags = field(hash=False)
    compiler: str
    identity: str
    user_variables: Mapping[str, str] = field(hash=False)
    epoch: str
    run: str


@frozen
class TaskResult:
    """The result of a task.

    Args:
        filename: the wheel's; None if there is none.
        content: its bytes.
        error: why there is none.
        log: the output of the build.
        seconds: what the project's own build took.
        after: what the steps after the compiler took.
        reach: whether the flags reached every object (:class:`Reach`), as ``build --json`` has it.
        commands: what the build compiled, as text.
        needless: whether there is no wheel because nothing in the project is compiled: ``error`` is then no failure.
    """

    filename: str | None
    content: bytes = field(repr=False)
    error: str | None
    log: str = field(repr=False)
    seconds: float
    after: float = 0.0
    reach: Mapping[str, Any] | None = field(default=None, hash=False)
    commands: str = field(default="", repr=False)
    needless: bool = False


def run_task(task: BuildTask) -> TaskResult:
    """Build one wheel and finish it. Errors that a project or a wheel can cause are in the result, not raised."""
    environments = get_environments(task.run)
    os.environ["SOURCE_DATE_EPOCH"] = task.epoch  # auditwheel, and what rewrites wheels in this process, read it
    log = environments.logs / f"{task.job.name}.log"
    started = time.monotonic()
    compiled: float | None = None
    filename, content, error = None, b"", None
    reach, commands, needless = None, "", False
    with tempfile.TemporaryDirectory(
        prefix=f"{task.job.name}-", dir=environments.folder, ignore_cleanup_errors=True
    ) as scratch:
        try:
            log.write_text(f"{task.job}\n", "utf-8")
            build = _Build(task, environments, Path(scratch), log)
            wheel = build.compile()
            compiled = time.monotonic()
            wheel = build.finish(wheel)
            filename, content = wheel.name, wheel.read_bytes()
            reach, commands = build.reach.to_dict(), build.commands
        except (DualvariantError, VariantError) as problem:
            error, needless = str(problem), isinstance(problem, NothingCompiledError)
        except (OSError, ValueError, subprocess.SubprocessError) as problem:
            error = f"{type(problem).__name__}: {problem}"
    done = time.monotonic()
    compiled = compiled or done
    output = log.read_text("utf-8", errors="replace")
    times = compiled - started, done - compiled
    return TaskResult(filename, content, error, output, *times, reach, commands, needless)


class _Build:
    """The build of one task: the project's own, and the steps after it."""

    def __init__(self, task: BuildTask, environments: BuildEnvironments, scratch: Path, log: Path) -> None:
        self.task, self.environments, self.scratch, self.log = task, environments, scratch, log
        self.toolchain = self._get_toolchain()
        sdist = scratch / task.sdist
        sdist.write_bytes(task.content)
        self.tree = unpack_sdist(sdist, scratch / "source")
        settings = task.job.settings
        self.environment: BuildEnvironment = environments.get_environment(self.tree, settings.requires, log)
        environ = self._make_environ()
        self.driver = install_driver(self.toolchain, task.flags, environ, scratch / "driver")
        self.environ, self.config_settings = configure_build(
            task.backend, self.toolchain, self.driver.environ, settings.config_settings, scratch
        )
        self.given = {name: environ[name] for name in FLAG_KEYS.values() if name in environ}
        self.commands = ""
        self.reach = Reach()

    def _get_toolchain(self) -> Toolchain:
        task = self.task
        found = self.environments.get_toolchain(task.job.platform, task.compiler, task.user_variables)
        identity = self.environments.get_identity(found)
        if identity != task.identity:
            raise CompilerError(
                f"the compiler on this machine is not the one that the run was planned for: {identity}, not "
                f"{task.identity}",
                "install the same compiler on every machine, or build with --compiler zig",
            )
        return found

    def _make_environ(self) -> dict[str, str]:
        settings = self.task.job.settings
        temporary = self.scratch / "tmp"
        temporary.mkdir()
        environ = self.toolchain.environment(self._make_path_flags(), settings.flags, self.task.flags)
        return environ | {
            "PATH": self.environment.path,
            "TMPDIR": str(temporary),
            "SOURCE_DATE_EPOCH": self.task.epoch,
            **settings.environment,
        }

    def _make_path_flags(self) -> Flags:
        """Flags that keep the folder of this build, whose name is different each time, out of libraries.

        CMake and Meson name sources by absolute paths, which ``__FILE__`` would repeat. setuptools does not. There the
        flag itself would do harm, because some projects store in a library the CFLAGS that it was compiled with.
        """
        if get_build_system(self.task.backend) not in ("cmake", "meson"):
            return {}
        flags = (f"-ffile-prefix-map={self.tree}=.",)
        return {CFLAGS: flags, CXXFLAGS: flags}

    def compile(self) -> Path:
        """Run the project's own build and return its wheel."""
        import build

        with self.log.open("a", encoding="utf-8") as file:
            for variable in LOGGED_VARIABLES:
                print(f"{variable}={(self.environ | self.given).get(variable, '')}", file=file)
            if self.config_settings:
                print(f"config-settings={self.config_settings}", file=file)
        runner = Runner(self.environments.children, self.environ, self.log)
        try:
            builder = build.ProjectBuilder(self.tree, self.environment.python, runner)
            wheel = Path(builder.build("wheel", self.scratch / "wheel", self.config_settings))
        except (build.BuildException, build.BuildBackendException) as error:
            raise BuildFailedError("the project's build failed", f"the log has the reason: {self.log}") from error
        self._read_record(wheel)
        return wheel

    def _read_record(self, wheel: Path) -> None:
        """Find out what the flags reached, and say so in the log."""
        commands = read_commands(self.driver.record)
        self.commands = format_commands(commands)
        folders = self.toolchain.list_library_folders()
        self.reach = find_reach(commands, list_modules(wheel), self.driver.levels, folders)
        with self.log.open("a", encoding="utf-8") as file:
            print(f"\n{len(commands)} commands of compilers were recorded", file=file)
            for line in self.reach.describe(self.driver.levels[CFLAGS]):
                print(line, file=file)

    def finish(self, wheel: Path) -> Path:
        """Run every step after the compiler."""
        task = self.task
        origin = Origin(
            source=task.sdist,
            sha256=hashlib.sha256(task.content).hexdigest(),
            backend=task.backend,
            compiler=task.identity,
            flags={name: value.replace(str(self.tree), "SOURCE") for name, value in self.given.items()},
            installed=self.environment.installed,
            epoch=task.epoch,
            reach=self.reach.to_dict(),
        )
        return finish_wheel(wheel, UnfinishedWheel(task.job, origin, self.log, self.toolchain), self.scratch)
