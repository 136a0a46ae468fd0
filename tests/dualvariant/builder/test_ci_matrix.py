"""CI workflows: they parse, have keys that the systems document, and each job calls this very command."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

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
    (job,) = workflow["jobs"].values()
    assert set(job) <= JOB
    assert set(job["strategy"]) <= {"matrix", "fail-fast", "max-parallel"}
    entries = job["strategy"]["matrix"]["include"]
    assert len(entries) == 5
    assert all(set(step) <= STEP for step in job["steps"])
    (run,) = [step["run"] for step in job["steps"] if "dualvariant build" in step.get("run", "")]
    assert "--compiler zig" in run
    for entry in entries:
        line = run
        for name in ("platform", "only", "options"):
            line = line.replace(f"${{{{ matrix.{name} }}}}", entry[name])
        assert len(_listed(tool, line)) == 1


def test_gitlab(project: Path, tool: Tool) -> None:
    document = load(tool("build", project, "--emit", "gitlab", "--platform", "linux_x86_64").stdout)
    (job,) = document.values()
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


def _listed(tool: Tool, line: str) -> list[str]:
    """The labels that a job's command line means: it is run, with --list."""
    words = shlex.split(line)
    assert words[:2] == ["dualvariant", "build"]
    return [row.split()[1] for row in tool(*words[1:], "--list").stdout.splitlines()]
