"""``check``, ``download`` and ``wheel``, and what a host lacks by ``explain``."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import samples
from tool import Tool

LEVEL = "x86_64 :: level :: {}"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """``demo`` 1.0 with a v3 variant."""
    folder = tmp_path / "wheels"
    samples.make_wheel(folder, "demo", "1.0")
    samples.make_wheel(folder, "demo", "1.0", properties=[LEVEL.format("v3")])
    return folder


def test_check_names_what_is_missing_and_the_command_that_repairs_it(tool: Tool, wheels: Path, target: Path) -> None:
    source: list[str | Path] = ["--no-index", "-f", wheels, "--python", target]
    tool("install", "demo", *source, "--profile", tool.level("v3"))
    (entry,) = json.loads(tool("check", "--python", target, "--profile", tool.level("v4"), "--json").stdout)
    assert (entry["name"], entry["runs"]) == ("demo", True)
    result = tool("check", "--python", target, "--profile", tool.level("v2"), code=1)
    assert "'x86_64 :: level :: v3'" in result.stdout
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("to repair: dualvariant ")]
    repair = line.removeprefix("to repair: dualvariant ").split()
    tool(*repair, "--no-index", "-f", wheels)
    (found,) = json.loads(tool("list", "--all", "--json", "--python", target).stdout)[:1]
    assert (found["name"], found["dialect"]) == ("demo", "standard")
    assert tool("check", "--python", target, "--profile", tool.level("v2")).stdout == ""


def test_the_repair_for_this_host_names_no_profile(tool: Tool, wheels: Path, target: Path) -> None:
    """Nor does it choose for the one that a variable names."""
    source: list[str | Path] = ["--no-index", "-f", wheels, "--python", target]
    tool("install", "demo", *source, "--profile", tool.level("v3"))
    named = {"DUALVARIANT_PROFILE": str(tool.level("v4")), "DUALVARIANT_X86_64": "v2"}
    said = tool("check", "--python", target, "--", "true", environment=named, code=1).stderr
    (line,) = [line for line in said.splitlines() if line.startswith("to repair: ")]
    start = "to repair: env -u DUALVARIANT_PROFILE dualvariant "
    assert line.startswith(start) and "--profile" not in line
    repair = line.removeprefix(start).split()
    tool(*repair, "--no-index", "-f", wheels, environment={"DUALVARIANT_X86_64": "v2"})
    tool("check", "--python", target, "--", "true", environment=named)


def test_machine_code_and_sources_are_checked_apart(tool: Tool, target: Path) -> None:
    tool("check", "--python", target, "--code", "--refit", code=2, error="conflicting-options")


def test_check_prints_json(tool: Tool, wheels: Path, target: Path) -> None:
    tool("install", "demo", "--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3"))
    result = tool("check", "--python", target, "--profile", tool.level("v1"), "--json", code=1)
    (entry,) = json.loads(result.stdout)
    assert (entry["name"], entry["runs"]) == ("demo", False) and "'x86_64 :: level :: v3'" in entry["reason"]


@pytest.mark.parametrize(("command", "option"), [("download", "--dest"), ("wheel", "--wheel-dir")])
def test_downloaded_variants_keep_their_own_names(
    command: str, option: str, tool: Tool, wheels: Path, target: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    source: list[str | Path] = ["--no-index", "-f", wheels, "--python", target]
    tool(command, "demo", *source, "--profile", tool.level("v3"), option, folder)
    (kept,) = folder.iterdir()
    assert "~" in kept.name and kept.read_bytes() == (wheels / kept.name).read_bytes()
    tool("install", kept, *source, "--profile", tool.level("v3"))
    assert subprocess.run([target, "-I", "-c", "import demo"]).returncode == 0


@pytest.mark.parametrize("command", ["download", "wheel"])
@pytest.mark.parametrize("killed", [False, True])
def test_a_standard_wheel_that_is_there_stays(
    command: str, killed: bool, tool: Tool, wheels: Path, target: Path, tmp_path: Path
) -> None:
    """Also one that a killed run has set aside."""
    (standard,) = [path for path in wheels.glob("demo-1.0-*.whl") if "~" not in path.name]
    folder = tmp_path / "kept"
    folder.mkdir()
    shutil.copy(standard, folder / (f".{standard.name}.set-aside" if killed else standard.name))
    option = "--dest" if command == "download" else "--wheel-dir"
    source: list[str | Path] = ["--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3")]
    result = tool(command, "demo", *source, option, folder)
    assert "bad hash" not in result.stdout + result.stderr
    variant, kept = sorted(folder.iterdir(), key=lambda path: "~" not in path.name)
    assert "~" in variant.name and variant.read_bytes() == (wheels / variant.name).read_bytes()
    assert kept.name == standard.name and kept.read_bytes() == standard.read_bytes()


def test_explain_names_the_features_that_the_cpu_lacks(tool: Tool, wheels: Path, target: Path) -> None:
    result = tool(
        "explain", "demo", "--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v2"), "--json"
    )
    (project,) = json.loads(result.stdout)["projects"]
    (rejected,) = [c["reason"] for c in project["candidates"] if c["verdict"] == "rejected"]
    assert "abm, avx, avx2, bmi1, bmi2, f16c, fma, movbe, xsave" in rejected


def test_explain_shows_the_order_and_the_need_of_the_next_better_wheel(
    tool: Tool, wheels: Path, target: Path, tmp_path: Path
) -> None:
    tool.environment["COLUMNS"] = "120"
    samples.make_wheel(wheels, "demo", "1.0", properties=["x86_64 :: level :: v4"])
    near = samples.make_wheel(wheels, "demo", "1.0", properties=["x86_64 :: level :: v2", "gpu :: arch :: sm90"])
    options: list[str | Path] = ["--no-index", "-f", wheels, "--python", target]
    text = tool("explain", "demo", *options, "--profile", tool.level("v2")).stdout
    lines = [line.strip() for line in text.splitlines()]
    (order,) = [line for line in lines if line.startswith("order ")]
    assert "x86_64 :: level" in order
    # Of those that lack one property each, the nearest: what the gpu's provider lacks is not known.
    label = near.name.partition("~")[2][:8]
    (better,) = [line for line in lines if line.startswith("better ")]
    assert label in better and "'gpu :: arch :: sm90'" in better and "level" not in better
    near.unlink()
    text = tool("explain", "demo", *options, "--profile", tool.level("v2")).stdout
    better = text.partition("\n  better ")[2]
    assert "'x86_64 :: level :: v3'" in better and "avx2" in better and "avx512" not in better
    assert "\n  better " not in tool("explain", "demo", *options, "--profile", tool.level("v4")).stdout
    # A path is never broken, and the first line names the file of the profile.
    assert all(len(line) <= 120 for line in text.splitlines()[1:])
