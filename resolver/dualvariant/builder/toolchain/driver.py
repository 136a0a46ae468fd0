"""The compiler driver: a program under the compilers' names that sees, corrects and records what a build compiles.

Build systems take flags from the environment, from files of their own, or from nowhere; a project may ask for
``-march=native`` in any of them. So every build finds, in place of each compiler, ``driver.sh``: it puts the level's
flags in front, replaces ``native``, records the command, and runs the compiler (Spack's compiler wrappers do the same).
:mod:`dualvariant.builder.toolchain.commands` reads the records.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from dualvariant.builder.declaration.job import Flags
from dualvariant.builder.toolchain.compilers import Toolchain
from dualvariant.builder.toolchain.programs import BIN, COMMANDS, install_programs
from dualvariant.builder.variables import (
    AR,
    CC,
    CFLAGS,
    CXX,
    CXXFLAGS,
    FORTRAN_VARIABLES,
    LDCXXSHARED,
    LDSHARED,
    RUSTC_WRAPPER,
    RUSTFLAGS,
)
from dualvariant.core.platforms import get_platform
from variantlib.cpu.tables import load_table

__all__ = ["Driver", "find_level_flags", "install_driver", "make_driver_settings"]


@frozen
class Driver:
    """An installed driver.

    Args:
        folder: its programs; it has to be the first on PATH.
        record: the folder of the records.
        environ: the environment of the build, with the variables that lead build systems to it.
        levels: the level's flags, as the driver adds them, by variable.
    """

    folder: Path
    record: Path
    environ: Mapping[str, str] = field(hash=False)
    levels: Mapping[str, tuple[str, ...]] = field(hash=False)


def install_driver(toolchain: Toolchain, flags: Flags, environ: Mapping[str, str], folder: Path) -> Driver:
    """Write the driver for one build.

    The driver adds RUSTFLAGS to rustc's commands, and the build does not have the variable: cargo would leave out the
    flags of the project's own ``.cargo/config.toml`` because of it.

    Args:
        toolchain: the compiler.
        flags: what the properties of the build's job mean for the compiler, by variable.
        environ: the environment of the build: its PATH has the compilers, and CC and the like name some.
        folder: a folder of ours that does not exist; it must stay as long as the build runs.
    """
    folder.mkdir(parents=True)
    levels = find_level_flags(toolchain.platform, toolchain.kind, flags)
    own = [word for word in shlex.split(environ.get(RUSTFLAGS, "")) if word not in levels[RUSTFLAGS]]
    settings = make_driver_settings(levels, own) | {
        "rust_chain": environ.get(RUSTC_WRAPPER, ""),
        "cross": "yes" if toolchain.cross else "no",
    }
    changed = install_programs(folder, settings, environ, (CC, CXX, LDSHARED, LDCXXSHARED, AR))
    bin_folder = folder / BIN
    changed |= {
        "PATH": f"{bin_folder}{os.pathsep}{environ['PATH']}",
        RUSTC_WRAPPER: str(bin_folder / "rustc-wrapper"),
    }
    if (bin_folder / "gfortran").exists() and not toolchain.cross:
        changed |= {name: str(bin_folder / "gfortran") for name in FORTRAN_VARIABLES if name not in environ}
    usable = {name: value for name, value in environ.items() if name != RUSTFLAGS}
    return Driver(bin_folder, folder / COMMANDS, {**usable, **changed}, levels)


def find_level_flags(platform: str, compiler: str, flags: Flags) -> dict[str, tuple[str, ...]]:
    """The flags of the baseline and of a job's properties, for C, C++ and Rust.

    Args:
        platform: the name of the platform that is built for.
        compiler: what providers call the compiler.
        flags: what the properties mean for it, by variable.
    """
    table = load_table(get_platform(platform).architecture)
    baseline = table.baseline_flags(compiler)
    return {
        CFLAGS: (*baseline, *flags.get(CFLAGS, ())),
        CXXFLAGS: (*baseline, *flags.get(CXXFLAGS, ())),
        RUSTFLAGS: (*table.baseline_flags("rustc"), *flags.get(RUSTFLAGS, ())),
    }


def make_driver_settings(levels: Mapping[str, Sequence[str]], rustflags: Sequence[str]) -> dict[str, str]:
    """What ``driver.sh`` has to know of the flags.

    Args:
        levels: the level's flags, by variable.
        rustflags: the user's and the project's own, which the build does not get by RUSTFLAGS.
    """
    cpu = [flag.rpartition("=")[2] for flag in levels[RUSTFLAGS] if "target-cpu=" in flag]
    return {
        "c_flags": shlex.join(levels[CFLAGS]),
        "cxx_flags": shlex.join(levels[CXXFLAGS]),
        "c_level": shlex.join(flag for flag in levels[CFLAGS] if flag.startswith("-m")),
        "cxx_level": shlex.join(flag for flag in levels[CXXFLAGS] if flag.startswith("-m")),
        "rust_cpu": cpu[-1],
        "rust_flags": shlex.join([*rustflags, *levels[RUSTFLAGS]]),
    }
