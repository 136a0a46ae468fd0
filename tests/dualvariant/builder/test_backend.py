"""``dualvariant.backend`` around a real backend, called by the frontends that people use."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from clients import uv
from dualvariant.audit.module import read_module
from dualvariant.core.platforms import find_host_platform
from tool import Tool
from variantlib.cpu.levels import find_level
from variantlib.dialects import hashes, labels

from .projects import write_project

pytestmark = [
    pytest.mark.usefixtures("compiler"),
    pytest.mark.skipif(find_host_platform() != "linux_x86_64", reason="the variants are of x86-64"),
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


@pytest.fixture
def tool(tool: Tool, setuptools: Path) -> Tool:
    """Frontends find the real backend by PYTHONPATH, and ours where the tests run."""
    pytest.importorskip("build", reason="'build' is not installed (extra dualvariant[build])")
    tool.environment["PYTHONPATH"] = str(setuptools)
    return tool


def build(tool: Tool, project: Path, *more: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """``python -m build`` in the environment of the tests."""
    line = (sys.executable, "-m", "build", "--no-isolation", str(project), "-o", str(project / "out"))
    return tool.run(*line, *(more if "--sdist" in more else ("--wheel", *more)), code=code)


def wheels(project: Path) -> list[str]:
    return sorted(path.name for path in (project / "out").glob("*.whl"))


@pytest.mark.parametrize("name", [V3, "fast"])
def test_a_variant(tool: Tool, project: Path, name: str) -> None:
    build(tool, project, "-C", f"variant={name}")
    (wheel,) = wheels(project)
    assert wheel.startswith("tiny-1.0~a496bd9c-")
    description = hashes.read_wheel(project / "out" / wheel)
    assert description is not None and description.names == (("fast",) if name == "fast" else ())


def test_without_the_setting_it_is_the_standard_wheel(tool: Tool, project: Path) -> None:
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


#: Frontends that read the name of the wheel that they get, each as it is called for a wheel.
READERS = {
    "pip": lambda: [sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "-w"],
    "uv": lambda: [str(uv()), "build", "--wheel", "--no-build-isolation", "--python", sys.executable, "-o"],
}


@pytest.mark.parametrize("frontend", READERS)
def test_pip_and_uv_get_a_name_that_they_can_read_and_tag_gives_the_variants(
    tool: Tool, project: Path, tmp_path: Path, frontend: str
) -> None:
    line = [*READERS[frontend](), str(project / "out"), str(project)]
    tool.run(*line, "--config-settings", f"variant={V3}")
    (wheel,) = wheels(project)
    assert "~" not in wheel
    assert levels(project / "out" / wheel) == "v3"
    labelled = Path(tool("tag", project / "out" / wheel, "-p", V3, "-o", tmp_path / "named").stdout.strip())
    assert labelled.name.startswith("tiny-1.0~a496bd9c-")
    assert labelled.read_bytes() == (project / "out" / wheel).read_bytes()
    stderr = tool(
        "tag", project / "out" / wheel, "-p", "x86_64 :: level :: v4", "-o", tmp_path / "named", code=5
    ).stderr
    assert "its METADATA says variant a496bd9c" in stderr
    tool.run(*line)
    assert wheels(project) == [wheel]
    assert levels(project / "out" / wheel) == "v1", "without the setting it is the standard wheel"


def levels(wheel: Path) -> str:
    """The level that the code of a wheel's libraries needs; its name and METADATA are not read."""
    with zipfile.ZipFile(wheel) as archive:
        contents = [archive.read(name) for name in archive.namelist() if name.endswith(".so")]
    (module,) = [read_module("tiny.so", "ELF", content, frozenset()) for content in contents]
    return find_level(module.features)[0]


def test_several_settings_of_that_name_are_several_properties(tool: Tool, project: Path) -> None:
    build(tool, project, "-C", f"variant={V3}", "-C", "variant=x86_64 :: aes :: on")
    build(tool, project, "-C", f"variant={V3}, x86_64 :: aes :: on")
    (wheel,) = wheels(project)
    assert "~a496bd9c" not in wheel and "~" in wheel


@pytest.mark.parametrize("setting", [(), ("-C", f"variant={V3}")])
def test_an_sdist_is_the_real_backends_with_or_without_a_variant(
    tool: Tool, project: Path, setting: tuple[str, ...]
) -> None:
    build(tool, project, "--sdist", *setting)
    assert [path.name for path in (project / "out").iterdir()] == ["tiny-1.0.tar.gz"]


