"""A pretended machine, for tests of providers: other files, programs and libraries than this one has.

It runs in the provider's process. Below the given *roots* a provider sees only what a recording has; the functions of
``os`` and ``io`` that take a path are replaced, so ``open``, ``pathlib`` and ``os.listdir`` see the recording.
``ctypes`` finds only the libraries of Python and those in the recording's own folder, and PATH is the recording's
folder of programs. Code in C sees this machine.
"""

from __future__ import annotations

import builtins
import io
import os
import sys
from collections.abc import Callable
from typing import Any

__all__ = ["DEVICES", "pretend"]

#: Where Linux and drivers show hardware: a machine without any has nothing there.
DEVICES = ("/dev/", "/sys/", "/proc/driver/", "/opt/")

#: What is there on every machine.
_ALWAYS = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/dev/shm")


def pretend(machine: dict[str, Any]) -> None:
    """Have this process see another machine from now on.

    Args:
        machine: ``roots``, the absolute paths below which only recorded files exist; ``files``, the folder that has
            these files at their paths, or None; ``libraries``, a folder with shared libraries, or None; ``programs``, a
            folder with programs, or None.
    """
    roots = tuple(machine["roots"])
    files: str | None = machine["files"]

    def translate(path: Any) -> Any:
        try:
            text = os.fspath(path)
        except TypeError:
            return path  # a descriptor
        if isinstance(text, bytes):
            text = os.fsdecode(text)
        full = os.path.abspath(text) if not text.startswith("/") else os.path.normpath(text)
        if full.startswith(_ALWAYS) or not f"{full}/".startswith(roots):
            return path
        return f"{files}{full}" if files is not None else f"/proc/self/none{full}"

    for name in ("open", "stat", "lstat", "listdir", "scandir", "readlink", "access"):
        setattr(os, name, _WithPath(getattr(os, name), translate))
    opener: Any = _WithPath(io.open, translate)
    io.open = builtins.open = opener
    os.environ["PATH"] = machine["programs"] or os.path.join(os.getcwd(), "no_programs")
    _limit_libraries(machine["libraries"])


class _WithPath:
    """A function whose path is translated.

    It is an object because pathlib of Python 3.10 keeps ``os.stat`` in a class, where a function would be a method.
    """

    def __init__(self, function: Callable[..., Any], translate: Callable[[Any], Any]) -> None:
        self._function = function
        self._translate = translate

    def __call__(self, path: Any = ".", *arguments: Any, **options: Any) -> Any:
        return self._function(self._translate(path), *arguments, **options)


def _limit_libraries(folder: str | None) -> None:
    """Let ``ctypes`` load what Python consists of, and the libraries of a folder, by their names or paths."""
    import ctypes
    import ctypes.util

    real = ctypes.CDLL.__init__
    python = (sys.prefix, sys.base_prefix)

    def load(self: Any, name: Any, *arguments: Any, **options: Any) -> None:
        text = os.fsdecode(name) if name is not None else None
        recorded = None if folder is None or text is None else f"{folder}/{text.rpartition('/')[2]}"
        if recorded is not None and os.path.exists(recorded):
            name = recorded
        elif text is not None and not text.startswith(python) and not text.startswith(("libc.so", "libc.musl")):
            raise OSError(f"{text}: cannot open shared object file: No such file or directory")
        real(self, name, *arguments, **options)

    ctypes.CDLL.__init__ = load  # type: ignore[method-assign]
    ctypes.util.find_library = lambda name: None
