"""One wheel's build as a value that any executor can carry to any process, and what it comes back as.

``run_task`` needs nothing but the task: whichever machine it runs on makes an environment of its own for the project's
build requirements, once for all tasks of a run, and takes its own compiler, which must be the one that the run was
planned for. The wheel comes back as bytes.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import field, frozen

from dualvariant.build.check import check_wheel
from dualvariant.build.children import Children
from dualvariant.build.errors import BuildFailedError
from dualvariant.build.job import Flags, Job
from dualvariant.build.provenance import describe, with_provenance
from dualvariant.build.recipe import recipe
from dualvariant.build.repair import repair
from dualvariant.build.source import unpack
from dualvariant.build.tag import tag_wheel
from dualvariant.build.toolchain import Toolchain
from dualvariant.errors import DualvariantError
from variantlib.errors import VariantError

__all__ = ["CARRIED", "EPOCH", "Built", "Task", "Workshop", "build_backend", "run_task", "workshop_of"]

#: What a build takes over from the environment of whoever asked for it, wherever it runs.
CARRIED = ("CC", "CXX", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "RUSTFLAGS")

#: The time that goes into wheels where nobody says another: 2020-02-02. ``SOURCE_DATE_EPOCH`` says another.
EPOCH = "1580601600"


@frozen
class Task:
    """All that is needed to build one wheel.

    Args:
        job: the wheel.
        sdist: the file name of what it is built from.
        content: its bytes.
        backend: the build backend that reads the recipe's variables and settings.
        requires: build requirements, those of the project's ``[build-system]`` left out.
        flags: what the properties mean for the compiler.
        compiler: ``local`` or ``zig``.
        identity: which compiler the run was planned for, as :meth:`Toolchain.identity` says it.
        carried: the variables among :data:`CARRIED` of whoever asked.
        epoch: what ``SOURCE_DATE_EPOCH`` is to be.
        source: the digest of the sources.
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
    source: str
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
        after: what repair, provenance and label took.
    """

    filename: str | None
    content: bytes = field(repr=False)
    error: str | None
    log: str = field(repr=False)
    seconds: float
    after: float = 0.0


class Workshop:
    """A place for the builds of one run on one machine: environments and compilers, each made once.

    Args:
        folder: an existing folder of ours.
        logs: where the logs go while builds run; in ``folder`` if it is None.
        children: runs the processes.
    """

    def __init__(self, folder: Path, logs: Path | None = None, children: Children | None = None) -> None:
        self.folder = folder.resolve()
        self.logs = logs or folder
        self.children = children or Children()
        self._lock = threading.Lock()
        self._locks: dict[object, threading.Lock] = {}
        self._made: dict[object, Any] = {}

    def once(self, key: object, make: Any) -> Any:
        """What ``make()`` returned for this key; others who ask meanwhile wait for it."""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._made:
                self._made[key] = make()
            return self._made[key]

    def toolchain(self, platform: str, compiler: str, carried: Mapping[str, str]) -> Toolchain:
        """The compiler for a platform."""
        return self.once(("toolchain", platform, compiler), lambda: self._toolchain(platform, compiler, carried))  # type: ignore[no-any-return]

    def _toolchain(self, platform: str, compiler: str, carried: Mapping[str, str]) -> Toolchain:
        from dualvariant.build.cross import abroad
        from dualvariant.build.toolchains import toolchain_for

        found = toolchain_for(platform, compiler, carried)
        if not found.cross:
            return found
        folder = self.folder / f"cross-{platform}"
        folder.mkdir()
        return abroad(found, folder)

    def environment(self, tree: Path, requires: Sequence[str], log: Path) -> tuple[str, str]:
        """An environment with a project's build requirements: its interpreter, and the PATH of its programs."""
        return self.once(("environment", tuple(requires)), lambda: self._environment(tree, requires, log))  # type: ignore[no-any-return]

    def _environment(self, tree: Path, requires: Sequence[str], log: Path) -> tuple[str, str]:
        import build.env

        env = build.env.DefaultIsolatedEnv()
        env.__enter__()
        # Removed with the folder: `build` makes it below the temporary folder.
        self.once(("close", tuple(requires)), lambda: env)
        path = env.make_extra_environ()["PATH"]
        environ = {**without_python(os.environ), "PATH": path}
        builder = build.ProjectBuilder(tree, env.python_executable, Runner(self.children, environ, log))
        with explained(log, "the build requirements cannot be installed"):
            env.install({*builder.build_system_requires, *requires})
            for kind in ("sdist", "wheel"):
                env.install(builder.get_requires_for_build(kind))
        return env.python_executable, path

    def close(self) -> None:
        """Remove the environments."""
        for key, env in list(self._made.items()):
            if isinstance(key, tuple) and key[0] == "close":
                env.__exit__(None, None, None)
        self._made.clear()