def test_an_editable_install_is_the_real_backends(tool: Tool, project: Path, tmp_path: Path) -> None:
    pip = (sys.executable, "-m", "pip", "install", "--no-build-isolation", "--no-deps", "-v", "--target")
    done = tool.run(*pip, str(tmp_path / "site"), "-C", f"variant={V3}", "-e", str(project))
    assert "the setting is ignored" in done.stdout + done.stderr
    code = "import site, sys; site.addsitedir(sys.argv[1]); import tiny; print(tiny.__file__, tiny.dot(1.0) > 0)"
    assert f"{project}/tiny." in tool.run(sys.executable, "-c", code, str(tmp_path / "site")).stdout


#: The same frontends and ``build``, in environments that they make themselves.
ISOLATED = {
    "build": lambda: [sys.executable, "-m", "build", "--wheel", "-o"],
    "pip": lambda: [sys.executable, "-m", "pip", "wheel", "--no-deps", "-w"],
    "uv": lambda: [str(uv()), "build", "--wheel", "--python", sys.executable, "-o"],
}


@pytest.mark.parametrize("frontend", ISOLATED)
def test_the_wrapper_works_in_an_isolated_environment(tool: Tool, project: Path, frontend: str) -> None:
    """The requirement 'dualvariant' is this very tool's wheel, found like any other requirement."""
    wheel = os.environ.get("DUALVARIANT_WHEEL")
    if not wheel:
        pytest.skip("DUALVARIANT_WHEEL names no wheel to put into the isolated environment")
    del tool.environment["PYTHONPATH"]
    text = (project / "pyproject.toml").read_text()
    needed = f'requires = ["setuptools>=77", "dualvariant @ {Path(wheel).as_uri()}"]'
    (project / "pyproject.toml").write_text(text.replace('requires = ["setuptools>=77"]', needed))
    tool.run(*ISOLATED[frontend](), str(project / "out"), str(project), "-C", f"variant={V3}")
    (built,) = wheels(project)
    assert built.startswith("tiny-1.0~a496bd9c-" if frontend == "build" else "tiny-1.0-cp")
    assert levels(project / "out" / built) == "v3"


def test_no_backend_is_named(tool: Tool, project: Path) -> None:
    text = (project / "pyproject.toml").read_text().replace('backend = "setuptools.build_meta"\ncflags', "cflags")
    (project / "pyproject.toml").write_text(text)
    done = build(tool, project, code=1)
    assert "no platform is declared" in done.stdout + done.stderr


# --- label wheels


def test_a_label_wheel(tool: Tool, project: Path) -> None:
    build(tool, project, "-C", "variant=fast", "-C", "variant-dialect=label")
    (wheel,) = wheels(project)
    assert wheel.endswith("-linux_x86_64-fast.whl")
    variant = labels.read_wheel(project / "out" / wheel)
    assert variant is not None and variant.properties == [V3]


def test_the_dialect_of_the_declaration_counts_and_one_wheel_is_made(tool: Tool, project: Path) -> None:
    text = (project / "pyproject.toml").read_text()
    for dialect, ending in (("label", "-linux_x86_64-x86_64_v3.whl"), ("both", "-linux_x86_64.whl")):
        (project / "pyproject.toml").write_text(text.replace('cflags = ["-O3"]', f'dialect = "{dialect}"'))
        build(tool, project, "-C", f"variant={V3}")
        (wheel,) = wheels(project)
        assert wheel.endswith(ending)
        assert ("~a496bd9c-" in wheel) == (dialect == "both")
        (project / "out" / wheel).unlink()


def test_pip_gets_a_label_wheel_by_a_name_that_it_can_read(tool: Tool, project: Path, tmp_path: Path) -> None:
    out = project / "out"
    tool.run(*READERS["pip"](), str(out), str(project), "-C", "variant=fast", "-C", "variant-dialect=label")
    (wheel,) = wheels(project)
    assert wheel.endswith("-linux_x86_64.whl")
    line: list[str | Path] = ["tag", out / wheel, "--dialect", "label", "--label", "fast", "-o", tmp_path / "named"]
    assert "has a variant.json" in tool(*line, "-p", "x86_64 :: level :: v4", code=5).stderr
    named = Path(tool(*line, "-p", V3).stdout.strip())
    assert named.name.endswith("-linux_x86_64-fast.whl")
    assert named.read_bytes() == (out / wheel).read_bytes()


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (
            ["variant=fast", "variant-dialect=labels"],
            "must be one of hash, label (it is not): 'labels'",
        ),
        (["variant-dialect=label"], "'variant-dialect' names no variant"),
        (["variant=gpu :: Arch :: A100", "variant-dialect=label"], "no upper-case letters"),
        (["variant=gpu :: arch :: a100", "variant-dialect=label"], "no provider is declared for"),
    ],
)
def test_what_cannot_be_a_label_wheel_is_said(tool: Tool, project: Path, settings: list[str], why: str) -> None:
    done = build(tool, project, *(word for setting in settings for word in ("-C", setting)), code=1)
    assert why in done.stdout + done.stderr
    assert wheels(project) == []
