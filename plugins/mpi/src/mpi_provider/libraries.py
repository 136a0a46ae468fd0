"""The MPI libraries that the dynamic loader finds, and what each of them says of itself.

``MPI_Get_version`` and ``MPI_Get_library_version`` are called. They are among the few functions that may be called
before ``MPI_Init``: no process group is formed and no network is touched.

Sources: MPI 4.1, section 9.1.1, "Version Inquiries"; the MPICH ABI Compatibility Initiative
(https://www.mpich.org/abi/) for ``libmpi.so.12``; MPI 5.0, chapter 20, for ``libmpi_abi.so.0``.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["SONAMES", "Library", "LibraryError", "find_libraries", "name_implementation"]

#: The ABI that a wheel was linked for, and the library that such a wheel asks the loader for, best first. Debian gives
#: MPICH's library a name of its own.
SONAMES: tuple[tuple[str, str], ...] = (
    ("libmpi.so.40", "openmpi"),
    ("libmpi.so.12", "mpich"),
    ("libmpich.so.12", "mpich_debian"),
    ("libmpi_abi.so.0", "mpi_abi"),
)

#: How each implementation names itself, in its library and by ``mpiexec --version``.
_IMPLEMENTATIONS = (
    ("intel", r"Intel\(R\) MPI"),
    ("cray", r"CRAY MPICH"),
    ("mvapich", r"MVAPICH"),
    ("openmpi", r"Open MPI|OpenRTE|Open RTE|PRRTE"),
    ("mpich", r"MPICH|HYDRA"),
)

#: The longest text that an implementation gives (MPICH: 8192).
_LONGEST = 1 << 16


class LibraryError(RuntimeError):
    """A library is there and cannot be used: programs that are linked to it cannot start either."""


class Library(NamedTuple):
    """An MPI library.

    Attributes:
        soname: the name by which the loader finds it.
        abi: the ABI that this name stands for.
        implementation: whose it is, such as ``openmpi``; None for one that is not known.
        standard: the version of the MPI standard that it implements, (major, minor).
    """

    soname: str
    abi: str
    implementation: str | None
    standard: tuple[int, int]


def find_libraries() -> list[Library]:
    """Every MPI library that the loader finds.

    Raises:
        LibraryError: one of them does not work.
    """
    return list(_find())


def _find() -> Iterator[Library]:
    for soname, abi in SONAMES:
        try:
            library = ctypes.CDLL(soname)
        except OSError as error:
            if soname in str(error).partition("(needed by")[0] and "No such file" in str(error):
                continue
            raise LibraryError(f"the MPI library cannot be loaded: {error}") from error
        yield _ask(library, soname, abi)


def _ask(library: ctypes.CDLL, soname: str, abi: str) -> Library:
    major, minor, length = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    text = ctypes.create_string_buffer(_LONGEST)
    try:
        codes = (
            library.MPI_Get_version(ctypes.byref(major), ctypes.byref(minor)),
            library.MPI_Get_library_version(text, ctypes.byref(length)),
        )
    except AttributeError as error:
        raise LibraryError(f"{soname} is no MPI library of version 3.0 or newer: {error}") from error
    if any(codes):
        raise LibraryError(f"{soname} does not say its version (it answered {codes[0]} and {codes[1]})")
    return Library(soname, abi, name_implementation(text.value.decode("utf-8", "replace")), (major.value, minor.value))


def name_implementation(text: str) -> str | None:
    """Whose MPI a library, or a launcher, is by what it says of itself; None for one that is not known."""
    return next((name for name, pattern in _IMPLEMENTATIONS if re.search(pattern, text)), None)
