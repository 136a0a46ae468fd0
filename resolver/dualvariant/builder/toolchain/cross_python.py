"""Prepare this Python's headers and build settings for a build for another architecture.

CPython's headers are the same on every Linux; ``pyconfig.h`` alone is made for one. Between two
64-bit little-endian targets its sizes are the same too, and this is checked for each target before
anything is built with it: the cross compiler itself compares every ``SIZEOF_…`` with the type.

What a build asks of Python at run time (compiler, tags, suffix of modules) comes from a ``sysconfig``
module made for the target, chosen by ``_PYTHON_SYSCONFIGDATA_NAME`` and ``_PYTHON_HOST_PLATFORM`` as
in CPython's own cross builds (Lib/sysconfig, configure.ac).
"""

from __future__ import annotations

import pprint
import re
import shlex
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve

from dualvariant.builder.toolchain.compilers import INSTALL_BUILD_EXTRA, CompilerError, Toolchain
from dualvariant.builder.variables import AR, CC, CFLAGS, CXX, LDCXXSHARED, LDFLAGS, LDSHARED
from dualvariant.core.errors import UsageError
from dualvariant.core.platforms import get_platform
from dualvariant.core.processes import capture

__all__ = ["UnfitHeadersError", "check_sizes", "make_target_variables", "prepare_cross_toolchain"]

_MODULE = "_sysconfigdata_dualvariant"

#: What each ``SIZEOF_…`` of pyconfig.h is the size of (CPython's configure.ac).
_TYPES = {
    "SIZEOF_DOUBLE": "double",
    "SIZEOF_FLOAT": "float",
    "SIZEOF_FPOS_T": "fpos_t",
    "SIZEOF_INT": "int",
    "SIZEOF_LONG": "long",
    "SIZEOF_LONG_DOUBLE": "long double",
    "SIZEOF_LONG_LONG": "long long",
    "SIZEOF_OFF_T": "off_t",
    "SIZEOF_PID_T": "pid_t",
    "SIZEOF_PTHREAD_KEY_T": "pthread_key_t",
    "SIZEOF_PTHREAD_T": "pthread_t",
    "SIZEOF_SHORT": "short",
    "SIZEOF_SIZE_T": "size_t",
    "SIZEOF_TIME_T": "time_t",
    "SIZEOF_UINTPTR_T": "uintptr_t",
    "SIZEOF_VOID_P": "void *",
    "SIZEOF_WCHAR_T": "wchar_t",
    "SIZEOF__BOOL": "_Bool",
}
_SIZE = re.compile(r"^#\s*define\s+(SIZEOF_\w+)\s+\d+", re.MULTILINE)

# Variables of Python's build that are as true for the target as for this host.
_SHARED_NAMES = frozenset(
    {
        "ABIFLAGS", "ARFLAGS", "CCSHARED", "CONFINCLUDEPY", "EXE", "INCLUDEPY", "LDVERSION",
        "MACHDEP", "PLATLIBDIR", "SHLIB_SUFFIX", "VERSION",
    }
)  # fmt: skip


class UnfitHeadersError(UsageError):
    """This Python's headers are missing, or cannot be used for another architecture."""

    code = "unfit-headers"


def prepare_cross_toolchain(toolchain: Toolchain, folder: Path) -> Toolchain:
    """The cross toolchain with everything that a Python build needs to know of its target.

    Args:
        toolchain: a cross compiler.
        folder: an empty folder of our own, which must stay as long as builds run.

    Raises:
        UnfitHeadersError: this Python's headers are not fit for the target, or there are none.
    """
    platform = get_platform(toolchain.platform)
    multiarch = platform.gnu_triplet
    header = _read_pyconfig()
    include = folder / "include"
    # Debian's pyconfig.h includes <MULTIARCH/pythonX.Y/pyconfig.h>, which only the target's own
    # package brings. On other systems this folder is not read.
    shim = include / multiarch / f"python{sysconfig.get_python_version()}" / "pyconfig.h"
    shim.parent.mkdir(parents=True)
    shim.write_text(header, "utf-8")
    compiler = ("-I", str(include))
    cc = (*toolchain.cc, *compiler)
    check_sizes(cc, header, toolchain, folder)
    environ = dict(toolchain.environ)
    for variable, linker in ((CC, LDSHARED), (CXX, LDCXXSHARED)):
        environ[variable] = f"{environ[variable]} {shlex.join(compiler)}"
        # It begins with the whole compiler: setuptools puts the C++ compiler in the place of that very beginning.
        environ[linker] = f"{environ[variable]} -shared"
    modules = folder / "sysconfig"
    modules.mkdir()
    host = sysconfig.get_config_vars()
    variables = make_target_variables(host, multiarch, environ)
    text = f"build_time_vars = {pprint.pformat(variables)}\n"
    (modules / f"{_MODULE}.py").write_text(text, "utf-8")
    environ |= {
        "_PYTHON_SYSCONFIGDATA_NAME": _MODULE,
        "_PYTHON_HOST_PLATFORM": platform.sysconfig_name,
        "PYTHONPATH": str(modules),
    }
    return evolve(toolchain, cc=cc, environ=environ, cxx=(*toolchain.cxx, *compiler))


