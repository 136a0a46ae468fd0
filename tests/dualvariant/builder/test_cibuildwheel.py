"""``build --cibuildwheel``: what cibuildwheel gets, and what happens to its wheels."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import emulation
from dualvariant.builder.declaration.job import BuildSettings, Job
from dualvariant.builder.run.cibuildwheel_options import (
    make_command,
    make_environment,
    make_variables,
    prepare_sources,
)
from dualvariant.builder.run.source import find_source
from dualvariant.core.platforms import find_host_platform
from dualvariant.core.toml import read_toml
from tool import Tool
from variantlib.meta import VariantDescription

from .projects import write_dispatch, write_project
from .stand_in import replace_cibuildwheel

V3 = VariantDescription.from_strings(["x86_64 :: level :: v3"])
MATRIX = ("--matrix", "x86_64 :: level = v3", "--platform", "linux_x86_64")

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="cibuildwheel needs Python 3.11")


@pytest.fixture
def cibuildwheel() -> None:
    """The real one; it builds nothing here, but reads its options."""
    pytest.importorskip("cibuildwheel", reason="cibuildwheel is not installed")


def test_cibuildwheel_reads_the_options_of_a_variant(tmp_path: Path, tool: Tool, cibuildwheel: None) -> None:
    project = write_project(tmp_path / "tiny", "")
    settings = BuildSettings(environment={"X": "a b"}, config_settings={"y": ["1", "2"]})
    job = Job("linux_x86_64", V3, settings)
    user = {**tool.environment, "CIBW_ENVIRONMENT": "Z=1"}
    environ = make_environment(job, make_variables(job, {"CFLAGS": ("-march=x86-64-v3",)}, user), user, {})
    assert environ["CIBW_ENVIRONMENT"] == "Z=1 CFLAGS=-march=x86-64-v3 X='a b' SOURCE_DATE_EPOCH=1580601600"
    assert environ["CIBW_CONFIG_SETTINGS"] == "y=1 y=2"
    command = make_command(job, project, tmp_path / "out", ["--print-build-identifiers"])
    done = subprocess.run(command, env={**environ, "CIBW_BUILD": "cp311-*"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["cp311-manylinux_x86_64", "cp311-musllinux_x86_64"]


TESTS = """
[tool.cibuildwheel]
test-command = "python -m pytest tests"
test-requires = ["pytest"]
test-extras = ["fast", "more"]
test-sources = ["tests", "conftest.py"]
"""


@pytest.mark.parametrize("declared", [None, "python -m tests"])
def test_the_projects_own_tests_stay_in_force(tmp_path: Path, cibuildwheel: None, declared: str | None) -> None:
    """By cibuildwheel's own reader, for a copy that has the build requirements of the variant."""
    from cibuildwheel.options import CommandLineArguments, compute_options

    project = write_project(tmp_path / "tiny", TESTS)
    (project / "tests").mkdir()
    for name in ("tests/test_tiny.py", "conftest.py"):
        (project / name).write_text("")
    settings = BuildSettings(requires=("more>=1",), test_command=declared, test_requires=("x>1",) if declared else ())
    job, scratch = Job("linux_x86_64", V3, settings), tmp_path / "scratch"
    scratch.mkdir()
    tree = prepare_sources(find_source(str(project), Path), job, tmp_path / "out", scratch)
    environ = make_environment(job, {"CFLAGS": "-march=x86-64-v3"}, {}, {})
    arguments = replace(CommandLineArguments.defaults(), platform="linux", package_dir=tree)
    options = compute_options("linux", arguments, environ).build_options("cp311-manylinux_x86_64")
    assert options.test_extras == "[fast,more]" and options.test_sources == ["tests", "conftest.py"]
    assert (tree / "tests/test_tiny.py").is_file() and (tree / "conftest.py").is_file()
    assert options.test_command == (declared or "python -m pytest tests")
    assert list(options.test_requires) == (["x>1"] if declared else ["pytest"])
    assert options.environment.as_dictionary({})["CFLAGS"] == "-march=x86-64-v3"


@pytest.mark.parametrize(
    "declared",
    [
        'environment = {A = "1", B = "$A and more"}\nconfig-settings = {a = ["1", "2 3"], b = "x"}',
        "environment = \"A=1 B='2 3'\"\nconfig-settings = \"a=1 b='2 3'\"",
        'environment = {A = "1"}\n[tool.cibuildwheel.linux]\nenvironment = {B = "2"}\nconfig-settings = {a = "1"}',
        "build-verbosity = 1",
    ],
)
def test_the_projects_own_variables_and_settings_stay(tmp_path: Path, cibuildwheel: None, declared: str) -> None:
    """By cibuildwheel's own reader: what it finds without us is there with us too."""
    from cibuildwheel.options import CommandLineArguments, compute_options

    project = write_project(tmp_path / "tiny", f"[tool.cibuildwheel]\n{declared}\n")
    job = Job("linux_x86_64", V3, BuildSettings(config_settings={"ours": "y"}))
    arguments = replace(CommandLineArguments.defaults(), platform="linux", package_dir=project)
    ours = make_environment(job, {"CFLAGS": "-march=x86-64-v3"}, {}, read_toml(project / "pyproject.toml"))
    alone, together = (
        compute_options("linux", arguments, environ).build_options("cp311-manylinux_x86_64") for environ in ({}, ours)
    )
    expected = {**alone.environment.as_dictionary({}), "CFLAGS": "-march=x86-64-v3"}
    assert together.environment.as_dictionary({}) == expected
    assert together.config_settings.split() == [*alone.config_settings.split(), "ours=y"]


