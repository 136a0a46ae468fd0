"""Installations into another place: the environment's copy stays, whatever the setting and wherever it is set."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import samples
from dualvariant.core.files import sha256_of
from tool import Tool

VARIANT = "x86_64 :: level :: v3"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """``demo`` 1.0 with a v3 variant."""
    folder = tmp_path / "wheels"
    samples.make_wheel(folder, "demo", "1.0")
    samples.make_wheel(folder, "demo", "1.0", properties=[VARIANT])
    return folder


def dialect(tool: Tool, target: Path) -> str:
    (found,) = (
        entry
        for entry in json.loads(tool("list", "--all", "--python", target, "--json").stdout)
        if entry["name"] == "demo"
    )
    return str(found["dialect"])


def set_option(tool: Tool, where: str, key: str, value: str) -> list[str]:
    """Set an option in a place; returns the words for the command line."""
    if where == "line":
        return [f"--{key}", value]
    if where == "variable":
        tool.environment[f"PIP_{key.upper()}"] = value
    else:
        path = tool.home / "own.conf"
        path.write_text(f"[install]\n{key} = {value}\n")
        tool.environment["PIP_CONFIG_FILE"] = str(path)
    return []


@pytest.mark.parametrize("where", ["line", "variable", "file"])
@pytest.mark.parametrize("key", ["target", "prefix", "root"])
def test_the_copy_in_the_environment_stays(key: str, where: str, tool: Tool, wheels: Path, target: Path) -> None:
    """As in pip, only ``--target`` installs what the environment has already."""
    options: list[str | Path] = ["demo", "--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3")]
    tool("install", *options, "--no-variant")
    place = tool.home / "place"
    tool("install", *options, "--variant", VARIANT, *set_option(tool, where, key, str(place)))
    assert [path.name for path in place.rglob("demo-*")] == (["demo-1.0.dist-info"] if key == "target" else [])
    for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"):
        tool.environment.pop(name, None)
    tool.environment["PIP_CONFIG_FILE"] = os.devnull
    assert dialect(tool, target) == "standard"


@pytest.mark.parametrize("name", ["PIP_FORCE_REINSTALL", "PIP_IGNORE_INSTALLED"])
def test_a_variable_that_installs_again(name: str, tool: Tool, wheels: Path, target: Path) -> None:
    options: list[str | Path] = ["demo", "--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3")]
    tool("install", *options, "--no-variant")
    assert tool("install", *options, environment={name: "1"}).stdout.count("Successfully installed") == 1
    assert dialect(tool, target) == "hash"


def test_only_dependencies_leaves_what_is_named_alone(tool: Tool, wheels: Path, target: Path) -> None:
    options: list[str | Path] = ["demo", "--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3")]
    tool("install", *options, "--no-variant")
    tool("install", *options, "--only-deps", "--variant", VARIANT)
    assert dialect(tool, target) == "standard"
    tool("install", *options, "--only-deps", "--variant", "00000000", code=3, error="variant-not-found")


def test_pip_python_names_the_target(tool: Tool, wheels: Path, target: Path) -> None:
    options: list[str | Path] = ["demo", "--no-index", "-f", wheels, "--profile", tool.level("v3")]
    tool("install", *options, environment={"PIP_PYTHON": str(target)})
    assert dialect(tool, target) == "hash"


@pytest.mark.parametrize("behind", [True, False])
def test_a_group_or_a_script_says_what_to_install(behind: bool, tool: Tool, wheels: Path, target: Path) -> None:
    (tool.home / "pyproject.toml").write_text('[dependency-groups]\ndev = ["demo"]\n')
    dashes = ["--"] if behind else []
    options: list[str | Path] = ["--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3")]
    tool("install", *options, *dashes, "--group", "dev")
    assert dialect(tool, target) == "hash"


def test_a_lock_file_is_read_where_it_is(tool: Tool, wheels: Path, target: Path) -> None:
    """Its paths are relative to it, and what it locks is what is installed."""
    folder = tool.home / "project"
    folder.mkdir()
    standard = samples.make_wheel(folder, "demo", "1.0")
    (folder / "pylock.toml").write_text(
        f'lock-version = "1.0"\ncreated-by = "test"\n[[packages]]\nname = "demo"\nversion = "1.0"\n'
        f'[[packages.wheels]]\nname = "{standard.name}"\npath = "{standard.name}"\n'
        f'hashes = {{sha256 = "{sha256_of(standard)}"}}\n'
    )
    options: list[str | Path] = ["--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3")]
    tool("install", "-r", folder / "pylock.toml", *options)
    assert dialect(tool, target) == "standard"


# A virtual environment that looks like the interpreter of a system to what it runs.
_LIKE_A_SYSTEM = """
import sys
sys.base_prefix, sys.base_exec_prefix = sys.prefix, sys.exec_prefix
sys.path.append({folder!r})
import sysconfig
find = sysconfig.get_path
sysconfig.get_path = lambda name, *more, **named: {folder!r} if name == "stdlib" else find(name, *more, **named)
"""


@pytest.mark.parametrize("allowed", ["", "line", "variable"])
@pytest.mark.parametrize("options", [[], ["--dry-run"]], ids=" ".join)
def test_an_externally_managed_interpreter(
    options: list[str], allowed: str, tool: Tool, wheels: Path, target: Path
) -> None:
    """pip refuses to install into it, and a dry run says the same."""
    (site,) = target.parent.parent.glob("lib/python*/site-packages")
    (site.parent / "EXTERNALLY-MANAGED").write_text("[externally-managed]\nError=Use the packages of the system.\n")
    (site / "sitecustomize.py").write_text(_LIKE_A_SYSTEM.format(folder=str(site.parent)))
    words = ["install", "demo", "--no-index", "-f", str(wheels), *options]
    if allowed == "line":
        words.append("--break-system-packages")
    elif allowed:
        tool.environment["PIP_BREAK_SYSTEM_PACKAGES"] = "1"
    code = 0 if allowed else 1
    tool.run(target, "-m", "pip", *words, "--force-reinstall", code=code)
    result = tool(*words, "--force-reinstall", "--python", target, "--profile", tool.level("v3"), code=code)
    assert ("a496bd9c" in result.stderr) is bool(allowed)
