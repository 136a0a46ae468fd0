"""Descriptions of interpreters that are kept from run to run: asking one takes longer than all that uv does.

A description is kept with the state of everything that it depends on, and does not count after a day, or when any of
that has changed: the executable, ``pyvenv.cfg``, the ``.pth`` files that extend ``sys.path``, the variables of the
environment that Python reads, the kernel and the C library, and our own files that describe. Which pip an interpreter
has is looked up each time.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import packaging
from packaging.utils import canonicalize_name

from dualvariant.core.dirs import cache_dir
from dualvariant.core.files import read_regular, write_atomically
from dualvariant.target.installed import find_version
from dualvariant.target.interpreter import Interpreter
from dualvariant.target.probe import DESCRIBE_SCRIPT, InterpreterProbe
from variantlib.foreign_json import load_json

__all__ = ["KeptProbe"]

#: Seconds for which a description counts.
LIFETIME = 86_400

#: The most bytes of a description.
_LARGEST = 16 << 20

#: Variables that change what an interpreter says of itself.
_VARIABLES = ("HOME", "PYTHONHOME", "PYTHONNOUSERSITE", "PYTHONPATH", "PYTHONPLATLIBDIR", "PYTHONUSERBASE")


class KeptProbe:
    """As :class:`~dualvariant.target.probe.InterpreterProbe`, but it starts no process where a description is kept.

    Args:
        python: the interpreter's executable.

    Raises:
        NoInterpreterError: it does not start.
    """

    def __init__(self, python: Path) -> None:
        self._place = _find_place(python)
        self._kept = None if self._place is None else _read(self._place)
        self._probe = InterpreterProbe(python) if self._kept is None else None

    def __enter__(self) -> KeptProbe:
        return self

    def __exit__(self, *_: object) -> None:
        if self._probe is not None:
            self._probe.end()

    def interpreter(self) -> Interpreter:
        """The interpreter as it describes itself, or has described itself.

        Raises:
            NoInterpreterError: it says nothing, so it is no Python that works.
        """
        if self._kept is not None:
            return Interpreter.from_json(json.dumps(self._kept).encode())
        assert self._probe is not None
        found = self._probe.interpreter()
        if self._place is not None:
            _keep(self._place, json.loads(self._probe.line))
        return found


def _find_place(python: Path) -> Path | None:
    """Where the description of an interpreter is kept: its name is a digest of what it depends on, as far as known."""
    folder = cache_dir("interpreters")
    if folder is None:
        return None
    files = [python, DESCRIBE_SCRIPT, Path(packaging.__file__), python.parent.parent / "pyvenv.cfg"]
    try:
        libc = os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, ValueError, OSError):
        libc = None
    known = [
        str(python),
        [_state(path) for path in files],
        [os.environ.get(name) for name in _VARIABLES],
        list(os.uname()) if hasattr(os, "uname") else [],
        libc,
    ]
    return folder / f"{hashlib.sha256(json.dumps(known).encode()).hexdigest()}.json"


def _state(path: Path) -> list[int] | None:
    """What tells whether a file was changed; None if there is none. A link counts as what it leads to."""
    try:
        found = path.stat()
    except OSError:
        return None
    return [found.st_mtime_ns, found.st_size, found.st_ino]


def _read(place: Path) -> dict[str, Any] | None:
    """The description, if it still holds."""
    try:
        kept = load_json(read_regular(place, _LARGEST))
        description: dict[str, Any] = kept["description"]
        now = time.time()
        if not now - LIFETIME < kept["time"] <= now or kept["paths"] != _path_state(description):
            return None
        Interpreter.from_json(json.dumps(description).encode())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return {**description, "pip": find_version(canonicalize_name("pip"), map(Path, description["site"]))}


def _keep(place: Path, description: dict[str, Any]) -> None:
    """Keep a description; a cache that cannot be written costs only time."""
    kept = {"time": time.time(), "paths": _path_state(description), "description": description}
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(place, json.dumps(kept).encode())


def _path_state(description: dict[str, Any]) -> list[Any]:
    """The state of every ``.pth`` file, and of what else Python runs at its start, in the folders of ``sys.path``."""
    return [[str(path), _state(path)] for folder in description["path"] for path in _find_starters(Path(folder))]


def _find_starters(folder: Path) -> Iterator[Path]:
    try:
        names = sorted(entry.name for entry in os.scandir(folder))
    except OSError:
        return
    yield from (
        folder / name for name in names if name.endswith(".pth") or name in ("sitecustomize.py", "usercustomize.py")
    )
