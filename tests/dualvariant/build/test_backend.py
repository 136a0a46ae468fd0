"""``dualvariant.backend`` around a real backend, called by the frontends that people use."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from dualvariant.build.toolchain import host_platform
from tool import Tool

from .projects import write_project

pytestmark = [
    pytest.mark.usefixtures("compiler"),
    pytest.mark.skipif(host_platform() != "linux_x86_64", reason="the variants are of x86-64"),
]

DECLARATION = """
[tool.variantlib.build]
backend = "setuptools.build_meta"
cflags = ["-O3"]
[tool.variantlib.build.configurations.fast]
properties = "x86_64 :: level :: v3"
"""
V3 = "x86_64 :: level :: v3"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = write_project(tmp_path / "tiny", DECLARATION)
    text = (folder / "pyproject.toml").read_text().replace('"setuptools.build_meta"\n', '"dualvariant.backend"\n', 1)
    (folder / "pyproject.toml").write_text(text)
    return folder


def build(tool: Tool, project: Path, *more: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """``python -m build`` in the environment of the tests, which has dualvariant and setuptools."""
    pytest.importorskip("setuptools", reason="setuptools is not installed")
    line = (sys.executable, "-m", "build", "--no-isolation", "--wheel", str(project), "-o", str(project / "out"))
    return tool.run(*line, *more, code=code)


def wheels(project: Path) -> list[str]:
    return sorted(path.name for path in (project / "out").glob("*.whl"))


@pytest.mark.parametrize("name", [V3, "fast"])
def test_a_variant(tool: Tool, project: Path, name: str) -> None:
    build(tool, project, "-C", f"variant={name}")
    (wheel,) = wheels(project)
    assert wheel.startswith("tiny-1.0~a496bd9c-")


def test_without_the_setting_it_is_the_standard_wheel_whatever_else_is_said(tool: Tool, project: Path) -> None:
    tool.environment["VARIANT"] = tool.environment["DUALVARIANT_VARIANT"] = V3
    build(tool, project)
    (wheel,) = wheels(project)
    assert "~" not in wheel
    with zipfile.ZipFile(project / "out" / wheel) as archive:
        (metadata,) = [name for name in archive.namelist() if name.endswith("METADATA")]
        assert "Variant" not in archive.read(metadata).decode()


@pytest.mark.parametrize(
    ("setting", "word"),
    [
        ("variant=nonsense", "no configuration of that name"),
        ("variant=x86_64 :: level :: v9", "no flags that make"),
        ("variant=", "the config-setting 'variant' is empty"),
        ("varaint=x86_64 :: level :: v3", "did you mean 'variant'?"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_message(tool: Tool, project: Path, setting: str, word: str) -> None:
    done = build(tool, project, "-C", setting, code=1)
    said = done.stdout + done.stderr
    assert word in said
    assert "dualvariant: error: " in said
    assert wheels(project) == []


def test_one_variant_after_the_other_in_the_same_tree(tool: Tool, project: Path) -> None:
    """What one build leaves in the tree, object files above all, is not taken by the next."""
    libraries = []
    for level in ("v3", "v4"):
        build(tool, project, "-C", f"variant=x86_64 :: level :: {level}")
    for wheel in wheels(project):
        with zipfile.ZipFile(project / "out" / wheel) as archive:
            libraries += [archive.read(name) for name in archive.namelist() if name.endswith(".so")]
    assert len(libraries) == 2
    assert libraries[0] != libraries[1]


def test_pip_gets_a_name_that_it_can_read_and_tag_gives_the_variants(tool: Tool, project: Path, tmp_path: Path) -> None:
    pytest.importorskip("setuptools", reason="setuptools is not installed")
    pip = (sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "-w", str(project / "out"))
    tool.run(*pip, "-C", f"variant={V3}", str(project))
    (wheel,) = wheels(project)
    assert "~" not in wheel
    labelled = Path(tool("tag", project / "out" / wheel, "-p", V3, "-o", tmp_path / "named").stdout.strip())
    assert labelled.name.startswith("tiny-1.0~a496bd9c-")
    assert labelled.read_bytes() == (project / "out" / wheel).read_bytes()
    stderr = tool(
        "tag", project / "out" / wheel, "-p", "x86_64 :: level :: v4", "-o", tmp_path / "named", code=5
    ).stderr
    assert "its METADATA says variant a496bd9c" in stderr


def test_the_wrapper_works_in_an_isolated_environment(
    tool: Tool, project: Path, build_environment: Mapping[str, str], tmp_path: Path
) -> None:
    """The requirement 'dualvariant' is this very tool's wheel, found like any other requirement."""
    import os

    wheel = os.environ.get("DUALVARIANT_WHEEL")
    if not wheel:
        pytest.skip("DUALVARIANT_WHEEL names no wheel to put into the isolated environment")
    text = (project / "pyproject.toml").read_text()
    needed = f'requires = ["setuptools>=77", "dualvariant @ {Path(wheel).as_uri()}"]'
    (project / "pyproject.toml").write_text(text.replace('requires = ["setuptools>=77"]', needed))
    line = (sys.executable, "-m", "build", "--wheel", str(project), "-o", str(project / "out"), "-C", f"variant={V3}")
    tool.run(*line)
    (built,) = wheels(project)
    assert built.startswith("tiny-1.0~a496bd9c-")


def test_no_backend_is_named(tool: Tool, project: Path) -> None:
    text = (project / "pyproject.toml").read_text().replace('backend = "setuptools.build_meta"\ncflags', "cflags")
    (project / "pyproject.toml").write_text(text)
    done = build(tool, project, code=1)
    assert "it names no platform" in done.stdout + done.stderr
