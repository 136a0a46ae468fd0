"""The recipes of docs/howto/profiles.md, as far as they run without a container and a cluster."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import clients
import samples
from tool import Tool

ROOT = Path(__file__).resolve().parents[2]
V3 = "x86_64 :: level :: v3"


def test_the_commands_of_the_page(tool: Tool) -> None:
    page, check = ROOT / "docs/howto/profiles.md", ROOT / "docs/check_console.py"
    environment = {**tool.environment, "PATH": f"{Path(sys.executable).parent}:{tool.environment['PATH']}"}
    done = subprocess.run([sys.executable, check, page], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_image_and_a_machine_without_a_network(tool: Tool, tmp_path: Path) -> None:
    """Downloaded here with the profile of the image's machine, installed there from the folder, for that machine."""
    wheels, house = tmp_path / "wheels", tmp_path / "wheelhouse"
    samples.make_wheel(wheels, "demo", "1.0")
    samples.make_wheel(wheels, "demo", "1.0", properties=[V3])
    (tmp_path / "requirements.txt").write_text("demo==1.0\n")
    python = clients.make_target(tmp_path / "there")
    for level in ("x86_64_v3", "x86_64_v2"):
        source: list[str | Path] = ["--no-index", "-f", wheels, "-r", tmp_path / "requirements.txt", "--python", python]
        tool("download", "--profile", level, "-d", house, *source)
    assert len(list(house.iterdir())) == 2
    for level, properties in (("v3", [[V3]]), ("v2", [])):
        there = {"DUALVARIANT_X86_64": level}
        options: list[str | Path] = ["--no-index", "-f", house, "-r", tmp_path / "requirements.txt", "--python", python]
        tool("install", "--force-reinstall", *options, environment=there)
        assert [
            each["properties"] for each in json.loads(tool("list", "--python", python, "--json").stdout)
        ] == properties
