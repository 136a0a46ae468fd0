"""The provider: one MPI, the one whose ``mpiexec`` starts programs here.

``abi``
    The libraries that a compiled module can be linked to: ``openmpi`` (``libmpi.so.40``), ``mpich`` (``libmpi.so.12``:
    MPICH, Intel MPI, MVAPICH, Cray MPICH), ``mpich_debian`` (``libmpich.so.12``, Debian's name for MPICH's) and
    ``mpi_abi`` (``libmpi_abi.so.0``, the ABI of the standard since MPI 5.0).
``implementation``
    Whose it is: ``openmpi``, ``mpich``, ``intel``, ``mvapich``, ``cray``.
``standard``
    The versions of the MPI standard that it implements, newest first: ``4.0``, ``3.1``, ``3.0``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from mpi_provider.libraries import SONAMES, Library, find_libraries, name_implementation

__all__ = ["KeyConfig", "MpiProvider", "ProviderConfig", "SeveralMpiError", "find_launcher_files", "select"]

#: Released versions of the standard, newest first. A library of a newer version also implements these.
STANDARDS = ((5, 0), (4, 1), (4, 0), (3, 1), (3, 0))

LAUNCHER = "mpiexec"
LAUNCHER_LIMIT_S = 5.0


class SeveralMpiError(RuntimeError):
    """There are libraries of several implementations, and nothing says which one programs are started with."""


class KeyConfig(NamedTuple):
    """One key and the values that this machine supports, best first."""

    key: str
    values: list[str]


class ProviderConfig(NamedTuple):
    """The answer: the provider's name, and its keys, most important first."""

    provider: str
    configs: list[KeyConfig]


def find_launcher_files() -> list[str]:
    """The paths at which ``mpiexec`` is, or would come before the one that is found."""
    folders = [Path(name) for name in os.environ.get("PATH", "").split(os.pathsep)]
    places = [folder / LAUNCHER for folder in folders if folder.is_absolute()]
    first = next((number for number, place in enumerate(places) if place.exists()), len(places))
    return [str(place) for place in places[: first + 1]]


class MpiProvider:
    """Tells which MPI programs of this machine use."""

    __provider_name__ = "mpi"
    __version__ = "0.1.0"
    __depends_on__ = ("env:PATH", *find_launcher_files(), *(f"lib:{soname}" for soname, _ in SONAMES))

    def run(self) -> ProviderConfig | None:
        """The ABIs, the implementation and the versions of the standard; None without an MPI library.

        Raises:
            LibraryError: an MPI library does not work.
            SeveralMpiError: nothing says which of several MPI libraries programs are started with.
        """
        libraries = find_libraries()
        if not libraries:
            return None
        several = len({library.implementation for library in libraries}) > 1
        chosen = select(libraries, _ask_launcher() if several else None)
        oldest = min(library.standard for library in chosen)
        keys = {
            "abi": [library.abi for library in chosen],
            "implementation": [chosen[0].implementation] if chosen[0].implementation else [],
            "standard": [f"{major}.{minor}" for major, minor in STANDARDS if (major, minor) <= oldest],
        }
        return ProviderConfig("mpi", [KeyConfig(key, values) for key, values in keys.items() if values])

    def build_flags(self, key: str, value: str, compiler: str) -> dict[str, list[str]] | None:
        """The compiler wrapper for an ABI, as ``MPICC``; None where there is none.

        Debian has a wrapper for each implementation (``mpicc.openmpi``). Elsewhere ``mpicc`` is the one of the MPI at
        hand.
        """
        if key != "abi":
            return {} if key in ("implementation", "standard") else None
        own = f"mpicc.{value.partition('_')[0]}"
        if shutil.which(own):
            return {"MPICC": [own]}
        here = {library.abi for library in find_libraries()}
        return {"MPICC": ["mpicc"]} if here == {value} and shutil.which("mpicc") else None

    def why_not(self, key: str, value: str, supported: dict[str, list[str]]) -> str | None:
        """What this host has instead: ``this host's MPI is mpich``."""
        whose = supported.get("implementation")
        return f"this host's MPI is {whose[0]}" if whose else None


def select(libraries: list[Library], launcher: str | None) -> list[Library]:
    """The libraries of one implementation.

    A program that is linked to one MPI and started by the launcher of another runs as so many programs of one process
    each. So two implementations are never offered together.

    Args:
        libraries: what the loader finds.
        launcher: the implementation of ``mpiexec``; None if it is not known.

    Raises:
        SeveralMpiError: the launcher belongs to none of several implementations.
    """
    names = list(dict.fromkeys(library.implementation for library in libraries))
    if len(names) == 1:
        return libraries
    of_launcher = [library for library in libraries if launcher and library.implementation == launcher]
    if not of_launcher:
        found = ", ".join(library.soname for library in libraries)
        said = f"'{LAUNCHER}' is that of {launcher}" if launcher else f"no '{LAUNCHER}' says which one starts programs"
        raise SeveralMpiError(
            f"there are several MPI libraries ({found}), and {said}: put the right '{LAUNCHER}' on PATH, "
            f"or set DUALVARIANT_HOST_MPI, as in 'abi:{libraries[0].abi}'"
        )
    return of_launcher


def _ask_launcher() -> str | None:
    """Whose ``mpiexec`` is; None if there is none, or it does not say."""
    program = shutil.which(LAUNCHER)
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LAUNCHER_LIMIT_S,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return name_implementation(done.stdout + done.stderr)
