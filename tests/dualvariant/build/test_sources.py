"""A source distribution, a name on an index, settings for one variant, and projects that are not what they seem."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from dualvariant.build.toolchain import host_platform
from tool import Tool

from .projects import write_project

pytestmark = [
    pytest.mark.usefixtures("compiler"),
    pytest.mark.skipif(host_platform() != "linux_x86_64", reason="the variants are of x86-64"),
]
#: manylinux2014 and what is older.
MANYLINUX = {f"manylinux_2_{minor}_x86_64" for minor in (5, 12, 17)}
MATRIX = ("--matrix", "x86_64 :: level = v3", "--platform", "linux_x86_64")


@pytest.fixture
def sdist(tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> Path:
    """A source distribution of a project that declares nothing."""
    project = write_project(tmp_path / "tiny", "")
    command = [sys.executable, "-m", "build", "--sdist", str(project), "-o", str(tmp_path / "sdists")]
    subprocess.run(command, env={**tool.environment, **build_environment}, check=True, capture_output=True)
    (path,) = (tmp_path / "sdists").glob("*.tar.gz")
    return path


def names(result: subprocess.CompletedProcess[str]) -> list[str]:
    return [Path(line).name.partition("-cp")[0] for line in result.stdout.splitlines()]


def test_from_a_source_distribution(
    sdist: Path, tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
) -> None:
    result = tool("build", sdist, "-o", tmp_path / "out", *MATRIX, environment=build_environment)
    assert names(result) == ["tiny-1.0", "tiny-1.0~a496bd9c"]


def test_from_a_name_on_an_index(sdist: Path, tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
    links = f"{build_environment['PIP_FIND_LINKS']} {sdist.parent}"
    environment = {**build_environment, "PIP_FIND_LINKS": links}
    result = tool("build", "tiny==1.0", "-o", tmp_path / "out", *MATRIX, environment=environment)
    assert names(result) == ["tiny-1.0", "tiny-1.0~a496bd9c"]
    stderr = tool("build", "tiny==2.0", "-o", tmp_path / "out", *MATRIX, environment=environment, code=1).stderr
    assert "no source distribution of 'tiny==2.0' could be fetched" in stderr


def test_a_project_that_ignores_cflags(tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
    """Its v3 wheel equals the baseline: that is a label which is not true."""
    project = write_project(tmp_path / "tiny", "")
    (project / "setup.py").write_text("import os\nos.environ['CFLAGS'] = '-O1'\n" + (project / "setup.py").read_text())
    result = tool("build", project, "-o", tmp_path / "out", "--json", *MATRIX, environment=build_environment, code=1)
    standard, v3 = json.loads(result.stdout)
    assert (standard["audit"]["lies"], standard["audit"]["level"]) == ([], "v1")
    assert v3["audit"]["lies"]
    assert "its label is not true" in result.stderr


def test_two_variants_that_come_out_alike(tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
    declaration = (
        '[tool.variantlib.build.linux_x86_64]\nvariants = ["x86_64 :: level :: v3", "paint :: colour :: red"]\n'
        '[tool.variantlib.build.configurations.red]\nproperties = "paint :: colour :: red"\n'
        '[[tool.variantlib.build.overrides]]\nselect = "paint :: colour :: red"\nenvironment = { COLOUR = "red" }\n'
    )
    project = write_project(tmp_path / "tiny", declaration)
    result = tool("build", project, "-o", tmp_path / "out", "--json", environment=build_environment, code=1)
    red = json.loads(result.stdout)[2]
    assert red["properties"] == ["paint :: colour :: red"]
    assert any("standard wheel" in text for text in [*red["audit"]["lies"], *red["audit"]["warnings"]])


def test_what_one_variant_alone_is_told(tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
    """Environment, dependencies and a test command; a property that no provider knows needs no flags then."""
    declaration = (
        '[tool.variantlib.build.linux_x86_64]\nvariants = ["red"]\n'
        '[tool.variantlib.build.configurations.red]\nproperties = "paint :: colour :: red"\n'
        'environment = { COLOUR = "red" }\ncflags = ["-DRED", "-O1"]\ndependencies = ["attrs>=1"]\n'
    )
    project = write_project(tmp_path / "tiny", declaration)
    seen = tmp_path / "seen"
    line = f"import os\nopen({str(seen)!r}, 'a').write(os.environ.get('COLOUR', 'none') + chr(10))\n"
    (project / "setup.py").write_text(line + (project / "setup.py").read_text())
    result = tool("build", project, "-o", tmp_path / "out", "--no-smoke", environment=build_environment)
    assert {*seen.read_text().split()} == {"none", "red"}
    standard, red = [Path(line) for line in result.stdout.splitlines()]
    for wheel, expected in ((standard, False), (red, True)):
        with zipfile.ZipFile(wheel) as archive:
            (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
            assert ("Requires-Dist: attrs>=1" in archive.read(name).decode()) is expected


@pytest.mark.usefixtures("zig")
def test_zig_makes_manylinux2014_of_this_machines_own_platform(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
) -> None:
    project = write_project(tmp_path / "tiny", "")
    line = ("build", project, "-o", tmp_path / "out", "--compiler", "zig", *MATRIX)
    wheels = tool(*line, environment=build_environment).stdout.splitlines()
    assert len(wheels) == 2
    assert all(
        "manylinux" in Path(wheel).name and "linux_x86_64" not in Path(wheel).name.split("-") for wheel in wheels
    )


def test_a_flag_that_the_compiler_refuses(tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
    project = write_project(
        tmp_path / "tiny", "[tool.variantlib.build]\ncflags = ['-fno-such-flag']\nlinux_x86_64 = {}\n"
    )
    result = tool("build", project, "-o", tmp_path / "out", environment=build_environment, code=1)
    assert "-fno-such-flag" in result.stderr
    assert result.stdout == ""


def test_cibuildwheel_takes_the_environment_of_a_variant(tmp_path: Path, tool: Tool) -> None:
    """As far as it goes without Docker: it takes our command line, and names the wheels that it would build."""
    pytest.importorskip("cibuildwheel", reason="cibuildwheel is not installed")
    from dualvariant.build.cibuildwheel import command_for, environment_for
    from dualvariant.build.job import Job, Settings
    from variantlib.meta import VariantDescription

    project = write_project(tmp_path / "tiny", "")
    settings = Settings(environment={"X": "a b"}, config_settings={"y": ["1", "2"]})
    job = Job("linux_x86_64", VariantDescription.from_strings(["x86_64 :: level :: v3"]), settings)
    environ = environment_for(job, {"CFLAGS": ("-march=x86-64-v3",)}, {**tool.environment, "CIBW_ENVIRONMENT": "Z=1"})
    assert environ["CIBW_ENVIRONMENT"] == "Z=1 CFLAGS=-march=x86-64-v3 X='a b' SOURCE_DATE_EPOCH=1580601600"
    assert environ["CIBW_CONFIG_SETTINGS"] == "y=1 y=2"
    command = command_for(job, project, tmp_path / "out", ["--print-build-identifiers"])
    done = subprocess.run(command, env={**environ, "CIBW_BUILD": "cp311-*"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["cp311-manylinux_x86_64", "cp311-musllinux_x86_64"]


def test_cibuildwheels_wheels_are_labelled(tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
    """A program stands in for cibuildwheel, which needs Docker: it builds in place, in the environment it is given."""
    project = write_project(tmp_path / "tiny", "")
    stand_in = tmp_path / "stand-in" / "cibuildwheel"
    stand_in.mkdir(parents=True)
    (stand_in / "__init__.py").write_text("")
    (stand_in / "__main__.py").write_text(
        "import os, shlex, subprocess, sys\n"
        "out, source = sys.argv[sys.argv.index('--output-dir') + 1], sys.argv[-1]\n"
        "more = dict(word.split('=', 1) for word in shlex.split(os.environ['CIBW_ENVIRONMENT']))\n"
        "command = [sys.executable, '-m', 'build', '--wheel', '-o', out, source]\n"
        "sys.exit(subprocess.run(command, env={**os.environ, **more}).returncode)\n"
    )
    environment = {**build_environment, "PYTHONPATH": os.fspath(stand_in.parent)}
    line = ("build", project, "-o", tmp_path / "out", "--cibuildwheel", *MATRIX)
    result = tool(*line, environment=environment)
    assert names(result) == ["tiny-1.0", "tiny-1.0~a496bd9c"]
