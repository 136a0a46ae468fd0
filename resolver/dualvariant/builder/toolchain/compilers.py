"""Compilers as values: this machine's own, and zig for the other architecture."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from attrs import field, frozen

from dualvariant.builder.declaration.job import Flags, select_machine_flags
from dualvariant.builder.toolchain.programs import find_zig_command
from dualvariant.builder.toolchain.record_printer import list_search_folders
from dualvariant.builder.variables import (
    AR,
    CC,
    CFLAGS,
    COMPILER_VARIABLES,
    CPPFLAGS,
    CXX,
    CXXFLAGS,
    FLAG_VARIABLES,
    LDCXXSHARED,
    LDFLAGS,
    LDSHARED,
    RANLIB,
    RUSTFLAGS,
    STRIP,
)
from dualvariant.core.errors import UsageError
from dualvariant.core.platforms import find_host_platform, get_platform
from dualvariant.core.processes import capture
from variantlib.cpu.tables import load_table

__all__ = [
    "INSTALL_BUILD_EXTRA",
    "CompilerError",
    "Toolchain",
    "find_local_toolchain",
    "find_zig_toolchain",
]

Compiler = Literal["gcc", "clang", "zig"]

#: The command that installs what builds need.
INSTALL_BUILD_EXTRA = "python -m pip install 'dualvariant[build]'"

# What CPython itself compiles extension modules with (OPT in its configure.ac). Where CFLAGS is set, setuptools (77 to
# 84, measured) forgets it.
_OPT = ("-DNDEBUG", "-fwrapv", "-O3")

#: The glibc that manylinux2014 promises.
_GLIBC = "2.17"

# Variables that would lead a build to another Python's modules, or a run path into its libraries.
_NEVER = (
    "PYTHONPATH", "PYTHONHOME", "LD_RUN_PATH", "SETUPTOOLS_EXT_SUFFIX", "ARCHFLAGS", "CARGO_ENCODED_RUSTFLAGS",
)  # fmt: skip
# Variables that lead a compiler to this machine's headers, libraries and tools: wrong for another machine.
_NOT_FOR_CROSS_BUILDS = (
    "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH", "LD", "AS", "NM", STRIP,
    RANLIB, "PKG_CONFIG_PATH", "CMAKE_PREFIX_PATH", "NUMPY_INCLUDE",
)  # fmt: skip


class CompilerError(UsageError):
    """There is no compiler, or it does not work, or it is for another machine."""

    code = "no-compiler"


@frozen
class Toolchain:
    """How wheels for one platform are compiled.

    Args:
        platform: the name of a Linux platform.
        kind: what providers call the compiler.
        cc: the C compiler with its fixed arguments.
        environ: the whole environment of a build, but for the flags that it gets.
        flags: what every build gets first, by variable: CPython's own flags, the user's, then the baseline.
        cxx: the C++ compiler with its fixed arguments; none if there is none.
    """

    platform: str
    kind: Compiler
    cc: tuple[str, ...]
    environ: Mapping[str, str] = field(hash=False, repr=False)
    flags: Flags = field(hash=False)
    cxx: tuple[str, ...] = ()

    @property
    def cross(self) -> bool:
        """Whether it compiles for another machine than this one."""
        return self.platform != find_host_platform()

    def identity(self) -> str:
        """The compiler's kind and the version that it reports.

        Raises:
            CompilerError: it does not report one.
        """
        try:
            command = [*find_zig_command(self.cc), "version"] if self.kind == "zig" else [*self.cc, "--version"]
            output = capture(command, env=_make_english_environment(), timeout=60, check=True).stdout
        except (OSError, subprocess.SubprocessError) as error:
            raise CompilerError(
                f"the C compiler does not work ({error})", f"name another one in the variable {CC}"
            ) from error
        first = next(iter(output.strip().splitlines()), "")
        return f"{self.kind}: {first}"

    def list_library_folders(self) -> list[str]:
        """Where its linker looks for libraries after the folders of a command; none if it does not say."""
        return list_search_folders(self.cc, self.environ)

    def environment(self, *more: Flags) -> dict[str, str]:
        """The environment of a build with these flags; where two contradict, the later one wins."""
        flags: dict[str, list[str]] = {}
        for layer in (self.flags, *more):
            for variable, values in layer.items():
                flags.setdefault(variable, []).extend(values)
        joined = {variable: shlex.join(values) for variable, values in flags.items() if values}
        return {**self.environ, **joined}


def _make_english_environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}


def find_local_toolchain(platform: str, environ: Mapping[str, str]) -> Toolchain:
    """This machine's compiler: ``$CC``, else the one that Python was built with, else ``cc``.

    The user's own CFLAGS and the like stay, in front of all others; but none of them may choose an
    instruction set, because every wheel would get it, whatever its label is.

    Raises:
        CompilerError: there is no compiler.
        UsageError: the user's flags choose an instruction set.
    """
    flags = _read_user_flags(environ)
    asked = environ.get(CC) or sysconfig.get_config_var("CC") or "cc"
    cc = _split_words(CC, asked)
    if shutil.which(cc[0]) is None and CC not in environ:
        cc = ["cc"]
    if shutil.which(cc[0]) is None:
        raise CompilerError(
            f"there is no C compiler: {cc[0]!r}",
            f"install gcc or clang (Debian: apt install gcc), or name one in the variable {CC}",
        )
    cxx = _split_words(CXX, environ.get(CXX) or sysconfig.get_config_var("CXX") or "c++")
    variables = {CC: cc, LDSHARED: [*cc, "-shared"]}
    if shutil.which(cxx[0]) is not None:
        variables |= {CXX: cxx, LDCXXSHARED: [*cxx, "-shared"]}
    kind = _identify(cc, platform)
    return Toolchain(
        platform,
        kind,
        tuple(cc),
        # Python's own LDSHARED may hold a run path into the place where Python is installed.
        _make_environment(environ, variables),
        _add_baseline(flags, platform, kind),
        tuple(cxx) if CXX in variables else (),
    )


def find_zig_toolchain(platform: str, environ: Mapping[str, str], caches: Path | None) -> Toolchain:
    """zig as a cross compiler for glibc 2.17, from PyPI's ``ziglang`` in our own environment.

    Args:
        platform: the name of a Linux platform.
        environ: the user's environment; flags and search paths in it are for this machine and not
            taken over.
        caches: where zig keeps what it compiled of its C library; None leaves that to zig.

    Raises:
        CompilerError: zig is not installed.
    """
    zig = _find_zig()
    if zig is None:
        raise CompilerError(
            f"there is no compiler for {platform} here (zig is not installed)",
            f"{INSTALL_BUILD_EXTRA}, or build for this machine alone: --platform {find_host_platform()}",
        )
    target = ["-target", f"{get_platform(platform).gnu_triplet}.{_GLIBC}"]
    cc, cxx = [str(zig), "cc", *target], [str(zig), "c++", *target]
    variables = {
        CC: cc,
        CXX: cxx,
        LDSHARED: [*cc, "-shared"],
        LDCXXSHARED: [*cxx, "-shared"],
        AR: [str(zig), "ar"],
        RANLIB: [str(zig), "ranlib"],
    }
    if caches is not None:
        variables["ZIG_GLOBAL_CACHE_DIR"] = [str(caches / "global")]
        variables["ZIG_LOCAL_CACHE_DIR"] = [str(caches / "local")]
    usable = {name: value for name, value in environ.items() if name not in _NOT_FOR_CROSS_BUILDS}
    environment = _make_environment(usable, variables)
    return Toolchain(platform, "zig", tuple(cc), environment, _add_baseline({}, platform, "zig"), tuple(cxx))


def _find_zig() -> Path | None:
    spec = find_spec("ziglang")
    if spec is None or spec.origin is None:
        return None
    binary = Path(spec.origin).parent / "zig"
    return binary if os.access(binary, os.X_OK) else None


def _make_environment(environ: Mapping[str, str], variables: Mapping[str, list[str]]) -> dict[str, str]:
    dropped = {*_NEVER, *FLAG_VARIABLES}
    kept = {name: value for name, value in environ.items() if name not in dropped and not name.startswith("_PYTHON_")}
    return {**kept, **{name: shlex.join(words) for name, words in variables.items()}}


def _add_baseline(flags: Flags, platform: str, compiler: str) -> Flags:
    """The flags of every build: CPython's, the user's, the baseline, and no debug information in a wheel.

    A standard wheel runs on every CPU of its architecture, although the compiler, or the Python that it is built for,
    may be configured for more (Red Hat's compiler makes x86-64-v2 code), and zig compiles for the host's own CPU.
    """
    baseline = load_table(get_platform(platform).architecture).baseline_flags(compiler)
    own = {variable: flags.get(variable, ()) for variable in FLAG_VARIABLES}
    return {
        CFLAGS: (*_OPT, *own[CFLAGS], *baseline, "-g0"),
        CXXFLAGS: (*_OPT, *own[CXXFLAGS], *baseline, "-g0"),
        CPPFLAGS: own[CPPFLAGS],
        LDFLAGS: (*own[LDFLAGS], "-s"),
        RUSTFLAGS: own[RUSTFLAGS],
    }


def _read_user_flags(environ: Mapping[str, str]) -> Flags:
    flags = {}
    for variable in (*FLAG_VARIABLES, *COMPILER_VARIABLES):
        words = _split_words(variable, environ.get(variable, ""))
        chosen = select_machine_flags(words)
        if chosen:
            raise UsageError(
                f"{variable} in the environment chooses an instruction set for every wheel: {shlex.join(chosen)!r}",
                f"remove it from {variable}, and declare a variant with a property in its place",
            )
        if variable in FLAG_VARIABLES:
            flags[variable] = tuple(words)
    return flags


def _split_words(variable: str, text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(
            f"{variable} in the environment cannot be split into words ({error}): {text!r}", "close the quotation"
        ) from None


def _identify(cc: list[str], platform: str) -> Compiler:
    """Which compiler a command is, by the macros that it predefines; it must compile for the platform."""
    command = [*cc, "-E", "-dM", "-x", "c", os.devnull]
    try:
        macros = capture(command, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise CompilerError(
            f"the C compiler does not work ({error})",
            f"'{shlex.join(command)}' must succeed; name another one in the variable {CC}",
        ) from error
    machine = get_platform(platform).machine
    if "__GNUC__" in macros.stdout and f"__{machine}__" not in macros.stdout:
        raise CompilerError(
            f"the C compiler is not for {machine}: {shlex.join(cc)!r}", f"name one that is in the variable {CC}"
        )
    if find_zig_command(cc):
        return "zig"
    if "__clang__" in macros.stdout:
        return "clang"
    if "__GNUC__" in macros.stdout:
        return "gcc"
    raise CompilerError(
        f"the C compiler is neither gcc nor clang: {shlex.join(cc)!r}",
        f"name another one in the variable {CC}",
    )
