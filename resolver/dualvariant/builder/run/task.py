"""One wheel's build as a value that any executor can carry to any process, and what it comes back as.

``run_task`` needs nothing but the task: whichever machine it runs on makes an environment of its own for the project's
build requirements, once for all tasks of a run, and takes its own compiler, which must be the one that the run was
planned for. The wheel comes back as bytes.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen

from dualvariant.builder.declaration.job import Flags, Job
from dualvariant.builder.errors import BuildFailedError
from dualvariant.builder.finish.check import check_wheel
from dualvariant.builder.finish.pipeline import finish
from dualvariant.builder.finish.provenance import Origin
from dualvariant.builder.run.environments import Place, Workshop, workshop_of
from dualvariant.builder.run.hooks import Runner
from dualvariant.builder.run.source import unpack
from dualvariant.builder.toolchain.build_systems import build_system, recipe
from dualvariant.builder.toolchain.compilers import Toolchain
from dualvariant.core.errors import DualvariantError
from variantlib.errors import VariantError

__all__ = ["CARRIED", "EPOCH", "Built", "Task", "run_task"]

#: What a build takes over from the environment of whoever asked for it, wherever it runs.
CARRIED = ("CC", "CXX", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "RUSTFLAGS")

#: The time that goes into wheels where nobody says another: 2020-02-02. ``SOURCE_DATE_EPOCH`` says another.
EPOCH = "1580601600"

#: What goes into a wheel's provenance.
_FLAGS = ("CFLAGS", "CXXFLAGS", "LDFLAGS", "RUSTFLAGS")

#: What a log says of the environment of a build.
_TOLD = ("CC", "CFLAGS", "CXX", "CXXFLAGS", "LDSHARED", "LDFLAGS", "RUSTFLAGS")


@frozen
class Task:
    """All that is needed to build one wheel.

    Args:
        job: the wheel.
        sdist: the file name of what it is built from.
        content: its bytes.
        backend: the build backend that reads the recipe's variables and settings.
        flags: what the properties mean for the compiler.
        compiler: ``local`` or ``zig``.
        identity: which compiler the run was planned for, as :meth:`Toolchain.identity` says it.
        carried: the variables among :data:`CARRIED` of whoever asked.
        epoch: what ``SOURCE_DATE_EPOCH`` is to be.
        run: tasks with the same one share an environment.
    """

    job: Job
    sdist: str
    content: bytes = field(repr=False, hash=False)
    backend: str
    flags: Flags = field(hash=False)
    compiler: str
    identity: str
    carried: Mapping[str, str] = field(hash=False)
    epoch: str
    run: str


@frozen
class Built:
    """What came of a task.

    Args:
        filename: the wheel's; None if there is none.
        content: its bytes.
        error: why there is none.
        log: all that was printed.
        seconds: what the project's own build took.
        after: what strip, repair, provenance and label took.
    """

    filename: str | None
    content: bytes = field(repr=False)
    error: str | None
    log: str = field(repr=False)
    seconds: float
    after: float = 0.0


def run_task(task: Task) -> Built:
    """Build one wheel, check, repair and label it. Never raises what a project or a wheel can cause."""
    workshop = workshop_of(task.run)
    os.environ["SOURCE_DATE_EPOCH"] = task.epoch  # what repairs a wheel, in this process, reads it
    log = workshop.logs / f"{task.job.name}.log"
    started = time.monotonic()
    compiled: float | None = None
    filename, content, error = None, b"", None
    with tempfile.TemporaryDirectory(
        prefix=f"{task.job.name}-", dir=workshop.folder, ignore_cleanup_errors=True
    ) as scratch:
        try:
            log.write_text(f"{task.job}\n", "utf-8")
            build = _Build(task, workshop, Path(scratch), log)
            wheel = build.compiled()
            compiled = time.monotonic()
            wheel = build.finished(wheel)
            filename, content = wheel.name, wheel.read_bytes()
        except (DualvariantError, VariantError) as problem:
            error = str(problem)
        except (OSError, ValueError, subprocess.SubprocessError) as problem:
            error = f"{type(problem).__name__}: {problem}"
    done = time.monotonic()
    compiled = compiled or done
    said = log.read_text("utf-8", errors="replace")
    return Built(filename, content, error, said, compiled - started, done - compiled)


class _Build:
    """The build of one task: the project's own, and what we do to its wheel."""

    def __init__(self, task: Task, workshop: Workshop, scratch: Path, log: Path) -> None:
        self.task, self.workshop, self.scratch, self.log = task, workshop, scratch, log
        self.toolchain = self._toolchain()
        sdist = scratch / task.sdist
        sdist.write_bytes(task.content)
        self.tree = unpack(sdist, scratch / "source")
        self.place: Place = workshop.environment(self.tree, task.job.settings.requires, log)
        self.environ, self.config_settings = recipe(
            task.backend, self.toolchain, self._environ(), task.job.settings.config_settings, scratch
        )

    def _toolchain(self) -> Toolchain:
        task = self.task
        found = self.workshop.toolchain(task.job.platform, task.compiler, task.carried)
        identity = self.workshop.identity(found)
        if identity != task.identity:
            raise BuildFailedError(
                f"the compiler here is another than the run was planned for: {identity}, not {task.identity}"
            )
        return found

    def _environ(self) -> dict[str, str]:
        settings = self.task.job.settings
        temporary = self.scratch / "tmp"
        temporary.mkdir()
        environ = self.toolchain.environment(self._path_flags(), settings.flags, self.task.flags)
        return environ | {
            "PATH": self.place.path,
            "TMPDIR": str(temporary),
            "SOURCE_DATE_EPOCH": self.task.epoch,
            **settings.environment,
        }

    def _path_flags(self) -> Flags:
        """Flags that keep the folder of this build, which is another each time, out of libraries.

        CMake and Meson name sources by absolute paths, which ``__FILE__`` would repeat. setuptools does not; there the
        flag itself would do harm, because some projects write down in a library which CFLAGS it was compiled with.
        """
        if build_system(self.task.backend) not in ("cmake", "meson"):
            return {}
        flags = (f"-ffile-prefix-map={self.tree}=.",)
        return {"CFLAGS": flags, "CXXFLAGS": flags}

    def compiled(self) -> Path:
        """The wheel as the project's own build makes it."""
        import build

        with self.log.open("a", encoding="utf-8") as file:
            for variable in _TOLD:
                print(f"{variable}={self.environ.get(variable, '')}", file=file)
            if self.config_settings:
                print(f"config-settings={self.config_settings}", file=file)
        runner = Runner(self.workshop.children, self.environ, self.log)
        try:
            builder = build.ProjectBuilder(self.tree, self.place.python, runner)
            return Path(builder.build("wheel", self.scratch / "wheel", self.config_settings))
        except (build.BuildException, build.BuildBackendException) as error:
            raise BuildFailedError("the project's build failed") from error

    def finished(self, wheel: Path) -> Path:
        """The wheel as it goes out."""
        check_wheel(wheel, self.task.job.platform)
        task = self.task
        told = {name: self.environ[name].replace(str(self.tree), "SOURCE") for name in _FLAGS if name in self.environ}
        digest = hashlib.sha256(task.content).hexdigest()
        origin = Origin(task.sdist, digest, task.backend, task.identity, told, self.place.installed, task.epoch)
        return finish(wheel, task.job, self.toolchain, origin, self.scratch, self.log)
