"""``build`` on small generated projects, from the source tree to wheels that say what they are."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from dualvariant.binary.elf import MACHINES, parse_elf
from dualvariant.builder.run.cache import CACHE_FILE
from dualvariant.core.platforms import find_host_platform
from dualvariant.core.report import Reporter
from dualvariant.static_index import write_index
from tool import Tool
from variantlib.dialects import hashes
from variantlib.wheel_name import parse_wheel_name

from .projects import write_project

pytestmark = [
    pytest.mark.usefixtures("compiler"),
    pytest.mark.skipif(find_host_platform() != "linux_x86_64", reason="builds are for Linux on x86-64"),
]

FIVE = (
    "[tool.variantlib.build.linux_x86_64]\n"
    'variants = ["x86_64 :: level :: v3", "x86_64 :: level :: v4", "red", "green", "blue"]\n'
) + "".join(
    f'[tool.variantlib.build.configurations.{name}]\nproperties = "paint :: colour :: {name}"\ncflags = ["{flag}"]\n'
    for name, flag in {"red": "-O0", "green": "-O1", "blue": "-Os"}.items()
)

ARM = """
[tool.variantlib.build]
cflags = ["-O3", "-ffp-contract=off"]
[tool.variantlib.build.linux_aarch64]
variants = ["aarch64 :: version :: 8.2a"]
"""


def built(result: subprocess.CompletedProcess[str]) -> dict[str | None, Path]:
    """The wheels that were printed, by label."""
    paths = [Path(line) for line in result.stdout.splitlines()]
    assert all(path.exists() for path in paths)
    return {parse_wheel_name(path.name).label: path for path in paths}


def library(wheel: Path) -> tuple[str, bytes]:
    """The one extension module in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".so")]
        return name, archive.read(name)


def registers(wheel: Path, folder: Path) -> set[str]:
    """Which vector registers the code uses: xmm, ymm, zmm."""
    if shutil.which("objdump") is None:
        pytest.skip("objdump is not installed (binutils)")
    path = folder / "library.so"
    path.write_bytes(library(wheel)[1])
    code = subprocess.run(["objdump", "-d", path], capture_output=True, text=True, check=True).stdout
    return {kind for kind in ("xmm", "ymm", "zmm") if f"%{kind}" in code}


def leftovers(folder: Path) -> list[str]:
    """What a run left behind, beside its record of what was built from what."""
    return [path.name for path in folder.iterdir() if path.name.startswith(".dualvariant") and path.name != CACHE_FILE]


@pytest.mark.parametrize(
    ("source", "requires"), [("tiny.c", '"setuptools>=77"'), ("tiny.pyx", '"setuptools>=77", "Cython>=3"')]
)
def test_standard_v3_and_v4(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str], source: str, requires: str
) -> None:
    project = write_project(tmp_path / "tiny", source=source, requires=requires)
    result = tool("build", project, "-o", tmp_path / "out", "--no-smoke", environment=build_environment)
    wheels = built(result)
    assert [*wheels] == [None, "a496bd9c", "fe168163"]
    levels = {None: {"xmm"}, "a496bd9c": {"xmm", "ymm"}, "fe168163": {"zmm"}}
    for label, wheel in wheels.items():
        description = hashes.read_wheel(wheel, parse_wheel_name(wheel.name))
        assert (description.hexdigest if description else None) == label
        assert registers(wheel, tmp_path) >= levels[label]
        elf = parse_elf(library(wheel)[1])
        assert elf is not None and (elf.machine, elf.run_paths) == (MACHINES["x86_64"], ())
    assert "ymm" not in registers(wheels[None], tmp_path)
    assert "zmm" not in registers(wheels["a496bd9c"], tmp_path)
    assert "[3/3] linux_x86_64, x86_64 :: level :: v4: done in" in result.stderr
    assert leftovers(tmp_path / "out") == []


