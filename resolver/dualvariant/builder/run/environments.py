"""A place for the builds of one run on one machine: environments and compilers, each made once."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Generic, TypeVar

from attrs import frozen

from dualvariant.builder.run.hooks import Runner, explained, without_python
from dualvariant.builder.toolchain.compilers import Toolchain
from dualvariant.core.processes import Children

__all__ = ["Place", "Workshop", "close_workshop", "open_workshop", "workshop_of"]

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Once(Generic[Key, Value]):
    """Values that are made at their first use; whoever asks for one meanwhile waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[Key, threading.Lock] = {}
        self._made: dict[Key, Value] = {}

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """What ``make()`` returned for this key. What it raises is raised, and the next one tries again."""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._made:
                self._made[key] = make()
            return self._made[key]


@frozen
class Place:
    """An environment to build in.

    Args:
        python: its interpreter.
        path: the PATH of its programs.
        installed: what is in it, ``NAME VERSION`` each.
    """

    python: str
    path: str
    installed: tuple[str, ...]


class Workshop:
    """Makes what the builds of one run need, each thing once.

    Args:
        folder: an existing folder of ours.
        logs: where the logs go while builds run; in ``folder`` if it is None.
        children: runs the processes.
    """

    def __init__(self, folder: Path, logs: Path | None = None, children: Children | None = None) -> None:
        self.folder = folder.resolve()
        self.logs = logs or folder
        self.children = children or Children()
        self._toolchains: Once[tuple[str, str], Toolchain] = Once()
        self._identities: Once[Toolchain, str] = Once()
        self._places: Once[tuple[str, ...], Place] = Once()
        self._closing = ExitStack()

    def toolchain(self, platform: str, compiler: str, carried: Mapping[str, str]) -> Toolchain:
        """The compiler for a platform."""
        return self._toolchains.get((platform, compiler), lambda: self._toolchain(platform, compiler, carried))

    def _toolchain(self, platform: str, compiler: str, carried: Mapping[str, str]) -> Toolchain:
        from dualvariant.builder.toolchain.choice import toolchain_for
        from dualvariant.builder.toolchain.cross_python import abroad

        found = toolchain_for(platform, compiler, carried)
        if not found.cross:
            return found
        folder = self.folder / f"cross-{platform}"
        folder.mkdir()
        return abroad(found, folder)

    def identity(self, toolchain: Toolchain) -> str:
        """What a compiler says of itself."""
        return self._identities.get(toolchain, toolchain.identity)

    def environment(self, tree: Path, requires: Sequence[str], log: Path) -> Place:
        """An environment with a project's build requirements, and these."""
        return self._places.get(tuple(requires), lambda: self._environment(tree, requires, log))

    def _environment(self, tree: Path, requires: Sequence[str], log: Path) -> Place:
        import build.env

        env = self._closing.enter_context(build.env.DefaultIsolatedEnv())
        path = env.make_extra_environ()["PATH"]
        environ = {**without_python(os.environ), "PATH": path}
        builder = build.ProjectBuilder(tree, env.python_executable, Runner(self.children, environ, log))
        with explained(log, "the build requirements cannot be installed"):
            env.install({*builder.build_system_requires, *requires})
            for kind in ("sdist", "wheel"):
                env.install(builder.get_requires_for_build(kind))
        return Place(env.python_executable, path, tuple(_installed(env.python_executable)))

    def close(self) -> None:
        """Remove the environments."""
        self._closing.close()


def _installed(python: str) -> list[str]:
    code = (
        "import importlib.metadata as m, json\n"
        "print(json.dumps(sorted({f'{d.name} {d.version}' for d in m.distributions()})))"
    )
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    return [str(name) for name in json.loads(done.stdout)]


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
