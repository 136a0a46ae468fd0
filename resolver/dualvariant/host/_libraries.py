"""Which shared libraries a provider's answer rests on, noticed while it runs, without its author's help.

It is imported in the provider's process only. Three sources are put together: the names that ``ctypes`` was asked to
load, whether or not it could (CPython's audit event ``ctypes.dlopen``); the libraries that were mapped meanwhile, by
whatever means; and the loader's own list of libraries, if ``ctypes.util`` was used to search it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress

from dualvariant.host._depends import LIBRARY, LOADER_CACHE, VARIABLE, State, read_state

__all__ = ["LibraryWatch"]

#: More libraries than this are those of a large framework, of which no single one matters.
_MOST = 200


class LibraryWatch:
    """Notices every library from now on. One for a process: an audit hook cannot be removed.

    Args:
        tell: is told the state of each library that is asked for by name, before it is loaded: that may be the end.
    """

    def __init__(self, tell: Callable[[dict[str, State]], None]) -> None:
        self._tell = tell
        self._asked: dict[str, State] = {}
        self._mapped_before = _read_mapped()
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if event != "ctypes.dlopen":
            return
        with suppress(Exception):  # an exception here would end the provider's own call
            name = arguments[0]
            if isinstance(name, (str, bytes, os.PathLike)) and len(self._asked) < _MOST:
                text = os.fsdecode(name)
                text = os.path.abspath(text) if os.sep in text else text
                if text and "\0" not in text and f"{LIBRARY}{text}" not in self._asked:
                    self._asked[f"{LIBRARY}{text}"] = read_state(f"{LIBRARY}{text}")
                    self._tell({f"{LIBRARY}{text}": self._asked[f"{LIBRARY}{text}"]})

    def read_states(self) -> dict[str, State]:
        """The state of each library, and of the places where libraries were searched."""
        found = dict(self._asked)
        if "ctypes.util" in sys.modules:
            found |= {name: read_state(name) for name in (LOADER_CACHE, f"{VARIABLE}LD_LIBRARY_PATH")}
        mapped = sorted(_read_mapped() - self._mapped_before)
        if len(mapped) <= _MOST:
            found |= {path: read_state(path) for path in mapped}
        return found


def _read_mapped() -> set[str]:
    """The shared libraries that are mapped into this process, where the system tells (Linux).

    Not the extension modules of Python's own library: an answer is kept for one interpreter anyway.
    """
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as file:
            paths = {line.rstrip("\n").partition("/")[2] for line in file}
    except OSError:
        return set()
    return {
        f"/{path}"
        for path in paths
        if ".so" in path.rpartition("/")[2] and "/lib-dynload/" not in path and not path.endswith(" (deleted)")
    }
