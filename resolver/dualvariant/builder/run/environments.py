"""The environments and compilers of one run on one machine; each is made once."""

from __future__ import annotations

import atexit
import json
import os
import tempfile
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from dualvariant.builder.run.hooks import Runner, drop_python_variables, report_failures
from dualvariant.builder.toolchain.compilers import Toolchain
from dualvariant.core.processes import Children, capture
from dualvariant.core.scratch import make_scratch_dir

__all__ = [
    "BuildEnvironment",
    "BuildEnvironments",
    "close_environments",
    "get_environments",
    "register_environments",
]

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class OncePerKey(Generic[Key, Value]):
    """Values that are made at their first use; a thread that asks for one that is being made waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[Key, threading.Lock] = {}
        self._made: dict[Key, Value] = {}

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """What ``make()`` returned for this key. If it raises, the error is raised, and the next call tries again."""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._made:
                self._made[key] = make()
            return self._made[key]


class BuildEnvironment(NamedTuple):
    """A virtual environment with a project's build requirements.

    Args:
        python: its interpreter.
        path: the PATH of its programs.
        installed: what is in it, ``NAME VERSION`` each.
    """

    python: str
    path: str
    installed: tuple[str, ...]


#: Held while ``tempfile.tempdir`` is another folder: the variable belongs to the whole process.
_TEMPFILE_LOCK = threading.Lock()


class BuildEnvironments:
    """Makes the environments and the compilers of one run, each at its first use.

    Args:
        folder: an existing folder of ours.
        logs: where the logs go while builds run; in ``folder`` if it is None.
        children: runs the processes.
    """

    def __init__(self, folder: Path, logs: Path | None = None, children: Children | None = None) -> None:
        self.folder = folder.resolve()
        self.logs = logs or folder
        self.children = children or Children()
        self._toolchains: OncePerKey[tuple[str, str], Toolchain] = OncePerKey()
        self._identities: OncePerKey[Toolchain, str] = OncePerKey()
        self._environments: OncePerKey[tuple[str, ...], BuildEnvironment] = OncePerKey()
        self._closing = ExitStack()
        self._temporary: Path | None = None

    def get_toolchain(self, platform: str, compiler: str, user_variables: Mapping[str, str]) -> Toolchain:
        """The compiler for a platform, ready to build extension modules for it."""
        return self._toolchains.get(
            (platform, compiler), lambda: self._make_toolchain(platform, compiler, user_variables)
        )

    def _make_toolchain(self, platform: str, compiler: str, user_variables: Mapping[str, str]) -> Toolchain:
        from dualvariant.builder.toolchain.choice import choose_toolchain
        from dualvariant.builder.toolchain.cross_python import prepare_cross_toolchain

        found = choose_toolchain(platform, compiler, user_variables)
        if not found.cross:
            return found
        folder = self.folder / f"cross-{platform}"
        folder.mkdir()
        return prepare_cross_toolchain(found, folder)

    def get_identity(self, toolchain: Toolchain) -> str:
        """A compiler's kind and version."""
        return self._identities.get(toolchain, toolchain.identity)

    def get_environment(self, tree: Path, requires: Sequence[str], log: Path) -> BuildEnvironment:
        """An environment with a project's build requirements, and these.

        Args:
            tree: the project's source tree; one run has one project.
            requires: requirements beside the project's own.
            log: a file for the installer's output.
        """
        return self._environments.get(tuple(requires), lambda: self._make_environment(tree, requires, log))

    def _make_environment(self, tree: Path, requires: Sequence[str], log: Path) -> BuildEnvironment:
        import build.env

        with self._temporary_files_here():
            env = self._closing.enter_context(build.env.DefaultIsolatedEnv())
        path = env.make_extra_environ()["PATH"]
        environ = {**drop_python_variables(os.environ), "PATH": path}
        builder = build.ProjectBuilder(tree, env.python_executable, Runner(self.children, environ, log))
        with report_failures(log, "the build requirements cannot be installed"):
            env.install({*builder.build_system_requires, *requires})
            for kind in ("sdist", "wheel"):
                env.install(builder.get_requires_for_build(kind))
        return BuildEnvironment(env.python_executable, path, tuple(_list_installed(env.python_executable)))

    @contextmanager
    def _temporary_files_here(self) -> Iterator[None]:
        """Have other libraries make their temporary folders where the next run finds those of a run that was killed."""
        with _TEMPFILE_LOCK:
            if self._temporary is None:
                # Not in our own folder: scripts of an environment begin with its path, whose length is limited.
                self._temporary = self._closing.enter_context(make_scratch_dir())
            before, tempfile.tempdir = tempfile.tempdir, str(self._temporary)
            try:
                yield
            finally:
                tempfile.tempdir = before

    def close(self) -> None:
        """Remove the environments."""
        self._closing.close()


def _list_installed(python: str) -> list[str]:
    code = (
        "import importlib.metadata as m, json\n"
        "print(json.dumps(sorted({f'{d.name} {d.version}' for d in m.distributions()})))"
    )
    done = capture([python, "-I", "-c", code], check=True)
    return [str(name) for name in json.loads(done.stdout)]


_BY_RUN: dict[str, BuildEnvironments] = {}
_LOCK = threading.Lock()


def get_environments(run: str) -> BuildEnvironments:
    """This process's environments for a run.

    Where none are registered, as on a worker of a cluster, they are made, and removed when the process ends.
    """
    with _LOCK:
        if run not in _BY_RUN:
            closing = ExitStack()
            environments = _BY_RUN[run] = BuildEnvironments(closing.enter_context(make_scratch_dir()))

            def close() -> None:
                environments.children.stop()
                environments.close()
                closing.close()

            atexit.register(close)
        return _BY_RUN[run]


def register_environments(run: str, environments: BuildEnvironments) -> None:
    """Have this process use these environments for a run, until :func:`close_environments`."""
    with _LOCK:
        _BY_RUN[run] = environments


def close_environments(run: str) -> None:
    """Remove the registered environments of a run that is over."""
    with _LOCK:
        environments = _BY_RUN.pop(run, None)
    if environments is not None:
        environments.close()