def test_a_repair_that_does_not_call_auditwheel_leaves_no_record(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str], compiler: None
) -> None:
    project = write_project(tmp_path / "tiny", "")
    replace_cibuildwheel(tool, tmp_path / "stand-in")
    environment = {
        **build_environment,
        "CIBW_REPAIR_WHEEL_COMMAND": 'mkdir -p {dest_dir}; for i in {wheel}; do n=$(basename "$i"); '
        'cp "$i" {dest_dir}/"${{n%linux*}}manylinux_2_28_x86_64.whl"; done',
    }
    line = ("build", project, "-o", tmp_path / "out", "--cibuildwheel", "--json", *MATRIX, "--only", "standard")
    (result,) = json.loads(tool(*line, "--no-smoke", environment=environment).stdout)
    assert result["wheel"] and result["flags"]["reached_every_object"] is False
    assert [Path(path).name.partition(".")[0] for path in result["flags"]["unknown"]] == ["tiny"]


def test_options_of_the_system_come_before_general_ones(tool: Tool) -> None:
    job = Job("win_amd64", None, BuildSettings(flags={"CFLAGS": ("/O2",)}, config_settings={"y": "1"}))
    user = {"CIBW_ENVIRONMENT_WINDOWS": "Z=1", "CIBW_CONFIG_SETTINGS_WINDOWS": "x=1", "CIBW_ENVIRONMENT": "Z=2"}
    environ = make_environment(job, make_variables(job, {}, {"SOURCE_DATE_EPOCH": "7"}), user, {})
    assert environ == {
        "CIBW_ENVIRONMENT": "Z=2",
        "CIBW_ENVIRONMENT_WINDOWS": "Z=1 CL=/O2 SOURCE_DATE_EPOCH=7",
        "CIBW_CONFIG_SETTINGS_WINDOWS": "x=1 y=1",
    }


def test_the_program_that_repairs_wheels_of_another_system_is_named(
    tmp_path: Path, tool: Tool, cibuildwheel: None
) -> None:
    declaration = "[tool.variantlib.build]\nmacosx_arm64 = {}\nwin_amd64 = {}\n"
    project = write_project(tmp_path / "tiny", declaration)
    line = ("build", project, "-o", tmp_path / "out")
    stderr = tool(*line, "--platform", "macosx_arm64", code=2).stderr
    assert "--cibuildwheel" in stderr and "delocate repairs wheels for macosx_arm64" in stderr
    assert "delvewheel repairs wheels for win_amd64" in tool(*line, "--platform", "win_amd64", code=2).stderr
    # The real cibuildwheel, which prints the identifiers that it would build and builds none.
    windows = (*line, "--platform", "win_amd64", "--cibuildwheel", "--", "--print-build-identifiers")
    stderr = tool(*windows, code=1).stderr
    assert "CIBW_REPAIR_WHEEL_COMMAND_WINDOWS='delvewheel repair -w {dest_dir} {wheel}'" in stderr
    assert "cp311-win_amd64" in stderr and "cibuildwheel built no wheel" in stderr
    stderr = tool(*windows, environment={"CIBW_REPAIR_WHEEL_COMMAND_WINDOWS": "true"}, code=1).stderr
    assert "delvewheel" not in stderr


def test_sources_outside_the_working_directory_are_accepted_on_linux(
    tmp_path: Path, tool: Tool, cibuildwheel: None
) -> None:
    """On Linux cibuildwheel refuses a source tree outside its working directory before it starts a container."""
    engine = tmp_path / "bin" / "docker"
    engine.parent.mkdir()
    engine.write_text("#!/bin/sh\necho the engine was called >&2; exit 7\n")
    engine.chmod(0o755)
    project = write_project(tmp_path / "tiny", "[tool.cibuildwheel]\nbuild = 'cp311-manylinux_x86_64'\n")
    environment = {"PATH": f"{engine.parent}:{tool.environment['PATH']}"}
    line = ("build", project, "-o", tmp_path / "out", "--cibuildwheel", "--json", *MATRIX, "--only", "standard")
    (entry,) = json.loads(tool(*line, environment=environment, code=1).stdout)
    log = Path(entry["log"]).read_text()
    assert "package_dir must be inside the working directory" not in log
    assert "the engine was called" in log