def make_target_variables(host: Mapping[str, Any], multiarch: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """The variables of Python's build, as if Python had been built for the target by its compiler.

    Args:
        host: this Python's variables.
        multiarch: the target's name in file names, as ``aarch64-linux-gnu``.
        environ: the target's CC, CXX, LDSHARED and AR.
    """
    variables: dict[str, Any] = {
        name: value for name, value in host.items() if isinstance(value, int) or name in _SHARED_NAMES
    }
    for name in ("EXT_SUFFIX", "SOABI"):
        variables[name] = re.sub(r"\w+-linux-\w+", multiarch, str(host[name]))
    variables |= {name: environ[name] for name in (CC, CXX, LDSHARED, LDCXXSHARED, AR)}
    variables |= {
        "MULTIARCH": multiarch,
        "HOST_GNU_TYPE": multiarch,
        "BLDSHARED": environ[LDSHARED],
        "OPT": "",
        CFLAGS: "",  # the environment has them all
        LDFLAGS: "",
        "LIBDIR": "",
        # Otherwise builds search the folder of this host's libpython.
        "Py_ENABLE_SHARED": 0,
        # Modules do not link to libpython; Meson would link to it if this were not set.
        "LIBPYTHON": "",
    }
    return variables


def check_sizes(cc: tuple[str, ...], header: str, toolchain: Toolchain, folder: Path) -> None:
    """Have the target's compiler compare every size in ``pyconfig.h`` with the real one.

    Raises:
        UnfitHeadersError: one is wrong for the target, or the headers cannot be compiled.
    """
    names = sorted(set(_SIZE.findall(header)))
    unknown = [name for name in names if name not in _TYPES]
    if unknown or not names:
        what = f"it is not known which type {unknown[0]} is the size of" if unknown else "it has no sizes"
        raise UnfitHeadersError(
            f"this Python's pyconfig.h cannot be used for {toolchain.platform} ({what})", _leave_out(toolchain)
        )
    lines = [
        "#include <Python.h>",
        "#include <pthread.h>",
        "#include <stdint.h>",
        "#include <stdio.h>",
        "#include <sys/types.h>",
        "#include <time.h>",
        '_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "byte order");',
        *(f'_Static_assert({name} == sizeof({_TYPES[name]}), "{name}");' for name in names),
    ]
    source = folder / "sizes.c"
    source.write_text("\n".join([*lines, ""]), "utf-8")
    folders = {sysconfig.get_path("include"), sysconfig.get_path("platinclude")}
    includes = [part for path in sorted(folders) for part in ("-I", path)]
    command = [*cc, *includes, "-c", str(source), "-o", str(folder / "sizes.o")]
    try:
        done = capture(command, env=toolchain.environ, timeout=300)
    except (OSError, subprocess.SubprocessError) as error:
        raise CompilerError(
            f"the compiler for {toolchain.platform} does not work ({error})",
            f"reinstall it: {INSTALL_BUILD_EXTRA}",
        ) from error
    if done.returncode:
        first = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr)
        raise UnfitHeadersError(
            f"this Python's headers are not fit for {toolchain.platform} ({first.strip()})",
            f"use a Python from python.org's sources or your distribution; {_leave_out(toolchain)}",
        )


def _leave_out(toolchain: Toolchain) -> str:
    return f"to build without {toolchain.platform}, name the other platforms with --platform"


def _read_pyconfig() -> str:
    """The text of this Python's ``pyconfig.h``; on Debian that file only includes the one that is meant."""
    path = Path(sysconfig.get_config_h_filename())
    ours = sysconfig.get_config_var("MULTIARCH") or ""
    try:
        text = path.read_text("utf-8")
        if not _SIZE.search(text):
            text = (path.parent.parent / ours / path.parent.name / path.name).read_text("utf-8")
    except OSError as error:
        raise UnfitHeadersError(
            f"this Python has no headers ({error.strerror}): {error.filename!r}",
            "Debian: apt install python3-dev",
        ) from error
    return text
