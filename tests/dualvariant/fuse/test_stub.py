"""The stub as a library: linked to nothing, the same for every Python, and at home with musl as with glibc."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import emulation
from dualvariant.binary.dynamic import read_dynamic
from dualvariant.builder.toolchain.choice import choose_toolchain
from dualvariant.fuse.conditions import write_conditions
from dualvariant.fuse.stub import compile_stub, write_module_header
from fusing import FAKE_PYTHON, compile_library, make_wheels, module_source
from tool import Tool
from variantlib.meta import VariantDescription
from zig import zig_cc

V3 = VariantDescription.from_strings(["x86_64 :: level :: v3"])
ARM = VariantDescription.from_strings(["aarch64 :: version :: 8.2a"])

#: In place of Python: opens a stub and calls its entry point, which here returns a text.
HOST = r"""
#include <dlfcn.h>
#include <stdio.h>
typedef struct _object PyObject;
FAKE_PYTHON
int main(int count, char **arguments)
{
    void *library = dlopen(arguments[1], RTLD_NOW);
    const char *(*entry)(void) = library ? (const char *(*)(void))dlsym(library, "PyInit__a") : 0;
    const char *answer = entry ? entry() : 0;
    puts(answer ? answer : "nothing");
    return answer == 0;
}
"""


def make_stub(folder: Path, compiler: str, platform: str = "linux_x86_64") -> bytes:
    architecture, name, description = ("x86_64", "v3", V3) if platform == "linux_x86_64" else ("aarch64", "8.2a", ARM)
    conditions = write_conditions(architecture, [(name, description)])  # type: ignore[arg-type]
    paths = {name: f"pkg/_a.{name}.so", "none": "pkg/_a.none.so"}
    header = write_module_header([name, "none"], paths, ["PyInit__a", "PyModExport__a"])
    folder.mkdir(exist_ok=True)
    return compile_stub(choose_toolchain(platform, compiler, {}), conditions, header, folder)


@pytest.mark.parametrize(
    ("compiler", "platform", "machine"),
    [("local", "linux_x86_64", 62), ("zig", "linux_x86_64", 62), ("zig", "linux_aarch64", 183)],
)
def test_a_stub_is_linked_to_nothing_and_exports_the_entry_points(
    compiler: str, platform: str, machine: int, tmp_path: Path
) -> None:
    if compiler == "zig":
        pytest.importorskip("ziglang")
    stub = make_stub(tmp_path / "one", compiler, platform)
    found = read_dynamic(stub)
    assert found is not None
    assert (found.machine, found.needed, found.soname, found.program) == (machine, (), None, False)
    assert found.exported == {"PyInit__a", "PyModExport__a"}
    assert stub == make_stub(tmp_path / "two", compiler, platform), "the same bytes, whatever the folder"


@cache
def find_pythons() -> list[str]:
    """CPythons of other versions on this machine, 3.8 or newer."""
    names = [f"python3.{minor}" for minor in range(8, 16)]
    found = [shutil.which(name) for name in names]
    found += [str(path) for path in sorted((Path.home() / ".pyenv/versions").glob("3.*/bin/python3"))]
    code = "import platform, sys; print(platform.python_implementation() == 'CPython' and sys.version_info >= (3, 8))"
    runs = [path for path in found if path and path != sys.executable]
    return [p for p in runs if subprocess.run([p, "-c", code], capture_output=True, text=True).stdout == "True\n"]


def test_one_abi3_stub_serves_every_python(tool: Tool, tmp_path: Path) -> None:
    """And subinterpreters with a lock of their own, from Python 3.12 on, as far as the module allows them."""
    pythons = find_pythons()
    if not pythons:
        pytest.skip("there is no other Python here")
    source = "#define Py_LIMITED_API 0x03080000\n" + module_source("_a")
    files = {level: {"_a.abi3.so": compile_library(tmp_path, source, level)} for level in ("none", "v3")}
    wheels = make_wheels(tmp_path, files, tag="cp38-abi3-manylinux_2_17_x86_64")
    made = tool("fuse", *wheels.values(), "-o", tmp_path / "out").stdout.strip()
    site = tmp_path / "site"
    shutil.unpack_archive(made, site, "zip")
    environ = {**os.environ, "PYTHONPATH": str(site), "DUALVARIANT_FUSED": "none"}
    for python in pythons:
        code = "import _a; assert _a.level() == 'none' and _a.__file__.endswith('_a.abi3.so')"
        result = subprocess.run([python, "-S", "-c", code], env=environ, capture_output=True, text=True)
        assert result.returncode == 0, (python, result.stderr)


@pytest.mark.parametrize("compiler", ["local", "zig"])
def test_musl(compiler: str, tmp_path: Path) -> None:
    """A stub that a compiler for glibc has made, opened by musl's loader."""
    loader = Path(os.environ.get(emulation.VARIABLE, "/nowhere"), "musl/lib/ld-musl-x86_64.so.1")
    if not loader.exists():
        pytest.skip(f"no musl: {loader} is missing (tools/fetch-emulators.sh DIR gets it)")
    (tmp_path / "host.c").write_text(HOST.replace("FAKE_PYTHON", FAKE_PYTHON))
    (tmp_path / "module.c").write_text("const char *PyInit__a(void) { return LEVEL; }\n")
    target = ("x86_64-linux-musl", "-O2", "-fno-sanitize=all", "-w")
    zig_cc(tmp_path, *target, "-dynamic", "-rdynamic", "host.c", "-o", "host")
    for level in ("none", "v3"):
        zig_cc(tmp_path, *target, "-shared", f'-DLEVEL="{level}"', "module.c", "-o", f"_a.{level}.so")
    stub = tmp_path / "_a.so"
    stub.write_bytes(make_stub(tmp_path / "stub", compiler))
    for model, level in {"Nehalem": "none", "Haswell": "v3"}.items():
        line = emulation.x86(model, loader, tmp_path / "host", stub)
        result = subprocess.run(line, capture_output=True, text=True, env={})
        assert result.stdout == f"{level}\n", result.stderr
