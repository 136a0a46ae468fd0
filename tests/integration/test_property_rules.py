"""Rules about properties, on the command line and in a settings file, as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from samples import make_wheel
from tool import Tool

LEVEL = "x86_64 :: level :: {}"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A project with variants, and one without that needs it."""
    folder = tmp_path / "wheels"
    make_wheel(folder, "demo", "1.0")
    for level in ("v2", "v3"):
        make_wheel(folder, "demo", "1.0", properties=[LEVEL.format(level)])
    make_wheel(folder, "app", "1.0", requires=["demo"])
    return folder


def test_explain_shows_which_rule_decides(tool: Tool, wheels: Path, target: Path) -> None:
    tool.environment["COLUMNS"] = "120"
    line: list[str | Path] = [
        "explain",
        "demo",
        "--no-index",
        "-f",
        wheels,
        "--python",
        target,
        "--profile",
        tool.level("v3"),
    ]
    (tool.home / "variant.toml").write_text('[variantlib]\nprefer = ["x86_64 :: level :: v2"]\n')
    text = tool(*line).stdout
    assert "'prefer' puts variants with 'x86_64 :: level :: v2' first" in text
    assert "order     first the variants with 'x86_64 :: level :: v2' ('prefer'); more properties first" in text
    found = json.loads(tool(*line, "--json", "--prefer-property", "x86_64::level::v3").stdout)
    assert found["projects"][0]["candidates"][0]["properties"] == [LEVEL.format("v3")]
    avoided = json.loads(tool(*line, "--json", "--avoid-property", "x86_64").stdout)["projects"][0]["candidates"]
    assert avoided[0]["dialect"] == "standard" and "'avoid' puts variants" in avoided[1]["reason"]


def test_what_is_required_and_not_there_is_said_before_and_during_an_installation(
    tool: Tool, wheels: Path, target: Path
) -> None:
    line: list[str | Path] = [
        "--no-index",
        "-f",
        wheels,
        "--python",
        target,
        "--profile",
        tool.level("v3"),
        "--require-property",
        "gpu",
    ]
    direct = tool("install", "demo", *line, code=3, error="nothing-fits")
    assert "it has no 'gpu', which 'require' asks for" in direct.stderr
    dependency = tool("install", "app", *line, code=1)
    assert "nothing of demo is taken: no variant that fits has 'gpu', which 'require' asks for" in dependency.stderr
    tool("install", "app", *line[:-1], "x86_64 :: level", "--", "--no-deps")
