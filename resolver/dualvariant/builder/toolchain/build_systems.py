"""Pass a compiler and its flags on to a build system, so that no package needs to know what ``-march`` is.

setuptools reads the environment. So do CMake, Meson and cargo when they build for this machine; for another machine
each of them needs a file, or variables, of its own.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from dualvariant.builder.declaration.job import ConfigSettings
from dualvariant.builder.toolchain.compilers import Toolchain
from dualvariant.builder.variables import AR, CC, CFLAGS, CXX, CXXFLAGS, LDFLAGS, RANLIB
from dualvariant.core.platforms import get_platform

__all__ = ["configure_build", "get_build_system", "merge_config_settings", "uses_rustc"]

#: Build systems by the first part of their backend's name.
_SYSTEMS = {
    "scikit_build_core": "cmake",
    "skbuild": "cmake",
    "py_build_cmake": "cmake",
    "mesonpy": "meson",
    "maturin": "cargo",
    "setuptools_rust": "cargo",
}

#: What makes other backends compile Rust.
_RUST_PLUGINS = frozenset({"setuptools-rust", "maturin"})
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def get_build_system(backend: str) -> str:
    """``cmake``, ``meson``, ``cargo``, or ``environment`` for setuptools and all that read nothing else."""
    return _SYSTEMS.get(backend.partition(".")[0].partition(":")[0], "environment")


def uses_rustc(backend: str, pyproject: Mapping[str, Any]) -> bool:
    """Whether a project's build runs rustc: by its backend, or by setuptools-rust, which setuptools finds by itself.

    Args:
        backend: the project's build backend.
        pyproject: the document in its ``pyproject.toml``.
    """
    system = pyproject.get("build-system", {})
    requires = system.get("requires", []) if isinstance(system, dict) else []
    names = [_NAME.match(each) for each in requires if isinstance(each, str)] if isinstance(requires, list) else []
    plugins = {canonicalize_name(name[0]) for name in names if name}
    return get_build_system(backend) == "cargo" or not _RUST_PLUGINS.isdisjoint(plugins)


def configure_build(
    backend: str, toolchain: Toolchain, environ: Mapping[str, str], settings: ConfigSettings, folder: Path
) -> tuple[dict[str, str], dict[str, str | list[str]]]:
    """The environment and the config-settings that make a backend build with this compiler and these flags.

    Args:
        backend: the project's build backend.
        toolchain: the compiler.
        environ: the environment with all flags in it.
        settings: the package's own settings for its backend; they are kept, and come last.
        folder: an existing folder of ours, for files that must be there as long as the build runs.

    Returns:
        The environment, and the settings for the backend.
    """
    added: dict[str, str | list[str]] = {}
    more: dict[str, str] = {}
    if toolchain.cross:
        match get_build_system(backend):
            case "cmake":
                more = {"CMAKE_TOOLCHAIN_FILE": str(_write_cmake_toolchain(toolchain, environ, folder))}
            case "meson":
                added = {"setup-args": [f"--cross-file={_write_meson_cross_file(toolchain, environ, folder)}"]}
            case "cargo":
                more = _make_cargo_variables(toolchain, environ, folder)
    return {**environ, **more}, merge_config_settings(added, settings)


def merge_config_settings(one: ConfigSettings, other: ConfigSettings) -> dict[str, str | list[str]]:
    """Both together; a name that both have gets the values of both."""
    found: dict[str, str | list[str]] = dict(one)
    for name, value in other.items():
        before = found.get(name)
        found[name] = value if before is None else [*_as_list(before), *_as_list(value)]
    return found


def _as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _machine(toolchain: Toolchain) -> str:
    return get_platform(toolchain.platform).machine


def _write_wrapper(folder: Path, name: str, command: str) -> Path:
    """A program that is a compiler with its fixed arguments: some build systems accept only a path."""
    path = folder / name
    path.write_text(f'#!/bin/sh\nexec {command} "$@"\n', "utf-8")
    path.chmod(0o755)
    return path


def _write_programs(environ: Mapping[str, str], folder: Path) -> dict[str, Path]:
    names = {CC: "cc", CXX: "c++", AR: "ar", RANLIB: "ranlib"}
    return {
        variable: _write_wrapper(folder, f"cross-{name}", environ[variable])
        for variable, name in names.items()
        if variable in environ
    }


def _write_cmake_toolchain(toolchain: Toolchain, environ: Mapping[str, str], folder: Path) -> Path:
    """A toolchain file (cmake-toolchains(7)); flags come from the environment, as CMake takes them."""
    programs = _write_programs(environ, folder)
    variables = {CC: "CMAKE_C_COMPILER", CXX: "CMAKE_CXX_COMPILER", AR: "CMAKE_AR", RANLIB: "CMAKE_RANLIB"}
    lines = ["set(CMAKE_SYSTEM_NAME Linux)", f"set(CMAKE_SYSTEM_PROCESSOR {_machine(toolchain)})"]
    lines += [f'set({variables[name]} "{path}")' for name, path in programs.items()]
    lines += ["set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)", "set(CMAKE_CROSSCOMPILING_EMULATOR false)"]
    path = folder / "toolchain.cmake"
    path.write_text("\n".join([*lines, ""]), "utf-8")
    return path


def _write_meson_cross_file(toolchain: Toolchain, environ: Mapping[str, str], folder: Path) -> Path:
    """A cross file (Meson, "Cross compilation"); Meson uses the flags of the environment for this machine only."""
    programs = _write_programs(environ, folder)
    names = {CC: "c", CXX: "cpp", AR: "ar", RANLIB: "ranlib"}
    link = _format_meson_list(environ.get(LDFLAGS, ""))
    lines = ["[binaries]"]
    lines += [f"{names[name]} = '{path}'" for name, path in programs.items()]
    lines += ["pkg-config = 'false'", "", "[built-in options]"]
    lines += [f"c_args = {_format_meson_list(environ.get(CFLAGS, ''))}", f"c_link_args = {link}"]
    lines += [f"cpp_args = {_format_meson_list(environ.get(CXXFLAGS, ''))}", f"cpp_link_args = {link}"]
    machine = _machine(toolchain)
    lines += ["", "[host_machine]", "system = 'linux'", f"cpu_family = '{machine}'", f"cpu = '{machine}'"]
    lines += ["endian = 'little'", ""]
    path = folder / "cross.ini"
    path.write_text("\n".join(lines), "utf-8")
    return path


def _format_meson_list(flags: str) -> str:
    quoted = (flag.replace("\\", "\\\\").replace("'", "\\'") for flag in shlex.split(flags))
    return "[" + ", ".join(f"'{flag}'" for flag in quoted) + "]"


def _make_cargo_variables(toolchain: Toolchain, environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The variables of cargo's configuration; the target's standard library must be there (rustup target add)."""
    target = f"{_machine(toolchain)}-unknown-linux-gnu"
    linker = _write_wrapper(folder, "cross-cc", environ[CC])
    return {
        "CARGO_BUILD_TARGET": target,
        f"CARGO_TARGET_{target.upper().replace('-', '_')}_LINKER": str(linker),
        "PYO3_CROSS_LIB_DIR": environ["PYTHONPATH"],  # where the target's sysconfig module is
    }
