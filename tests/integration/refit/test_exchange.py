"""``refit`` in environments that pip and uv have made: the variant, and the way back."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import clients
import samples
from refit_environments import assert_whole, labels, level, make_environment, refit, site_of
from refit_wheels import V3, V4, make_release, read_tree
from servers import IndexServer, serving
from tool import Tool


@pytest.mark.parametrize(("maker", "engine"), [("uv", "pip"), ("pip", "uv"), ("uv", "uv"), ("pip", "pip")])
def test_the_variant_and_the_way_back(maker: str, engine: str, tool: Tool, wheels: Path, tmp_path: Path) -> None:
    python = make_environment(tmp_path / "env", maker, wheels, "demo", tool=tool)
    site = site_of(python)
    before = read_tree(tmp_path / "env")
    assert "would exchange demo 1.0" in refit(tool, python, wheels, "--dry-run")
    assert read_tree(tmp_path / "env") == before

    assert "exchanged demo 1.0" in refit(tool, python, wheels, "--engine", engine)
    assert labels(tool, python) == {"demo": [V3]}
    assert_whole(site)
    after = read_tree(tmp_path / "env")
    assert tool.run(python, python.with_name("demo-level")).stdout == f"{V3}\n"
    assert after["bin/demo-level"][1] >= before["bin/demo-level"][1]  # uv makes every script executable
    assert not (site / "demo_plain").exists()
    assert after["bin/demo-main"] == before["bin/demo-main"]
    for name in ("INSTALLER", "REQUESTED"):
        key = f"{(site / 'demo-1.0.dist-info').relative_to(tmp_path / 'env')}/{name}"
        assert after.get(key) == before.get(key)
    assert "exchanged by refit; installed was demo-1.0-py3-none-any.whl" in tool("list", "--python", python).stdout

    assert "nothing is exchanged" in refit(tool, python, wheels, "--engine", engine)
    assert read_tree(tmp_path / "env") == after

    assert "exchanged demo 1.0" in refit(tool, python, wheels, "--undo", "--engine", engine)
    assert read_tree(tmp_path / "env") == before
    assert "nothing is exchanged" in refit(tool, python, wheels, "--undo")


def test_an_environment_of_an_older_pip(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    """It lists scripts otherwise than newer ones do."""
    python = clients.make_target(tmp_path / "env", clients.PIPS[0])
    tool.run(python, "-m", "pip", "install", "-q", "--no-index", "--find-links", wheels, "demo")
    before = read_tree(tmp_path / "env")
    assert "exchanged demo 1.0" in refit(tool, python, wheels)
    assert labels(tool, python) == {"demo": [V3]}
    assert "exchanged demo 1.0" in refit(tool, python, wheels, "--undo")
    assert read_tree(tmp_path / "env") == before


def test_what_uv_has_compiled_is_compiled_afterwards(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    tool.environment["UV_COMPILE_BYTECODE"] = "1"
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    before = read_tree(tmp_path / "env")
    assert any(name.endswith(".pyc") for name in before)
    refit(tool, python, wheels)
    assert list((site_of(python) / "__pycache__").glob("demo_only.*.pyc"))
    refit(tool, python, wheels, "--undo")
    assert read_tree(tmp_path / "env") == before


def test_a_python_that_is_older_than_ours(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    found = shutil.which("python3.8")
    if found is None or subprocess.run([found, "-c", ""], capture_output=True).returncode:
        pytest.skip("no Python 3.8 here")
    python = clients.make_target(tmp_path / "env", "23.1.2", found)
    tool.run(python, "-m", "pip", "install", "-q", "--no-index", "--find-links", wheels, "demo")
    assert "exchanged demo 1.0" in refit(tool, python, wheels)
    assert labels(tool, python) == {"demo": [V3]}


def test_a_wheel_that_is_gone_keeps_no_other_from_its_way_back(tool: Tool, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    for name in ("demo", "other", "third"):
        make_release(wheels, name)
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", "other", "third", tool=tool)
    refit(tool, python, wheels)
    (wheels / "other-1.0-py3-none-any.whl").unlink()
    said = refit(tool, python, wheels, "--undo", code=1)
    assert "other 1.0 is left alone" in said
    assert labels(tool, python) == {"demo": [], "other": [V3], "third": []}
    assert_whole(site_of(python))


def test_an_engine_that_fails_once_is_no_failure_in_the_end(tool: Tool, tmp_path: Path) -> None:
    """The wheels come by smaller runs, and everything is exchanged."""
    wheels = tmp_path / "wheels"
    for name in ("demo", "other"):
        make_release(wheels, name)
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", "other", tool=tool)
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "uv"
    failed = shlex.quote(str(tmp_path / "failed"))
    text = f'case "$*" in *--prefix*) [ -e {failed} ] || {{ touch {failed}; exit 2; }};; esac\n'
    program.write_text(f'#!/bin/sh\n{text}exec {shlex.quote(str(clients.uv()))} "$@"\n')
    program.chmod(0o755)
    tool.environment["PATH"] = f"{folder}{os.pathsep}{tool.environment['PATH']}"
    said = refit(tool, python, wheels, "--engine", "uv")
    assert (tmp_path / "failed").exists()
    assert "left alone" not in said
    assert labels(tool, python) == {"demo": [V3], "other": [V3]}


def test_a_reinstallation_by_anybody_removes_the_note(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    before = read_tree(tmp_path / "env")
    refit(tool, python, wheels)
    source: list[str | Path] = ["--no-index", "-f", wheels]
    tool.run(clients.uv(), "pip", "install", "-q", "--python", python, *source, "demo")  # it is satisfied
    assert labels(tool, python) == {"demo": [V3]}
    tool.run(clients.uv(), "pip", "install", "-q", "--python", python, *source, "--reinstall", "demo")
    assert read_tree(tmp_path / "env") == before


def test_other_machines_get_what_runs_there(tool: Tool, tmp_path: Path) -> None:
    """An image that moves to a lesser CPU, and back to a standard wheel, which is then the first one again."""
    wheels = tmp_path / "wheels"
    make_release(wheels, "demo", variants=(V3, V4))
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    before = read_tree(tmp_path / "env")
    command: list[str | Path] = ["refit", "--python", python, "--no-index", "-f", wheels]
    tool(*command, "--profile", level(tool, "v4"))
    assert labels(tool, python) == {"demo": [V4]}
    said = tool(*command, "--profile", level(tool, "v3")).stderr
    assert "does not run on this host" in said
    assert labels(tool, python) == {"demo": [V3]}
    tool(*command, "--profile", level(tool, "v1"))
    assert read_tree(tmp_path / "env") == before
    tool(*command, "--profile", level(tool, "v4"))
    tool(*command, "--no-variant")
    assert read_tree(tmp_path / "env") == before


def test_what_does_not_run_gives_way_to_the_next_best(tool: Tool, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    samples.make_wheel(wheels, "demo", "1.0")
    samples.make_wheel(wheels, "demo", "1.0", properties=[V3])
    samples.make_wheel(wheels, "demo", "1.0", properties=[V4], body="import os\nos.kill(os.getpid(), 4)\n")
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    tool.environment["DUALVARIANT_X86_64"] = "v4"
    command: list[str | Path] = ["refit", "--python", python, "--no-index", "-f", wheels]
    said = tool(*command, "--verify").stderr
    assert "does not run on this CPU" in said
    assert labels(tool, python) == {"demo": [V3]}
    assert "nothing is exchanged" in tool(*command).stderr  # what has failed is known


def test_an_index_is_read_by_ranges_and_only_where_there_are_variants(tool: Tool, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    make_release(wheels, "demo")
    samples.make_wheel(wheels, "plain", "1.0")
    index = IndexServer(wheels, "json", ranges=True)
    with serving(index):
        url = index.url
        python = make_environment(tmp_path / "env", "uv", url, "demo", "plain", tool=tool)
        index.requests.clear()
        refit(tool, python, wheels, "-i", url)
    assert labels(tool, python) == {"demo": [V3], "plain": []}
    fetched = [path for path, headers in index.requests if path.endswith(".whl") and "range" in headers]
    assert any("demo-1.0-py3" in path for path in fetched)
    assert not any("plain" in path for path, _ in index.requests if path.endswith(".whl"))


def test_a_project_of_uv_keeps_its_lock_and_the_variant(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    index = IndexServer(wheels, "json", ranges=True)
    project = tmp_path / "project"
    project.mkdir()
    with serving(index):
        text = f'[[tool.uv.index]]\nurl = "{index.url}"\ndefault = true\n[project]\nname = "app"\nversion = "1"\n'
        text += 'requires-python = ">=3.10"\ndependencies = ["demo"]\n'
        (project / "pyproject.toml").write_text(text)
        sync: list[str | Path] = [clients.uv(), "sync", "--project", project, "--python", sys.executable]
        tool.run(*sync)
        lock = (project / "uv.lock").read_bytes()
        before = read_tree(project / ".venv")
        python = project / ".venv" / "bin" / "python"
        profile = level(tool, "v3")
        command: list[str | Path] = ["refit", "--python", python, "--profile", profile, "-i", index.url]
        tool(*command)
        assert labels(tool, python) == {"demo": [V3]}
        after = read_tree(project / ".venv")
        tool.run(*sync, "--locked", "--exact")
        assert read_tree(project / ".venv") == after
        assert (project / "uv.lock").read_bytes() == lock
        tool(*command, "--undo")
        assert read_tree(project / ".venv") == before
        (project / "uv.lock").write_bytes(lock.replace(b"sha256:", b"sha256:0000"))
        assert "other hashes for this release" in tool(*command).stderr
