"""Links and files in the place of a project's release: ``explain`` says what ``install`` does with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import samples
from tool import Tool

V3 = "x86_64 :: level :: v3"
V4 = "x86_64 :: level :: v4"


@pytest.fixture
def source(tmp_path: Path) -> list[str]:
    """A folder with ``demo`` 2.0, also as a variant."""
    samples.make_wheel(tmp_path / "source", "demo", "2.0")
    samples.make_wheel(tmp_path / "source", "demo", "2.0", properties=[V3])
    return ["--no-index", "--find-links", str(tmp_path / "source")]


def run_both(tool: Tool, target: Path, *arguments: str | Path) -> tuple[dict[str, str], list[str]]:
    """What was installed, by project, and the wheels that ``explain`` calls chosen; both commands end alike."""
    options: list[str | Path] = ["--profile", tool.level("v3"), "--python", target]
    tool("install", *options, *arguments)
    explained = json.loads(tool("explain", "--json", *options, *arguments).stdout)
    shown = json.loads(tool("list", "--all", "--python", target, "--json").stdout)
    verdicts = [each for project in explained["projects"] for each in project["candidates"]]
    return {d["name"]: d["version"] for d in shown}, [v["filename"] for v in verdicts if v["verdict"] == "chosen"]


@pytest.mark.parametrize(
    ("option", "line"),
    [
        ("-r", "demo @ {address}"),
        ("-r", "{path}"),
        ("-r", "{path} ; python_version > '3'"),
        ("-c", "demo @ {address}"),
    ],
)
@pytest.mark.parametrize("other", ["demo", "demo>=1"])
def test_a_file_takes_the_place_of_the_sources(
    line: str, option: str, other: str, tool: Tool, target: Path, source: list[str], tmp_path: Path
) -> None:
    wheel = samples.make_wheel(tmp_path / "beside", "demo", "1.0")
    (tool.home / "asked.txt").write_text(line.format(path=wheel, address=wheel.as_uri()) + "\n")
    installed, chosen = run_both(tool, target, *source, other, option, "asked.txt")
    assert installed["demo"] == "1.0" and chosen == []


@pytest.mark.parametrize("line", ["demo @ {address} ; sys_platform == 'win32'", "{path} ; python_version < '3'"])
def test_a_file_for_another_system_does_not(
    line: str, tool: Tool, target: Path, source: list[str], tmp_path: Path
) -> None:
    wheel = samples.make_wheel(tmp_path / "beside", "demo", "1.0")
    (tool.home / "asked.txt").write_text(line.format(path=wheel, address=wheel.as_uri()) + "\ndemo\n")
    installed, chosen = run_both(tool, target, *source, "-r", "asked.txt")
    assert installed["demo"] == "2.0" and len(chosen) == 1 and "~" in chosen[0]


@pytest.mark.parametrize("requests", [[], ["demo"], ["absent"]], ids=" ".join)
@pytest.mark.parametrize("line", ["demo @ {address}", "{path}"])
@pytest.mark.parametrize("damaged", [False, True])
def test_a_file_that_install_refuses(
    damaged: bool, line: str, requests: list[str], tool: Tool, target: Path, source: list[str], tmp_path: Path
) -> None:
    wheel = samples.make_wheel(tmp_path / "beside", "demo", "3.0", properties=[V3 if damaged else V4])
    if damaged:
        wheel.write_bytes(wheel.read_bytes()[:100])
    (tool.home / "asked.txt").write_text(line.format(path=wheel, address=wheel.as_uri()) + "\n")
    options: list[str | Path] = [
        "--profile",
        tool.level("v3"),
        "--python",
        target,
        *source,
        *requests,
        "-r",
        "asked.txt",
    ]
    for command in ("install", "explain"):
        tool(command, *options, code=5 if damaged else 3, error="wheel-file" if damaged else "does-not-fit")


@pytest.mark.parametrize("engine", ["pip", "uv"])
def test_what_only_the_installer_reads_is_named(
    engine: str, uv_on_path: None, tool: Tool, target: Path, source: list[str]
) -> None:
    (tool.home / "pylock.toml").write_text("lock-version = '1.0'\n")
    files = ["pylock.toml", f"{tool.home}/pylock.toml"]
    done = tool("explain", "--engine", engine, "--python", target, *source, "demo", "-r", files[0], "-r", files[1])
    assert all(f"'{file}' is left to the installer" in done.stderr for file in files)
