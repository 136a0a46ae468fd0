"""Another architecture's Python, made from this one's, and checked."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path
from typing import Any, ClassVar

import pytest

from dualvariant.builder.toolchain import cross_python as cross
from dualvariant.builder.toolchain.compilers import Toolchain, find_local_toolchain, find_zig_toolchain
from dualvariant.builder.toolchain.cross_python import check_sizes, make_target_variables, prepare_cross_toolchain
from dualvariant.core.errors import UsageError
from dualvariant.core.platforms import LINUX_PLATFORMS, find_host_platform

ENVIRON = {"CC": "zig cc", "CXX": "zig c++", "LDSHARED": "zig cc -shared", "LDCXXSHARED": "zig c++ -shared", "AR": "ar"}


@pytest.fixture
def other() -> str:
    """The platform that this machine is not."""
    here = find_host_platform()
    if here not in LINUX_PLATFORMS:
        pytest.skip("this is not 64-bit Linux on x86-64 or Arm")
    return "linux_aarch64" if here == "linux_x86_64" else "linux_x86_64"


@pytest.fixture
def toolchain(zig: None, other: str, tmp_path: Path, build_environment: dict[str, str]) -> Toolchain:
    """zig for the other platform."""
    return find_zig_toolchain(other, os.environ, Path(build_environment["XDG_CACHE_HOME"], "dualvariant", "zig"))


def test_the_sizes_of_this_python_are_those_of_the_target(toolchain: Toolchain, tmp_path: Path) -> None:
    found = prepare_cross_toolchain(toolchain, tmp_path)
    assert found.environ["_PYTHON_HOST_PLATFORM"] == toolchain.platform.replace("_", "-", 1)
    assert Path(found.environ["PYTHONPATH"], f"{found.environ['_PYTHON_SYSCONFIGDATA_NAME']}.py").exists()
    # setuptools exchanges the C compiler at the beginning of the linker's command for the C++ compiler.
    assert found.environ["LDSHARED"] == f"{found.environ['CC']} -shared"
    assert found.environ["LDCXXSHARED"] == f"{found.environ['CXX']} -shared"


@pytest.mark.parametrize("name", sorted(cross._TYPES))
def test_one_wrong_size_refuses_the_target(toolchain: Toolchain, tmp_path: Path, name: str) -> None:
    """The proof sees each macro: here the compiler overrules what the header says."""
    header = cross._read_pyconfig()
    if name not in cross._SIZE.findall(header):
        pytest.skip(f"this Python's pyconfig.h has no {name}")
    multiarch = f"{toolchain.platform.removeprefix('linux_')}-linux-gnu"
    shim = tmp_path / multiarch / f"python{sysconfig.get_python_version()}"
    shim.mkdir(parents=True)
    (shim / "pyconfig.h").write_text(header)
    lie = tmp_path / "lie.h"
    lie.write_text(f"#include <Python.h>\n#undef {name}\n#define {name} 3\n")
    cc = (*toolchain.cc, "-I", str(tmp_path), "-include", str(lie))
    with pytest.raises(UsageError, match=name) as caught:
        check_sizes(cc, header, toolchain, tmp_path)
    assert toolchain.platform in str(caught.value)


def test_a_size_of_an_unknown_type_is_an_error(tmp_path: Path) -> None:
    found = Toolchain("linux_aarch64", "zig", ("false",), {}, {})
    with pytest.raises(UsageError, match="SIZEOF_SOUL"):
        check_sizes(("false",), "#define SIZEOF_INT 4\n#define SIZEOF_SOUL 21\n", found, tmp_path)
    with pytest.raises(UsageError, match="no sizes"):
        check_sizes(("false",), "", found, tmp_path)


def test_a_compiler_that_cannot_be_started(tmp_path: Path) -> None:
    found = Toolchain("linux_aarch64", "zig", ("/no/such/zig",), {}, {})
    with pytest.raises(UsageError, match="does not work"):
        check_sizes(found.cc, "#define SIZEOF_INT 4\n", found, tmp_path)


def test_the_proof_holds_for_this_machine_too(compiler: None, tmp_path: Path) -> None:
    """The same program, by the compiler whose sizes the header has."""
    here = find_host_platform()
    if here not in LINUX_PLATFORMS:
        pytest.skip("this is not 64-bit Linux on x86-64 or Arm")
    local = find_local_toolchain(here, os.environ)
    check_sizes(local.cc, cross._read_pyconfig(), local, tmp_path)


class TestVariables:
    HOST: ClassVar[dict[str, Any]] = {
        "MULTIARCH": "x86_64-linux-gnu",
        "EXT_SUFFIX": ".cpython-313t-x86_64-linux-gnu.so",
        "SOABI": "cpython-313t-x86_64-linux-gnu",
        "SHLIB_SUFFIX": ".so",
        "Py_GIL_DISABLED": 1,
        "Py_ENABLE_SHARED": 1,
        "CC": "gcc -pthread",
        "CFLAGS": "-march=x86-64-v2 -m64 -fcf-protection -specs=/usr/lib/rpm/hardening",
        "LDSHARED": "gcc -shared -L/opt/py/lib -Wl,-rpath,/opt/py/lib",
        "LIBDIR": "/opt/py/lib",
        "BLDSHARED": "gcc -L/opt/py/lib",
        "HOST_GNU_TYPE": "x86_64-pc-linux-gnu",
        "RUNSHARED": "LD_LIBRARY_PATH=/opt/py",
    }

    def test_nothing_of_the_host_is_left(self) -> None:
        text = repr(make_target_variables(self.HOST, "aarch64-linux-gnu", ENVIRON))
        for word in ("x86", "/opt", "rpath", "-m64", "gcc", "specs"):
            assert word not in text

    def test_names_are_the_targets(self) -> None:
        found = make_target_variables(self.HOST, "aarch64-linux-gnu", ENVIRON)
        assert found["EXT_SUFFIX"] == ".cpython-313t-aarch64-linux-gnu.so"
        assert found["SOABI"] == "cpython-313t-aarch64-linux-gnu"
        assert (found["CC"], found["LDSHARED"]) == ("zig cc", "zig cc -shared")
        assert (found["Py_GIL_DISABLED"], found["Py_ENABLE_SHARED"]) == (1, 0)
        assert found["LIBPYTHON"] == "", "Meson links to libpython where nothing is said"

    def test_of_this_very_python(self, other: str) -> None:
        multiarch = f"{other.removeprefix('linux_')}-linux-gnu"
        found = make_target_variables(sysconfig.get_config_vars(), multiarch, ENVIRON)
        assert multiarch in found["EXT_SUFFIX"]
        assert sysconfig.get_config_var("MULTIARCH") not in repr(found)


def test_debians_header_is_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian's pyconfig.h holds no sizes; it includes the one of the architecture."""
    outer = tmp_path / "include" / "python3.11" / "pyconfig.h"
    inner = tmp_path / "include" / "x86_64-linux-gnu" / "python3.11" / "pyconfig.h"
    for path, text in ((outer, "# include <x86_64-linux-gnu/python3.11/pyconfig.h>"), (inner, "#define SIZEOF_INT 4")):
        path.parent.mkdir(parents=True)
        path.write_text(text)
    monkeypatch.setattr(sysconfig, "get_config_h_filename", lambda: str(outer))
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: "x86_64-linux-gnu")
    assert cross._read_pyconfig() == "#define SIZEOF_INT 4"
    inner.unlink()
    with pytest.raises(UsageError, match="no headers"):
        cross._read_pyconfig()