@pytest.mark.skipif(find_host_platform() != "linux_x86_64", reason="builds are for Linux on x86-64")
@pytest.mark.usefixtures("compiler")
def test_wheels_are_labelled_and_have_one_platform_tag(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
) -> None:
    project = write_project(tmp_path / "tiny", "")
    replace_cibuildwheel(tool, tmp_path / "stand-in")
    bench = ("--bench", "true", "--bench-seconds", "1")
    line = ("build", project, "-o", tmp_path / "out", "--cibuildwheel", "--json", *MATRIX, *bench)
    results = json.loads(tool(*line, environment=build_environment).stdout)
    names = [Path(result["wheel"]).name.split("-cp")[0] for result in results]
    assert names == ["tiny-1.0", "tiny-1.0~a496bd9c"]
    # They are tried and measured as the wheels of our own builds are.
    assert all(result["smoke"]["runs"][0]["what"] == "claimed" for result in results)
    assert results[1]["benchmark"]["verdict"]


@pytest.mark.skipif(find_host_platform() != "linux_x86_64", reason="builds are for Linux on x86-64")
@pytest.mark.usefixtures("compiler")
def test_declared_dispatch_is_proven_by_a_trial(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
) -> None:
    emulation.x86("qemu64", "true")
    project = write_dispatch(tmp_path / "tiny")
    replace_cibuildwheel(tool, tmp_path / "stand-in")
    line = ("build", project, "-o", tmp_path / "out", "--cibuildwheel", "--json")
    emulators = ("--emulators", os.environ["DUALVARIANT_EMULATORS"])
    (found,) = json.loads(tool(*line, *emulators, environment=build_environment).stdout)
    assert found["wheel"] and found["audit"]["verdict"] == "not judged" and found["smoke"]["proof"]
    assert "tiny_pick imports it" in tool("audit", found["wheel"]).stdout, "the wheel has the reason"


class TestBuildRequirements:
    """``build-requires`` is added to ``[build-system]`` of the copy that cibuildwheel builds from."""

    JOB = Job("linux_x86_64", V3, BuildSettings(requires=("more>=1", "setuptools>=77")))

    def prepare(self, folder: Path, project: Path, job: Job = JOB) -> Path:
        (folder / "sdist").mkdir()
        scratch = folder / "scratch"
        scratch.mkdir()
        return prepare_sources(find_source(str(project), Path), job, folder / "out", scratch)

    def test_they_come_after_the_projects_own_and_nothing_else_changes(self, tmp_path: Path) -> None:
        project = write_project(tmp_path / "tiny")
        before = read_toml(project / "pyproject.toml")
        tree = self.prepare(tmp_path, project)
        document: dict[str, Any] = read_toml(tree / "pyproject.toml")
        assert document["build-system"].pop("requires") == ["setuptools>=77", "more>=1"]
        assert read_toml(project / "pyproject.toml") == before, "the user's file is unchanged"
        del before["build-system"]["requires"]
        assert document == before

    def test_without_any_the_copy_is_the_same_to_the_byte(self, tmp_path: Path) -> None:
        project = write_project(tmp_path / "tiny")
        tree = self.prepare(tmp_path, project, Job("linux_x86_64", V3))
        assert (tree / "pyproject.toml").read_bytes() == (project / "pyproject.toml").read_bytes()

    def test_a_project_without_pyproject_toml_keeps_the_legacy_backend(self, tmp_path: Path) -> None:
        project = write_project(tmp_path / "tiny")
        (project / "pyproject.toml").unlink()
        tree = self.prepare(tmp_path, project)
        assert read_toml(tree / "pyproject.toml") == {
            "build-system": {
                "build-backend": "setuptools.build_meta:__legacy__",
                "requires": ["setuptools >= 40.8.0", "more>=1", "setuptools>=77"],
            }
        }

    def test_an_sdist_is_unpacked(self, tmp_path: Path) -> None:
        write_project(tmp_path / "tree" / "tiny-1.0")
        sdist = Path(shutil.make_archive(str(tmp_path / "tiny-1.0"), "gztar", tmp_path / "tree"))
        tree = self.prepare(tmp_path, sdist)
        assert read_toml(tree / "pyproject.toml")["build-system"]["requires"] == ["setuptools>=77", "more>=1"]

    def test_git_sees_no_change(self, tmp_path: Path) -> None:
        """setuptools-scm and its like give a changed tree another version."""
        if shutil.which("git") is None:
            pytest.skip("git is not installed")
        project = write_project(tmp_path / "tiny")
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        for line in (("init", "-q"), ("add", "."), (*identity, "commit", "-qm", "x")):
            subprocess.run(["git", "-C", str(project), *line], check=True)
        tree = self.prepare(tmp_path, project)
        assert "more>=1" in (tree / "pyproject.toml").read_text()
        status = ["git", "-C", str(tree), "status", "--porcelain", "--untracked-files=no"]
        assert subprocess.run(status, check=True, capture_output=True, text=True).stdout == ""