def test_a_plain_build_has_pythons_own_flags_and_no_debug_information(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
) -> None:
    """setuptools forgets CPython's own flags as soon as CFLAGS is set."""
    project = write_project(tmp_path / "tiny", "[tool.variantlib.build]\nlinux_x86_64 = {}\n")
    result = tool("build", project, "-o", tmp_path / "out", "--no-smoke", environment=build_environment)
    content = library(built(result)[None])[1]
    assert b".debug_info" not in content
    assert b".symtab" not in content
    log = (tmp_path / "out" / "logs" / "linux_x86_64-standard.log").read_text()
    (command,) = [line for line in log.splitlines() if " -c tiny.c" in line]
    assert {"-DNDEBUG", "-fwrapv", "-O3", "-march=x86-64"} <= set(command.split())


def test_from_build_to_pip(tmp_path: Path, tool: Tool, target: Path, build_environment: Mapping[str, str]) -> None:
    """Built, indexed, installed by plain pip, imported: the standard wheel."""
    project = write_project(tmp_path / "tiny")
    out = tmp_path / "out"
    tool("build", project, "-o", out, "--no-smoke", environment=build_environment)
    write_index(out, Reporter())
    tool.run(target, "-m", "pip", "install", "--index-url", (out / "simple").as_uri(), "tiny")
    expected = float(sum((i % 17) ** 2 + 1 for i in range(512)))
    assert tool.run(target, "-c", "import tiny; print(tiny.dot(1.0))").stdout == f"{expected}\n"
    (info,) = target.parents[1].glob("lib/*/site-packages/tiny-1.0.dist-info/METADATA")
    assert "Variant" not in info.read_text()


@pytest.mark.usefixtures("zig")
@pytest.mark.parametrize(
    ("source", "requires"), [("tiny.c", '"setuptools>=77"'), ("tiny.pyx", '"setuptools>=77", "Cython>=3"')]
)
def test_a_cross_built_library_is_for_the_other_machine(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str], source: str, requires: str
) -> None:
    project = write_project(tmp_path / "tiny", ARM, source=source, requires=requires)
    wheels = built(tool("build", project, "-o", tmp_path / "out", environment=build_environment))
    assert [*wheels] == [None, "cccdbcf9"]
    version = f"{sys.version_info.major}{sys.version_info.minor}"
    for wheel in wheels.values():
        assert parse_wheel_name(wheel.name).platform == "manylinux_2_17_aarch64"
        name, content = library(wheel)
        assert name == f"tiny.cpython-{version}-aarch64-linux-gnu.so"
        assert content[:6] == b"\x7fELF\x02\x01"
        assert int.from_bytes(content[18:20], "little") == 183  # EM_AARCH64
        elf = parse_elf(content)
        assert elf is not None and elf.run_paths == ()
        assert b".debug_info" not in content
        with zipfile.ZipFile(wheel) as archive:
            (info,) = [entry for entry in archive.namelist() if entry.endswith("/WHEEL")]
            assert f"Tag: cp{version}-cp{version}-manylinux_2_17_aarch64" in archive.read(info).decode()


