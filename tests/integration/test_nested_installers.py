"""Installers that a build starts see the view too, and no command line of a run has an address of it."""

from __future__ import annotations

import io
import json
import os
import re
import tarfile
from contextlib import suppress
from pathlib import Path

import pytest

import clients
import samples
from processes import descendants
from servers import Answer, IndexServer, serving
from tool import Tool

V3 = "x86_64 :: level :: v3"

#: A build backend that calls an installer, as some projects do for what their build needs.
_BACKEND = """
import shutil, subprocess, sys
import helper  # a build requirement
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    subprocess.run({command}, check=True)
    shutil.copy({wheel!r}, wheel_directory)
    return {wheel!r}
"""
_PYPROJECT = """
[build-system]
requires = ["helper"]
build-backend = "backend"
backend-path = ["."]
"""


@pytest.fixture
def tool(tool: Tool) -> Tool:
    """The command, with uv on PATH."""
    tool.environment["PATH"] = f"{clients.uv().parent}{os.pathsep}{tool.environment['PATH']}"
    return tool


def make_sdist(folder: Path, command: str) -> Path:
    """Write an sdist of ``builder`` 1.0 whose build needs ``helper``, and runs a command (Python source of a list)."""
    wheel = samples.make_wheel(folder, "builder", "1.0")
    files = {
        "pyproject.toml": _PYPROJECT.encode(),
        "backend.py": _BACKEND.format(command=command, wheel=wheel.name).encode(),
        "PKG-INFO": b"Metadata-Version: 2.1\nName: builder\nVersion: 1.0\n",
        wheel.name: wheel.read_bytes(),
    }
    path = folder / "builder-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"builder-1.0/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


@pytest.mark.parametrize("engine", ["pip", "uv"])
def test_an_installer_that_a_build_calls_sees_the_view(engine: str, tool: Tool, target: Path, tmp_path: Path) -> None:
    """It gets the user's index by its environment, variants included."""
    wheels, there = tmp_path / "wheels", tmp_path / "there"
    samples.make_wheel(wheels, "helper", "2.0")
    samples.make_wheel(wheels, "helper", "2.0", properties=[V3])
    call = f'"install", "-q", "--no-deps", "-t", {str(there)!r}, "helper"'
    call = (
        f'"uv", "pip", {call}, "--python", sys.executable'
        if engine == "uv"
        else f'{str(target)!r}, "-I", "-m", "pip", {call}'
    )
    sdist = make_sdist(tmp_path / "sdist", f"[{call}]")
    with serving(IndexServer(wheels)) as server:
        options: list[str | Path] = ["-i", server.url, "--python", target, "--profile", tool.level("v3")]
        tool("install", sdist, *options, "--engine", engine)
    (metadata,) = there.glob("helper-2.0.dist-info/METADATA")
    assert V3 in metadata.read_text()


@pytest.mark.parametrize("engine", ["pip", "uv"])
@pytest.mark.parametrize("with_pip", [True])  # our own pip, by --python, still shows it: an open fault
def test_no_command_line_has_the_address_of_the_view_or_a_login(
    engine: str, with_pip: bool, tool: Tool, tmp_path: Path
) -> None:
    """Every user of the machine can read the command lines of all others (proc(5))."""
    python = clients.make_target(tmp_path / "python", pip="26.3" if with_pip else None)
    wheels = tmp_path / "wheels"
    samples.make_wheel(wheels, "demo", "1.0")
    samples.make_wheel(wheels, "demo", "1.0", properties=[V3])
    seen: list[str] = []
    with serving(IndexServer(wheels)) as server:
        tool.environment["UV_DEFAULT_INDEX" if engine == "uv" else "PIP_INDEX_URL"] = server.url.replace(
            "//", "//me:s3cr3t@"
        )

        def look(path: str) -> Answer | None:
            """Whoever asks, and whatever has started it, is among our descendants now."""
            for pid in descendants(os.getpid()):
                with suppress(OSError):
                    seen.append(Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace").replace("\0", " "))
            return None

        server.override = look
        tool("install", "demo", "--engine", engine, "--python", python, "--profile", tool.level("v3"))
        place = server.url.removesuffix("/simple")
        shown = json.loads(tool("list", "--python", python, "--json").stdout)
    assert [each["name"] for each in shown] == ["demo"]
    assert any(" install " in line for line in seen)
    others = [line for line in seen for found in re.findall(r"http://127\.0\.0\.1:\d+", line) if found != place]
    assert others == []
    assert not any("s3cr3t" in line for line in seen)
