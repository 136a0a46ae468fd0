"""The engineering review's demo: two third-party providers, two projects, an unmodified pip."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import samples
from sample_plugins import make_environment
from shared import make_once
from tool import Tool

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"

#: What the two providers support, by the review.
SUPPORTED = {
    "fictional_hw": {
        "architecture": ["HAL9000", "tars", "mother"],
        "compute_capability": ["8", "2", "0"],
        "humor": ["15", "1", "6"],
        "compute_accuracy": ["1000000000", "100000", "25"],
    },
    "fictional_tech": {
        "technology": ["auto_chef"],
        "quantum": ["FOAM", "SUPERPOSITION"],
        "risk_exposure": ["1000000000", "100000", "25"],
    },
}


@pytest.fixture(scope="session")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the two sample distributions, built from their sources and installed by pip."""
    return make_once(tmp_path_factory, "plugins", _install_plugins) / "site"


def _install_plugins(folder: Path) -> None:
    for name in SUPPORTED:
        source = shutil.copytree(PLUGINS / name, folder / "source" / name)
        command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target"]
        done = subprocess.run([*command, folder / "site", source], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


@pytest.fixture
def host(tool: Tool, plugins: Path, tmp_path: Path) -> Tool:
    """The command in an environment that has both plugins."""
    tool.python = make_environment(tmp_path / "environment", plugins)
    return tool


@pytest.fixture
def index(tmp_path: Path, tool: Tool) -> Path:
    """Both projects in a static index."""
    samples.sandbox_project(tmp_path / "wheels")
    samples.dummy_project(tmp_path / "wheels")
    tool("index", tmp_path / "wheels")
    return tmp_path / "wheels" / "simple"


def properties(target: Path, module: str) -> list[str]:
    """The properties of the wheel that the installed module came from, which it has as data."""
    code = f"import json, {module}; print(json.dumps({module}.PROPERTIES))"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    out = subprocess.run([target, "-I", "-c", code], check=True, capture_output=True, text=True, env=environment).stdout
    found: list[str] = json.loads(out)
    return found


def test_the_providers_report_the_values_of_the_review(host: Tool) -> None:
    document = json.loads(host("host", "--json").stdout)
    assert {
        provider["provider"]: {config["key"]: config["values"] for config in provider["configs"]}
        for provider in document["providers"]
        if provider["provider"] in SUPPORTED
    } == SUPPORTED
    assert document["versions"]["fictional_hw"] == "1.0.0"


def test_the_answers_of_the_installed_plugins_are_cached(host: Tool) -> None:
    """So are those of a plugin that is made from a copy of them."""
    host("host")
    sources = json.loads(host("host", "--json").stdout)["evidence"]["sources"]
    assert {name: sources[name] for name in SUPPORTED} == dict.fromkeys(SUPPORTED, "cache")


def test_the_plugins_do_not_import_the_built_in_ones() -> None:
    for path in PLUGINS.glob("fictional_*/src/**/*.py"):
        text = path.read_text()
        assert "dualvariant" not in text, path.name
        for line in text.splitlines():
            if line.startswith(("import ", "from ")):
                assert line.split()[1].split(".")[0] in {"__future__", "variantlib", *SUPPORTED}, line


def test_the_winner_of_the_review(host: Tool, index: Path, target: Path) -> None:
    """``9091cdc4`` is taken for sandbox_project; ``36266d4d`` needs what this hardware lacks."""
    host("install", "sandbox_project", "-i", index, "--python", target)
    assert properties(target, "sandbox_project") == list(samples.SUPERPOSITION)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--no-variant"], ()),
        (["--variant=9091cdc4"], samples.SUPERPOSITION),
        (["--variant=36266d4d", "--force"], samples.HAL9000),
        (["--variant=b453dea9"], samples.TARS),
        (["--provider-priority", "fictional_hw,fictional_tech"], samples.TARS),
        (["--provider-priority", "fictional_tech,fictional_hw"], samples.SUPERPOSITION),
        ([], samples.TARS),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_for_dummy_project(
    host: Tool, index: Path, target: Path, options: list[str], expected: tuple[str, ...]
) -> None:
    host("install", "dummy_project", "-i", index, "--python", target, *options)
    assert properties(target, "dummy_project") == list(expected)


def test_a_priority_in_the_project_s_file(host: Tool, index: Path, target: Path) -> None:
    """As the review prints it, in ``variant.toml``."""
    (host.home / "variant.toml").write_text('[variantlib]\nprovider_priority = ["fictional_tech", "fictional_hw"]\n')
    host("install", "dummy_project", "-i", index, "--python", target)
    assert properties(target, "dummy_project") == list(samples.SUPERPOSITION)


def test_a_variant_that_the_hardware_does_not_support(host: Tool, index: Path, target: Path) -> None:
    result = host(
        "install", "dummy_project", "-i", index, "--python", target, "--variant=36266d4d", code=3, error="does-not-fit"
    )
    assert "36266d4d" in result.stderr


def test_without_the_plugins_the_standard_wheel_is_installed(tool: Tool, index: Path, target: Path) -> None:
    tool("install", "sandbox_project", "dummy_project", "-i", index, "--python", target)
    assert properties(target, "sandbox_project") == []
    assert properties(target, "dummy_project") == []


def test_plain_pip_installs_the_standard_wheel(tool: Tool, index: Path, target: Path) -> None:
    tool.run(target, "-m", "pip", "install", "-q", "sandbox_project", "--index-url", index.as_uri())
    assert properties(target, "sandbox_project") == []
