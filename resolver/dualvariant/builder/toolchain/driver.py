"""The compiler driver: a program under the compilers' names that sees, corrects and records what a build compiles.

Build systems take flags from the environment, from files of their own, or from nowhere; a project may ask for
``-march=native`` in any of them. So every build finds, in place of each compiler, ``driver.sh``: it puts the level's
flags in front, replaces ``native``, records the command, and runs the compiler (Spack's compiler wrappers do the same).
:mod:`dualvariant.builder.toolchain.commands` reads the records.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from dualvariant.builder.declaration.job import Flags
from dualvariant.builder.toolchain.compilers import Toolchain, find_zig_command
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

__all__ = ["Driver", "install_driver"]

#: The names that compilers have; a number may follow those that are not standards' (``gcc-12``).
_NAMES = (
    "cc", "c++", "c89", "c99", "gcc", "g++", "clang", "clang++", "gfortran", "flang", "rustc",
    "ar", "gcc-ar", "llvm-ar",
)  # fmt: skip
_NUMBERED = re.compile(r"(gcc|g\+\+|clang|clang\+\+|gfortran|flang|rustc)-[0-9]+(\.[0-9]+)?")
#: Programs that are called with a compiler as their first argument.
_LAUNCHERS = ("ccache", "sccache", "distcc")
#: Options of programs that start a compiler (env(1)) whose next word is a name or a folder.
_WITH_VALUE = ("-u", "--unset", "-C", "--chdir")
_SCRIPT = Path(__file__).with_name("driver.sh")
#: The program that reads files of arguments.
_READER = Path(__file__).with_name("response_files.py")


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
    bin_folder, record = folder / "bin", folder / "commands"
    bin_folder.mkdir(parents=True)
    record.mkdir()
    programs = dict(_find_programs(environ["PATH"]))
    changed = {"PATH": f"{bin_folder}{os.pathsep}{environ['PATH']}"}
    for variable in (CC, CXX, LDSHARED, LDCXXSHARED, AR):
        if variable in environ:
            changed[variable] = _lead_to_driver(shlex.split(environ[variable]), programs, bin_folder, environ["PATH"])
    if "gfortran" in programs and not toolchain.cross:
        changed |= {name: str(bin_folder / "gfortran") for name in FORTRAN_VARIABLES if name not in environ}
    wrapper = bin_folder / "rustc-wrapper"
    changed[RUSTC_WRAPPER] = str(wrapper)
    levels = _find_level_flags(toolchain, flags)
    own = [word for word in shlex.split(environ.get(RUSTFLAGS, "")) if word not in levels[RUSTFLAGS]]
    settings = _make_settings(levels, record) | {
        "rust_flags": shlex.join([*own, *levels[RUSTFLAGS]]),
        "rust_chain": environ.get(RUSTC_WRAPPER, ""),
        "cross": "yes" if toolchain.cross else "no",
        "python": sys.executable,
        "reader": str(_READER),
    }
    assignments = [f"{name}={shlex.quote(value)}" for name, value in settings.items()]
    cases = [f"        {name}) program={shlex.quote(program)} ;;" for name, program in sorted(programs.items())]
    header = ["#!/bin/sh", *assignments, "choose_program() {", '    case "$1" in', *cases, "    esac", "}"]
    script = bin_folder / "driver"
    lines = (line.lstrip() for line in _SCRIPT.read_text("utf-8").splitlines())
    body = [line for line in lines if line and not line.startswith("#")]  # the shell reads each character at each call
    script.write_text("\n".join([*header, *body, ""]), "utf-8")
    script.chmod(0o755)
    for name in (*programs, wrapper.name):
        (bin_folder / name).symlink_to(script.name)
    usable = {name: value for name, value in environ.items() if name != RUSTFLAGS}
    return Driver(bin_folder, record, {**usable, **changed}, levels)


def _find_programs(path: str) -> Iterator[tuple[str, str]]:
    """The compilers on PATH by their names; of two with one name the first.

    A name that is a link to ccache is passed over: ccache would look for the compiler on PATH, and find the driver.
    """
    found: dict[str, str] = {}
    for folder in path.split(os.pathsep):
        try:
            entries = sorted(os.scandir(Path(folder).absolute()), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            is_new = entry.name not in found and _is_compiler(entry.name) and os.access(entry.path, os.X_OK)
            if is_new and Path(entry.path).resolve().name not in _LAUNCHERS:
                found[entry.name] = entry.path
    yield from found.items()


def _is_compiler(name: str) -> bool:
    """Whether a file name is a compiler's: ``gcc``, ``gcc-12``, ``x86_64-linux-gnu-gcc-12``."""
    name = name.rpartition("-linux-gnu-")[2]
    return name in _NAMES or _NUMBERED.fullmatch(name) is not None


