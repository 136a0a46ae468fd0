"""What ``refit`` leaves alone, with the reason that it gives."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import clients
import samples
from refit_environments import labels, make_environment, refit, site_of
from refit_wheels import V3, make_release, read_tree
from tool import Tool


def edit_record(python: Path, change: Callable[[str], str]) -> None:
    record = site_of(python) / "demo-1.0.dist-info" / "RECORD"
    record.write_text(change(record.read_text()))


def make_cases() -> Iterator[Any]:
    """What is left alone: a name, what is done to the environment and its sources, and the words of the reason."""

    def patch(python: Path, wheels: Path) -> None:
        path = site_of(python) / "demo_speed.py"
        text = path.read_text() + "# patched\n"
        path.unlink()  # uv's cache has the same file
        path.write_text(text)

    def lock(python: Path, wheels: Path) -> None:
        text = f'[[package]]\nname = "demo"\nversion = "1.0"\nfiles = [{{file = "x", hash = "sha256:{"0" * 64}"}}]\n'
        (python.parents[2] / "poetry.lock").write_text(text)

    def upload_again(python: Path, wheels: Path) -> None:
        shutil.rmtree(wheels)
        make_release(wheels, "demo", mark="uploaded again")

    def need_more(python: Path, wheels: Path) -> None:
        shutil.rmtree(wheels)
        samples.make_wheel(wheels, "demo", "1.0")
        samples.make_wheel(wheels, "demo", "1.0", properties=[V3], requires=["other"])

    def remove_record(python: Path, wheels: Path) -> None:
        (site_of(python) / "demo-1.0.dist-info" / "RECORD").unlink()

    def duplicate(python: Path, wheels: Path) -> None:
        standard = wheels / "demo-1.0-py3-none-any.whl"
        shutil.copy(standard, wheels / "demo-1.0-1-py3-none-any.whl")
        with (wheels / "demo-1.0-1-py3-none-any.whl").open("ab") as file:
            file.write(b"\0")

    yield pytest.param(patch, "'demo_speed.py' was changed after the installation", id="patched")
    yield pytest.param(lock, "has other hashes for this release", id="lock")
    yield pytest.param(upload_again, "uploaded again since", id="uploaded-again")
    yield pytest.param(need_more, "uploaded again since", id="other-wheels")
    yield pytest.param(remove_record, "its RECORD cannot be used: it is missing", id="no-record")
    yield pytest.param(duplicate, "two different wheels of the sources have its files", id="two")
    for name, change, words in (
        ("cut", lambda text: text.replace("demo_speed.py", "demo_sped.py"), "has its files"),
        ("more", lambda text: f"{text}extra.py,sha256=x,1\n", "has its files"),
        ("twice", lambda text: f"{text}demo_speed.py,,\n", "lists a path twice"),
        ("outside", lambda text: f"{text}../../../../../x,,\n", "outside of the environment"),
    ):
        yield pytest.param(
            lambda python, wheels, change=change: edit_record(python, change), words, id=f"record-{name}"
        )


@pytest.mark.parametrize(("act", "words"), [*make_cases()])
def test_what_is_left_alone(
    act: Callable[[Path, Path], None], words: str, tool: Tool, wheels: Path, tmp_path: Path
) -> None:
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    act(python, wheels)
    before = read_tree(tmp_path / "env")
    said = refit(tool, python, wheels)
    assert "demo 1.0 is left alone" in said
    assert words in said
    assert read_tree(tmp_path / "env") == before
    refit(tool, python, wheels, "demo", code=1)  # what is named is meant


def test_a_variant_with_other_dependencies_is_left_alone(tool: Tool, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    samples.make_wheel(wheels, "demo", "1.0")
    samples.make_wheel(wheels, "demo", "1.0", properties=[V3], requires=["other>=1"])
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    assert "needs 'other>=1', which is not installed" in refit(tool, python, wheels)
    samples.make_wheel(wheels, "other", "1.0")
    tool.run(clients.uv(), "pip", "install", "-q", "--python", python, "--no-index", "-f", wheels, "other")
    refit(tool, python, wheels)
    assert labels(tool, python)["demo"] == [V3]


def test_links_files_and_source_trees_are_left_alone(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    wheel = wheels / "demo-1.0-py3-none-any.whl"
    tool.run(clients.uv(), "pip", "install", "-q", "--python", python, "--no-index", "--reinstall", wheel)
    assert "demo 1.0 is left alone: installed from an address or a file" in refit(tool, python, wheels)
    url = site_of(python) / "demo-1.0.dist-info" / "direct_url.json"
    url.write_text(json.dumps({"url": "file:///src", "dir_info": {"editable": True}}))
    assert "demo 1.0 is left alone: editable" in refit(tool, python, wheels)


def test_two_indexes_with_different_builds(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    """The variant is of the build of the other index."""
    other = tmp_path / "other"
    make_release(other, "demo", mark="another build")
    for variant in wheels.glob("*~*"):
        variant.unlink()
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    said = refit(tool, python, wheels, "-f", other)
    assert "two builds of one release are not exchanged" in said
    assert labels(tool, python) == {"demo": []}


def test_an_interpreter_outside_of_an_environment(tool: Tool, wheels: Path) -> None:
    tool("refit", "--python", sys.base_prefix, "--no-index", "-f", wheels, code=2, error="not-virtual")


def test_a_name_that_is_not_installed(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    done = tool("refit", "demmo", "--python", python, "--no-index", "-f", wheels, code=2, error="not-installed")
    assert "did you mean 'demo'?" in done.stderr