_WORKSHOPS: dict[str, Workshop] = {}
_OPENING = threading.Lock()


def workshop_of(run: str) -> Workshop:
    """This process's workshop for a run; made, and removed when the process ends, if nobody opened one."""
    with _OPENING:
        if run not in _WORKSHOPS:
            folder = tempfile.TemporaryDirectory(prefix="dualvariant-build-", ignore_cleanup_errors=True)
            workshop = _WORKSHOPS[run] = Workshop(Path(folder.name))

            def close() -> None:
                workshop.children.stop()
                workshop.close()
                folder.cleanup()

            atexit.register(close)
        return _WORKSHOPS[run]


def open_workshop(run: str, workshop: Workshop) -> None:
    """Have this process use a workshop for a run."""
    with _OPENING:
        _WORKSHOPS[run] = workshop


def close_workshop(run: str) -> None:
    """The run is over."""
    with _OPENING:
        workshop = _WORKSHOPS.pop(run, None)
    if workshop is not None:
        workshop.close()


class Runner:
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


class explained:  # reads as a statement
    """Whatever ``build`` or pip raise becomes an error whose message holds the end of the log."""

    def __init__(self, log: Path, what: str) -> None:
        self.log, self.what = log, what

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        import build

        if isinstance(error, subprocess.CalledProcessError):
            with self.log.open("ab") as file:
                for said in (error.stdout, error.stderr):
                    file.write(said if isinstance(said, bytes) else str(said or "").encode())
            raise BuildFailedError(self.what, f"the log: {self.log}") from error
        if isinstance(error, (build.BuildException, build.BuildBackendException)):
            with self.log.open("a", encoding="utf-8") as text:
                text.write(f"{error}\n")
            raise BuildFailedError(f"{self.what} ({error})", f"the log: {self.log}") from error