def _lead_to_driver(words: list[str], programs: dict[str, str], folder: Path, path: str) -> str:
    """A compiler's command line with the driver in place of the compiler.

    A compiler that another program starts (``env A=1 gcc``, ``zig cc``, ``ccache zig cc``) becomes a program of
    its own, because the level's flags come behind the compiler's name.
    """
    name = Path(words[0]).name
    at = _find_compiler(words)
    if at > 1 or (at == 1 and name not in _LAUNCHERS):
        before, compiler = words[:at], words[at]
        if find_zig_command(words) == []:
            compiler = shutil.which(compiler, path=path) or compiler  # not found on PATH again, where the driver is
        before = [shutil.which(word, path=path) or word if word in _LAUNCHERS else word for word in before]
        name = Path(compiler).name
        started = folder / f"start-{len(programs)}-{name}"
        started.write_text(f'#!/bin/sh\nexec {shlex.join([*before, compiler])} "$@"\n', "utf-8")
        started.chmod(0o755)
        words = [str(started), *words[at + 1 :]]
    program = shutil.which(words[0], path=path)
    if program is None:
        return shlex.join(words)
    if programs.get(name, program) != program:  # CC=/opt/bin/gcc beside a gcc on PATH
        name = f"named-{len(programs)}-{name}"
    programs[name] = program
    if name in _LAUNCHERS and len(words) > 1:
        words[1] = shutil.which(words[1], path=path) or words[1]  # not found on PATH again, where the driver is
    return shlex.join([str(folder / name), *words[1:]])


def _find_compiler(words: Sequence[str]) -> int:
    """The place of the compiler in a command: neither a variable that ``env`` sets nor an option's value."""
    zig = find_zig_command(words)
    if zig:
        return len(zig)
    for at, word in enumerate(words):
        if _is_compiler(Path(word).name) and "=" not in word and (at == 0 or words[at - 1] not in _WITH_VALUE):
            return at
    return 0


def _find_level_flags(toolchain: Toolchain, flags: Flags) -> dict[str, tuple[str, ...]]:
    """The flags of the baseline and of the job's properties, for C, C++ and Rust."""
    table = load_table(get_platform(toolchain.platform).architecture)
    baseline = table.baseline_flags(toolchain.kind)
    return {
        CFLAGS: (*baseline, *flags.get(CFLAGS, ())),
        CXXFLAGS: (*baseline, *flags.get(CXXFLAGS, ())),
        RUSTFLAGS: (*table.baseline_flags("rustc"), *flags.get(RUSTFLAGS, ())),
    }


def _make_settings(levels: Mapping[str, Sequence[str]], record: Path) -> dict[str, str]:
    cpu = [flag.rpartition("=")[2] for flag in levels[RUSTFLAGS] if "target-cpu=" in flag]
    return {
        "record": str(record),
        "c_flags": shlex.join(levels[CFLAGS]),
        "cxx_flags": shlex.join(levels[CXXFLAGS]),
        "c_level": shlex.join(flag for flag in levels[CFLAGS] if flag.startswith("-m")),
        "cxx_level": shlex.join(flag for flag in levels[CXXFLAGS] if flag.startswith("-m")),
        "rust_cpu": cpu[-1],
    }
