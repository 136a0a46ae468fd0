"""Releases of which only variants fit: they are shown, but never in the way of what the installer finds by itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import samples
from tool import Tool

V3 = "x86_64 :: level :: v3"
AGAIN = "trying again without releases that have variants only (demo 1.0)"


def test_a_release_that_leads_to_no_solution_gives_way(tool: Tool, target: Path, tmp_path: Path) -> None:
    folder = tmp_path / "wheels"
    samples.make_wheel(folder, "demo", "2.1rc1")
    samples.make_wheel(folder, "demo", "1.0", properties=[V3], requires=["absent"])
    arguments: list[str | Path] = ["--no-index", "-f", folder, "--python", target, "--profile", tool.level("v3")]
    done = tool("install", "demo", *arguments)
    assert AGAIN in done.stderr
    assert "demo==2.1rc1" in tool.run(target, "-m", "pip", "freeze").stdout


def test_a_second_try_of_a_download_keeps_what_is_in_the_folder(tool: Tool, target: Path, tmp_path: Path) -> None:
    """Also of projects that only this try asks for."""
    folder, out = tmp_path / "wheels", tmp_path / "out"
    samples.make_wheel(folder, "demo", "1.0", properties=[V3], requires=["absent"])
    needing = samples.make_wheel(folder, "demo", "2.1rc1", requires=["helper"])
    variant = samples.make_wheel(folder, "helper", "1.0", properties=[V3])
    standard = samples.make_wheel(folder, "helper", "1.0")
    out.mkdir()
    shutil.copy(standard, out)
    arguments: list[str | Path] = ["--no-index", "-f", folder, "--python", target, "--profile", tool.level("v3")]
    done = tool("download", "demo", "-d", out, *arguments)
    assert AGAIN in done.stderr
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {
        path.name: path.read_bytes() for path in (needing, standard, variant)
    }


def test_without_another_release_there_is_no_second_try(tool: Tool, target: Path, tmp_path: Path) -> None:
    folder = tmp_path / "wheels"
    samples.make_wheel(folder, "demo", "1.0", properties=[V3], requires=["absent"])
    arguments: list[str | Path] = ["--no-index", "-f", folder, "--python", target, "--profile", tool.level("v3")]
    done = tool("install", "demo", *arguments, code=1)
    assert AGAIN not in done.stderr
