"""Projects that ask for the CPU of the machine that builds them: no such code may come out as a standard wheel."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import emulation
from dualvariant.audit import audit_wheel
from dualvariant.core.platforms import find_host_platform
from tool import Tool

from .projects import SOURCE, write_project
from .stand_in import replace_cibuildwheel

pytestmark = [
    pytest.mark.usefixtures("compiler"),
    pytest.mark.skipif(find_host_platform() != "linux_x86_64", reason="builds are for Linux on x86-64"),
]

#: The loops run when it is imported, and CPUID stands in a function that nothing calls.
NATIVE = SOURCE.replace(
    "PyMODINIT_FUNC PyInit_tiny(void) {",
    "#include <cpuid.h>\n"
    "int asks(void) { unsigned a, b, c, d; return __get_cpuid(7, &a, &b, &c, &d); }\n"
    "static volatile double seen;\n"
    "static void begin(double *a, double scale) { for (int i = 0; i < 512; i++) a[i] = a[i] * a[i] + scale; }\n"
    "PyMODINIT_FUNC PyInit_tiny(void) {\n"
    "    static double table[512]; begin(table, 3.0); seen = table[7];",
)
V2 = '[tool.variantlib.build.linux_x86_64]\nvariants = ["x86_64 :: level :: v2"]\n'
ONLY_STANDARD = "[tool.variantlib.build]\nlinux_x86_64 = {}\n"
#: A build that calls the compiler by its own path, where no driver is.
AROUND = """\
import subprocess, sysconfig
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
class Around(build_ext):
    def build_extension(self, ext):
        import os
        path = self.get_ext_fullpath(ext.name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        command = ["{gcc}", "-O3", "-march=native", "-shared", "-fPIC", "-I", sysconfig.get_path("include")]
        subprocess.check_call([*command, "tiny.c", "-o", path])
setup(ext_modules=[Extension("tiny", ["tiny.c"])], cmdclass={{"build_ext": Around}})
"""


def build(tool: Tool, project: Path, environment: Mapping[str, str], *more: str, code: int = 0) -> list[dict[str, Any]]:
    out = project.parent / "out"
    text = tool("build", project, "-o", out, "--json", *more, environment=environment, code=code).stdout
    found = json.loads(text)
    assert isinstance(found, list)
    return found


def has_avx512(folder: Path) -> bool:
    """Whether ``-march=native`` means more than v3 here, so that an emulated v3 CPU would refuse it."""
    done = subprocess.run(["gcc", "-march=native", "-E", "-dM", "-x", "c", "/dev/null"], capture_output=True, text=True)
    return "__AVX__" in done.stdout


@pytest.fixture(params=[(), ("--cibuildwheel",)], ids=["here", "container"])
def builder(request: pytest.FixtureRequest, tmp_path: Path, tool: Tool) -> tuple[str, ...]:
    """How it is built: what holds for builds here holds for those of cibuildwheel."""
    options: tuple[str, ...] = request.param
    if options:
        replace_cibuildwheel(tool, tmp_path / "stand-in")
    return options


def test_native_in_setup_py_becomes_the_level(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str], builder: tuple[str, ...]
) -> None:
    flags = 'extra_compile_args=["-O3", "-march=native", "-mtune=native"]'
    project = write_project(tmp_path / "tiny", V2, more=flags)
    (project / "tiny.c").write_text(NATIVE)
    standard, v2 = build(tool, project, build_environment, *builder)
    for result in (standard, v2):
        assert result["flags"]["native_replaced"] == 2
        assert result["flags"]["reached_every_object"] is True
        log = Path(result["log"]).read_text()
        assert "reached every object of the wheel (1 compilations)" in log and "RECORD-----" not in log
        assert "'native' was replaced in them 2 times" in log
        commands = Path(result["log"]).with_name(f"{Path(result['log']).stem}-commands.log").read_text()
        assert "-march=native" not in commands and "tiny.c" in commands
    assert audit_wheel(Path(standard["wheel"])).modules[0].features == frozenset()
    assert audit_wheel(Path(v2["wheel"])).modules[0].features <= {"sse3", "ssse3", "sse4_1", "sse4_2", "popcnt"}
    with zipfile.ZipFile(standard["wheel"]) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("dualvariant.cdx.json")]
        properties = json.loads(archive.read(name))["metadata"]["component"]["properties"]
    facts = {each["name"]: each["value"] for each in properties}
    assert facts["dualvariant:native-replaced"] == "2"
    assert facts["dualvariant:flags-reached-every-object"] == "true"
    assert str(tmp_path) not in json.dumps(properties)


@pytest.mark.parametrize("emulated", [True, False])
def test_native_behind_the_driver_s_back_is_rejected(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str], emulated: bool, builder: tuple[str, ...]
) -> None:
    gcc = shutil.which("gcc")
    if gcc is None or not has_avx512(tmp_path):
        pytest.skip("'native' means no more than the baseline here")
    if emulated:
        emulation.x86("qemu64", "true")
    project = write_project(tmp_path / "tiny", ONLY_STANDARD)
    (project / "tiny.c").write_text(NATIVE.replace("begin(table, 3.0);", ""))  # nothing of it runs at import
    (project / "setup.py").write_text(AROUND.format(gcc=gcc))
    environment = {**build_environment, "DUALVARIANT_EMULATORS": "", "PATH": "/usr/bin:/bin"}
    more = () if emulated else ("--no-smoke",)
    (result,) = build(tool, project, environment, *builder, *more, code=1)
    assert result["wheel"] is None
    assert result["audit"]["verdict"] == "not judged"  # it has CPUID in it
    assert "tiny." in result["unproven"] and "avx" in result["unproven"]
    assert result["flags"]["reached_every_object"] is False


def test_native_that_runs_at_import_is_mislabelled(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
) -> None:
    gcc = shutil.which("gcc")
    if gcc is None or not has_avx512(tmp_path):
        pytest.skip("'native' means no more than the baseline here")
    project = write_project(tmp_path / "tiny", ONLY_STANDARD)
    (project / "tiny.c").write_text(NATIVE)
    (project / "setup.py").write_text(AROUND.format(gcc=gcc))
    (result,) = build(tool, project, build_environment, "--no-smoke", code=1)
    assert result["audit"]["verdict"] == "mislabelled"
    assert any("nothing asks before" in error for error in result["audit"]["errors"])
