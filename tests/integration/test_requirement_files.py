"""Requirement and constraint files, with pip as the engine: pip gets copies without the lines that name sources."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

import clients
import samples
from messages import error_code
from servers import IndexServer, serving
from tool import Tool

LEVEL = "x86_64 :: level :: {}"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """``demo`` 1.0, 2.0 and 3.0rc1, each with a v3 variant; ``other`` 1.0 too."""
    folder = tmp_path / "wheels"
    for version in ("1.0", "2.0", "3.0rc1"):
        samples.make_wheel(folder, "demo", version)
        samples.make_wheel(folder, "demo", version, properties=[LEVEL.format("v3")])
    samples.make_wheel(folder, "other", "1.0")
    samples.make_wheel(folder, "other", "1.0", properties=[LEVEL.format("v3")])
    return folder


def state(tool: Tool, target: Path) -> dict[str, tuple[str, bool]]:
    """Installed project → (version, whether it is a variant)."""
    found = json.loads(tool("list", "--all", "--python", target, "--json").stdout)
    return {d["name"]: (d["version"], d["dialect"] == "hash") for d in found if d["name"] in ("demo", "other")}


@pytest.mark.parametrize("pip", clients.PIPS)
def test_sources_nested_files_constraints_and_comments(pip: str, tool: Tool, wheels: Path, tmp_path: Path) -> None:
    """dualvariant reads the index that the file names; pip does not."""
    target = clients.make_target(tmp_path / "target", pip)
    with serving(IndexServer(wheels)) as server:
        folder = tool.home / "project"
        folder.mkdir()
        (folder / "more.txt").write_text("other  # nested\n")
        (folder / "limits.txt").write_text("demo<2\n")
        (folder / "requirements.txt").write_text(
            f"--index-url {server.url}\n# a comment\n-r more.txt\n-c limits.txt\ndemo \\\n  >=1.0\n"
        )
        tool("install", "-r", folder / "requirements.txt", "--python", target, "--profile", tool.level("v3"))
        assert state(tool, target) == {"demo": ("1.0", True), "other": ("1.0", True)}
        assert [path for path in server.paths("pip/") if path.startswith("/simple")] == []


def test_variant_is_about_the_projects_of_a_file_too(tool: Tool, wheels: Path, target: Path) -> None:
    path = tool.home / "requirements.txt"
    path.write_text("demo==2.0\n")
    options: list[str | Path] = ["-r", path, "--no-index", "-f", wheels, "--python", target]
    result = tool("install", *options, "--variant", "00000000", code=3, error="variant-not-found")
    assert "'00000000'" in result.stderr


@pytest.mark.parametrize("standard", [True, False])
def test_only_files_whose_hash_is_listed_are_candidates(standard: bool, tool: Tool, wheels: Path, target: Path) -> None:
    wheel = next(p for p in wheels.glob("demo-2.0*.whl") if ("~" not in p.name) == standard)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    path = tool.home / "requirements.txt"
    path.write_text(f"demo==2.0 --hash=sha256:{digest}\n")
    options: list[str | Path] = ["-r", path, "--require-hashes", "--no-index", "-f", wheels, "--python", target]
    tool("install", *options, "--profile", tool.level("v3"))
    assert state(tool, target) == {"demo": ("2.0", not standard)}
    if not standard:
        # On a host that the only listed wheel does not fit, nothing fits.
        options += ["--force-reinstall", "--profile", tool.level("v1")]
        result = tool("install", *options, code=3, error="nothing-fits")
        (standard_wheel,) = wheels.glob("demo-2.0-*.whl")
        (line,) = [line for line in result.stderr.splitlines() if standard_wheel.name in line]
        assert "sha256" in line


def test_pre_releases_of_a_file_and_of_the_command_line(tool: Tool, wheels: Path, target: Path) -> None:
    path = tool.home / "requirements.txt"
    path.write_text("--pre\ndemo\n")
    options: list[str | Path] = ["--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3")]
    for what in (["-r", path], ["demo", "--pre"], ["demo"]):
        document = json.loads(tool("install", *what, *options, "--dry-run", "--json").stdout)
        (project,) = document["projects"]
        assert project["version"] == ("2.0" if what == ["demo"] else "3.0rc1")


def test_formats_decide_what_counts_as_something_to_install(tool: Tool, wheels: Path, target: Path) -> None:
    options: list[str | Path] = ["--no-index", "-f", wheels, "--python", target]
    result = tool("install", "demo", *options, "--no-binary", "demo", code=3, error="nothing-fits")
    assert "--no-binary" in result.stderr
    tool("install", "demo", *options, "--no-binary", "demo", "--only-binary", ":all:")
    assert "demo" in state(tool, target)


def test_pip_reports_mistakes_with_the_right_line_numbers(tool: Tool, wheels: Path, target: Path) -> None:
    path = tool.home / "requirements.txt"
    path.write_text(f"--find-links {wheels}\n\nthis is no requirement\n")
    result = tool("install", "-r", path, "--no-index", "--python", target, code=1)
    assert "line 3" in result.stderr and error_code(result.stderr) is None


def test_files_of_pips_settings_are_read(tool: Tool, wheels: Path, target: Path) -> None:
    (tool.home / "limits.txt").write_text(f"--index-url http://127.0.0.1:9/simple\n--find-links {wheels}\ndemo<2\n")
    tool.environment["PIP_CONSTRAINT"] = "limits.txt"
    tool("install", "demo", "--no-index", "-f", wheels, "--python", target, "--profile", tool.level("v3"))
    assert state(tool, target) == {"demo": ("1.0", True)}


@pytest.mark.parametrize(
    "form", ["{path}", "{path}[extra]", "demo @ {uri}", "demo[extra] @ {uri} ; sys_platform != 'x'", "{uri}"]
)
@pytest.mark.parametrize("where", ["file", "command line"])
def test_a_variant_wheel_on_this_machine(form: str, where: str, tool: Tool, wheels: Path, target: Path) -> None:
    """Checked against the host, then under its standard name, however it is named."""
    (wheel,) = wheels.glob("demo-1.0~*")
    text = form.format(path=wheel, uri=wheel.as_uri())
    path = tool.home / "requirements.txt"
    path.write_text(f"# first\n{text}\n")
    what: list[str | Path] = ["-r", path] if where == "file" else [text]
    options: list[str | Path] = [*what, "--no-index", "-f", wheels, "--python", target]
    result = tool("install", *options, "--profile", tool.level("v1"), code=3, error="does-not-fit")
    assert wheel.name in result.stderr and result.stdout == ""
    tool("install", *options, "--profile", tool.level("v3"))
    assert state(tool, target) == {"demo": ("1.0", True)}


def test_an_editable_project_and_a_folder_pass(tool: Tool, target: Path) -> None:
    """Neither is on an index; the installer gets their build requirements through the view."""
    folder = tool.home / "mine"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "mine"\nversion = "1"\n'
    )
    (folder / "backend.py").write_text(
        "import pathlib, zipfile\n"
        "def build_wheel(d, c=None, m=None, extra=''):\n"
        "    name = 'mine-1-py3-none-any.whl'\n"
        "    with zipfile.ZipFile(pathlib.Path(d, name), 'w') as z:\n"
        "        i = 'mine-1.dist-info/'\n"
        "        z.writestr('mine.py', 'PROPERTIES = []')\n"
        "        z.writestr(i + 'METADATA', 'Metadata-Version: 2.1\\nName: mine\\nVersion: 1\\n')\n"
        "        z.writestr(i + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')\n"
        "        z.writestr(i + 'RECORD', '')\n"
        "    return name\n"
        "build_editable = build_wheel\n"
    )
    for arguments in (["./mine"], ["-e", "./mine"]):
        tool("install", *arguments, "--no-index", "-f", ".", "--python", target)
        assert subprocess.run([target, "-I", "-c", "import mine"]).returncode == 0
        tool.run(target, "-m", "pip", "uninstall", "-y", "mine")


def test_a_marker_is_evaluated_for_the_target(tool: Tool, wheels: Path, target: Path) -> None:
    options: list[str | Path] = ["--no-index", "-f", wheels, "--python", target, "--variant", "00000000"]
    tool("install", 'demo; sys_platform != "nowhere"', *options, code=3, error="variant-not-found")
    tool("install", 'demo; sys_platform == "nowhere"', *options)
    assert "demo" not in state(tool, target)