def without_python(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment in which no other Python's modules are found."""
    return {name: value for name, value in environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


def build_backend(pyproject: Mapping[str, Any], real: str | None) -> str:
    """The backend that compiles: behind ``dualvariant.backend`` stands another."""
    system = pyproject.get("build-system", {})
    name = system.get("build-backend") if isinstance(system, dict) else None
    name = name if isinstance(name, str) else "setuptools.build_meta:__legacy__"
    return real if name == "dualvariant.backend" and real else name


def run_task(task: Task) -> Built:
    """Build one wheel, check, repair and label it. Never raises what a project or a wheel can cause."""
    import build

    workshop = workshop_of(task.run)
    os.environ["SOURCE_DATE_EPOCH"] = task.epoch  # what repairs a wheel, in this process, reads it
    log = workshop.logs / f"{task.job.name}.log"
    started = time.monotonic()
    compiled = [started]
    filename, content, error = None, b"", None
    with tempfile.TemporaryDirectory(
        prefix=f"{task.job.name}-", dir=workshop.folder, ignore_cleanup_errors=True
    ) as scratch:
        try:
            log.write_text(f"{task.job}\n", "utf-8")
            wheel = _build(task, workshop, Path(scratch), log, compiled)
            filename, content = wheel.name, wheel.read_bytes()
        except (build.BuildException, build.BuildBackendException):
            error = "the project's build failed"
        except (DualvariantError, VariantError) as problem:
            error = str(problem)
        except (OSError, ValueError, subprocess.SubprocessError) as problem:
            error = f"{type(problem).__name__}: {problem}"
    done = time.monotonic()
    seconds = compiled[-1] - started if len(compiled) > 1 else done - started
    said = log.read_text("utf-8", errors="replace")
    return Built(filename, content, error, said, seconds, done - started - seconds)


def _build(task: Task, workshop: Workshop, scratch: Path, log: Path, compiled: list[float]) -> Path:
    import build

    toolchain = workshop.toolchain(task.job.platform, task.compiler, task.carried)
    identity = workshop.once(("identity", task.job.platform), toolchain.identity)
    if identity != task.identity:
        raise BuildFailedError(
            f"the compiler here is another than the run was planned for: {identity}, not {task.identity}"
        )
    sdist = scratch / task.sdist
    sdist.write_bytes(task.content)
    tree = unpack(sdist, scratch / "source")
    settings = task.job.settings
    python, path = workshop.environment(tree, settings.requires, log)
    temporary = scratch / "tmp"
    temporary.mkdir()
    here = {"CFLAGS": (f"-ffile-prefix-map={tree}=.",), "CXXFLAGS": (f"-ffile-prefix-map={tree}=.",)}
    environ = toolchain.environment(here, settings.flags, task.flags)
    environ |= {"PATH": path, "TMPDIR": str(temporary), "SOURCE_DATE_EPOCH": task.epoch, **settings.environment}
    environ, config_settings = recipe(task.backend, toolchain, environ, settings.config_settings, scratch)
    with log.open("a", encoding="utf-8") as file:
        for variable in ("CC", "CFLAGS", "CXX", "CXXFLAGS", "LDSHARED", "LDFLAGS", "RUSTFLAGS"):
            print(f"{variable}={environ.get(variable, '')}", file=file)
        if config_settings:
            print(f"config-settings={config_settings}", file=file)
    builder = build.ProjectBuilder(tree, python, Runner(workshop.children, environ, log))
    wheel = Path(builder.build("wheel", scratch / "wheel", config_settings))
    compiled.append(time.monotonic())
    check_wheel(wheel, task.job.platform)
    # The name of the scratch folder differs from build to build, and must not be in a wheel.
    told = {name: value.replace(str(tree), "SOURCE") for name, value in environ.items()}
    installed = workshop.once(("installed", python), lambda: _installed(python))
    return finish(wheel, task, told, installed, scratch)


def _installed(python: str) -> list[str]:
    """What is installed for a build, ``NAME VERSION`` each."""
    code = (
        "import importlib.metadata as m, json\n"
        "print(json.dumps(sorted({f'{d.name} {d.version}' for d in m.distributions()})))"
    )
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    return [str(name) for name in json.loads(done.stdout)]


def finish(wheel: Path, task: Task, environ: Mapping[str, str], environment: Sequence[str], scratch: Path) -> Path:
    """What is done to every wheel after the compiler: repair, further dependencies, provenance, label.

    Args:
        wheel: as the project's build made it.
        task: what it was to be.
        environ: the variables that it was built with.
        environment: what was installed for it.
        scratch: a folder of ours.
    """
    from dualvariant.build.dependencies import with_dependencies

    def folder(name: str) -> Path:
        made = scratch / name
        made.mkdir()
        return made

    wheel = repair(wheel, task.job, folder("repaired"))
    if task.job.settings.dependencies:
        wheel = with_dependencies(wheel, task.job.settings.dependencies, folder("dependent"))
    document = describe(
        wheel=wheel,
        job=task.job,
        source=task.sdist,
        source_sha256=hashlib.sha256(task.content).hexdigest(),
        compiler=task.identity,
        flags={name: environ[name] for name in ("CFLAGS", "CXXFLAGS", "LDFLAGS", "RUSTFLAGS") if name in environ},
        backend=task.backend,
        environment=environment,
        epoch=task.epoch,
    )
    wheel = with_provenance(wheel, folder("documented"), document)
    if task.job.variant is not None:
        wheel = tag_wheel(wheel, task.job.variant, folder("variant"))
    return wheel
