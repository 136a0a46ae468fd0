"""The state of what an answer depends on: files, environment variables and shared libraries.

The provider's process reads the state before it detects anything, and the cache reads it again before it uses a kept
answer. So this module is imported on both sides, and imports next to nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

__all__ = ["LIBRARY", "LOADER_CACHE", "VARIABLE", "State", "read_state", "read_states"]

#: The beginnings of the names that are no paths.
VARIABLE, LIBRARY = "env:", "lib:"

#: Where ldconfig writes which libraries there are (Linux, glibc).
LOADER_CACHE = "/etc/ld.so.cache"

#: A value in JSON's types: the text of a variable; size, modification time and inode of a file; for a library a list of
#: path, size, modification time and inode of each file that could be loaded. None for what is missing.
State = str | list[int] | list[list[str | int]] | None

#: The variables that name folders of libraries (ld.so(8), dyld(1)).
_FOLDERS_BY_VARIABLE = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
_FOLDERS = ("/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib")


def read_state(name: str) -> State:
    """A value that changes when the named thing does, in JSON's types; None if the thing is missing.

    Args:
        name: ``env:NAME``, ``lib:SONAME``, or the absolute path of a file.

    Raises:
        ValueError: it is none of them.
    """
    if name.startswith(VARIABLE):
        return os.environ.get(name[len(VARIABLE) :])
    if name.startswith(LIBRARY):
        return _read_library(name[len(LIBRARY) :])
    if not os.path.isabs(name):
        raise ValueError(
            f"__depends_on__ names absolute paths, 'env:NAME' and 'lib:SONAME' (this is none of them): {name!r}"
        )
    return _stat(name)


def read_states(names: Any) -> dict[str, State]:
    """The state of each name.

    Raises:
        TypeError: ``names`` is no list or tuple of strings.
        ValueError: as :func:`read_state`.
    """
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"__depends_on__ must be a list of str: {names!r}")
    return {name: read_state(name) for name in names}


def _stat(path: str) -> list[int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns, found.st_ino]


def _read_library(soname: str) -> list[list[str | int]] | None:
    """Every file that the loader could take for a library, in the order in which it looks (ld.so(8)).

    Nothing is loaded: a library's own code would run in our process. More files may be listed than the loader looks at,
    so that a change is seen which makes no difference; never fewer.
    """
    if os.sep in soname:
        found = _stat(soname)
        return None if found is None else [[soname, *found]]
    states: dict[str, list[int] | None] = {path: _stat(path) for path in _candidates(soname)}
    return [[path, *state] for path, state in states.items() if state is not None] or None


def _candidates(soname: str) -> Iterator[str]:
    for variable in _FOLDERS_BY_VARIABLE:
        value = os.environ.get(variable)
        for folder in value.replace(";", ":").split(":") if value else ():
            yield f"{folder or '.'}/{soname}"
    # What dlopen() is called from may have a search path of its own: Python's is beside it where it is relocatable.
    yield from (f"{prefix}/lib/{soname}" for prefix in dict.fromkeys((sys.prefix, sys.base_prefix)))
    yield from _listed_in_loader_cache(soname)
    multiarch = getattr(sys.implementation, "_multiarch", "")
    yield from (f"{folder}/{multiarch}/{soname}" for folder in _FOLDERS[:2] if multiarch)
    yield from (f"{folder}/{soname}" for folder in _FOLDERS)


def _listed_in_loader_cache(soname: str) -> Iterator[str]:
    """The paths of a library in the loader's cache: it holds them as strings that end with a zero byte."""
    try:
        with open(LOADER_CACHE, "rb") as file:
            content = file.read()
    except OSError:
        return
    ending = os.fsencode(f"/{soname}\0")
    end = content.find(ending)
    while end >= 0:
        yield os.fsdecode(content[content.rfind(b"\0", 0, end) + 1 : end + len(ending) - 1])
        end = content.find(ending, end + 1)