class TestFailures:
    def test_one_variant_of_five_fails_and_the_others_are_kept(
        self, tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
    ) -> None:
        project = write_project(tmp_path / "tiny", FIVE, more='define_macros=[("BROKEN_WITH_AVX512", "1")]')
        out = tmp_path / "out"
        result = tool("build", project, "-o", out, "--no-smoke", environment=build_environment, code=1)
        wheels = built(result)
        assert len(wheels) == 5 and {None, "a496bd9c"} <= wheels.keys() and "fe168163" not in wheels
        assert {path.name for path in out.glob("*.whl*")} == {path.name for path in wheels.values()}
        log = out / "logs" / "linux_x86_64-fe168163.log"
        assert f"the whole log: {log}" in result.stderr
        assert "no AVX-512 here" in result.stderr
        assert "no AVX-512 here" in log.read_text()
        assert "1 of 6 wheels could not be built" in result.stderr
        assert leftovers(out) == []

    def test_a_wheel_of_an_earlier_run_does_not_take_the_place_of_one_that_failed(
        self, tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
    ) -> None:
        project, out = write_project(tmp_path / "tiny"), tmp_path / "out"
        line = ("build", project, "-o", out, "--no-smoke", "--only", "standard", "--only", "fe168163")
        v4 = built(tool(*line, environment=build_environment))["fe168163"]
        setup = (project / "setup.py").read_text()
        write_project(project, more='define_macros=[("BROKEN_WITH_AVX512", "1")]')
        result = tool(*line, environment=build_environment, code=1)
        assert [*built(result)] == [None]
        assert [path.name for path in out.glob("*.whl")] == [path.name for path in built(result).values()]
        assert f"{v4.name}: an earlier run made it from something else; renamed: {v4}.rejected" in result.stderr
        (project / "setup.py").write_text(setup)
        assert [*built(tool(*line, environment=build_environment))] == [None, "fe168163"]
        assert list(out.glob("*.rejected")) == []

    def test_json_says_the_same(self, tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
        project = write_project(tmp_path / "tiny", more='define_macros=[("BROKEN_WITH_AVX512", "1")]')
        line = ("build", project, "-o", tmp_path / "out", "--json", "--no-smoke")
        result = tool(*line, environment=build_environment, code=1)
        standard, v3, v4 = json.loads(result.stdout)
        assert (standard["label"], standard["error"], standard["dialect"]) == (None, None, "standard")
        assert (v3["label"], v3["properties"]) == ("a496bd9c", ["x86_64 :: level :: v3"])
        assert Path(v3["wheel"]).exists()
        assert (v4["wheel"], v4["error"]) == (None, "the project's build failed")
        assert Path(v4["log"]).exists()

    def test_a_property_without_flags(self, tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
        declaration = '[tool.variantlib.build]\nlinux_x86_64 = {variants = ["nobody :: key :: value"]}\n'
        project = write_project(tmp_path / "tiny", declaration)
        environment = {**build_environment, "CC": "gcc"}
        result = tool("build", project, "-o", tmp_path / "out", environment=environment, code=1)
        assert [*built(result)] == [None]
        assert "no installed provider knows how to build for it: 'nobody'" in result.stderr

    def test_a_level_that_does_not_exist_is_refused_before_anything_is_built(self, tmp_path: Path, tool: Tool) -> None:
        declaration = '[tool.variantlib.build]\nlinux_x86_64 = {variants = ["x86_64 :: level :: v9"]}\n'
        project = write_project(tmp_path / "tiny", declaration)
        result = tool("build", project, "-o", tmp_path / "out", code=2)
        assert "it has v1, v2, v3, v4" in result.stderr
        assert not (tmp_path / "out").exists()

    def test_native_is_refused_before_anything_is_built(
        self, tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
    ) -> None:
        declaration = '[tool.variantlib.build]\nlinux_x86_64 = {variants = ["x86_64 :: level :: native"]}\n'
        project = write_project(tmp_path / "tiny", declaration)
        result = tool("build", project, "-o", tmp_path / "out", environment=build_environment, code=5)
        assert "linux_x86_64.variants[0]: a label cannot say 'native'" in result.stderr
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize("flag", ["-march=native", "-mavx2"])
    def test_an_instruction_set_in_the_environment(
        self, tmp_path: Path, tool: Tool, build_environment: Mapping[str, str], flag: str
    ) -> None:
        project = write_project(tmp_path / "tiny")
        environment = {**build_environment, "CFLAGS": f"-O2 {flag}"}
        result = tool("build", project, "-o", tmp_path / "out", environment=environment, code=2)
        assert flag in result.stderr
        assert not list((tmp_path / "out").glob("*.whl"))
        assert leftovers(tmp_path / "out") == []

    def test_no_compiler(self, tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
        project = write_project(tmp_path / "tiny")
        environment = {**build_environment, "CC": "no-such-compiler"}
        result = tool("build", project, "-o", tmp_path / "out", environment=environment, code=2)
        assert "there is no C compiler: 'no-such-compiler'" in result.stderr
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["logs"]

    def test_a_compiler_for_another_machine(
        self, tmp_path: Path, tool: Tool, build_environment: Mapping[str, str], zig: None
    ) -> None:
        environment = {**build_environment, "CC": f"{sys.executable} -m ziglang cc -target aarch64-linux-gnu.2.17"}
        project = write_project(tmp_path / "tiny")
        result = tool("build", project, "-o", tmp_path / "out", environment=environment, code=2)
        assert "the C compiler is not for x86_64" in result.stderr

    def test_what_is_no_compiler(self, tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
        project = write_project(tmp_path / "tiny")
        environment = {**build_environment, "CC": "true"}
        result = tool("build", project, "-o", tmp_path / "out", environment=environment, code=2)
        assert "the C compiler is neither gcc nor clang: 'true'" in result.stderr

    def test_a_run_path_into_this_computer(
        self, tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
    ) -> None:
        project = write_project(tmp_path / "tiny", more='runtime_library_dirs=["/opt/mine"]')
        result = tool("build", project, "-o", tmp_path / "out", environment=build_environment, code=1)
        assert "'/opt/mine'" in result.stderr

    def test_a_project_without_an_sdist(self, tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
        project = write_project(tmp_path / "tiny")
        (project / "setup.py").write_text("raise SystemExit('setup.py has no time today')\n")
        result = tool("build", project, "-o", tmp_path / "out", environment=build_environment, code=1)
        assert "setup.py has no time today" in result.stderr
        assert "sdist.log" in result.stderr

    def test_requirements_that_cannot_be_installed(
        self, tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
    ) -> None:
        project = write_project(tmp_path / "tiny", requires='"setuptools>=9999"')
        result = tool("build", project, "-o", tmp_path / "out", environment=build_environment, code=1)
        assert "build requirements cannot be installed" in result.stderr
        assert "setuptools>=9999" in result.stderr

    def test_a_backend_that_does_not_exist(
        self, tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
    ) -> None:
        project = write_project(tmp_path / "tiny")
        text = (project / "pyproject.toml").read_text().replace("setuptools.build_meta", "no_such.backend")
        (project / "pyproject.toml").write_text(text)
        result = tool("build", project, "-o", tmp_path / "out", environment=build_environment, code=1)
        assert "no_such.backend" in result.stderr


class TestInterrupted:
    SLOW = "[tool.variantlib.build]\nlinux_x86_64 = {}\n"

    def start(self, tmp_path: Path, tool: Tool, environment: Mapping[str, str]) -> tuple[subprocess.Popen[str], Path]:
        """A build that hangs in a grandchild, whose process id it writes down."""
        project = write_project(tmp_path / "tiny", self.SLOW)
        (project / "tiny.c").write_text("int x;\n")
        pid = tmp_path / "pid"
        (project / "setup.py").write_text(
            "import subprocess, sys\nfrom setuptools import Extension, setup\n"
            "if 'bdist_wheel' in sys.argv:\n"
            "    child = subprocess.Popen(['sleep', '300'])\n"
            f"    open({str(pid)!r}, 'w').write(str(child.pid) + chr(10))\n"
            "    child.wait()\n"
            "setup(ext_modules=[Extension('tiny', ['tiny.c'])])\n"
        )
        run = tool.popen("build", project, "-o", tmp_path / "out", env={**tool.environment, **environment})
        deadline = time.monotonic() + 60
        while not (pid.exists() and pid.read_text().endswith("\n")):
            assert run.poll() is None, run.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return run, pid

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_no_child_no_scratch_and_no_half_wheel_is_left(
        self, tmp_path: Path, tool: Tool, build_environment: Mapping[str, str], number: signal.Signals
    ) -> None:
        run, pid = self.start(tmp_path, tool, build_environment)
        run.send_signal(number)
        _, stderr = run.communicate(timeout=30)
        assert run.returncode == 130, stderr
        assert "Traceback" not in stderr
        assert "failed" not in stderr
        assert not _runs(int(pid.read_text()))
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["logs"]
        assert list(tool.temporary.iterdir()) == []

    def test_killed_it_leaves_a_scratch_folder_that_the_next_run_ignores(
        self, tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
    ) -> None:
        run, pid = self.start(tmp_path, tool, build_environment)
        run.kill()
        run.communicate(timeout=30)
        os.kill(int(pid.read_text()), signal.SIGKILL)
        assert list((tmp_path / "out").glob("*.whl")) == []
        write_project(tmp_path / "tiny", self.SLOW)
        wheels = built(tool("build", tmp_path / "tiny", "-o", tmp_path / "out", environment=build_environment))
        assert [*wheels] == [None]
        assert write_index(tmp_path / "out", Reporter()).wheels == 1


def _runs(pid: int) -> bool:
    """Whether a process is at work: neither gone nor waiting to be collected."""
    for _ in range(50):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return False
        if state == "Z":
            return False
        time.sleep(0.05)
    return True
