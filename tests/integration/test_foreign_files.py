"""Files that a stranger made or put there: a command passes over them, names them, and takes little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import samples
from processes import PATIENCE
from tool import Tool

LEVEL = "x86_64 :: level :: v3"
METADATA = "demo-1.0.dist-info/METADATA"
#: MiB that METADATA unpacks to, and MiB of memory that no command needs.
BOMB, MEMORY = 700, 500


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """``demo`` 1.0, the standard wheel and a variant."""
    wheels = tmp_path / "wheels"
    samples.make_wheel(wheels, "demo", "1.0")
    samples.make_wheel(wheels, "demo", "1.0", properties=[LEVEL])
    return wheels


def variant_in(folder: Path) -> Path:
    (path,) = folder.glob("demo-1.0~*.whl")
    return path


def make_bomb(wheel: Path) -> None:
    """Write the wheel again with a METADATA of many times its size."""
    with zipfile.ZipFile(wheel) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            if name != METADATA:
                archive.writestr(name, content)
        with archive.open(METADATA, "w") as file:
            file.write(entries[METADATA] + b"\n")
            for _ in range(BOMB):
                file.write(bytes(1 << 20))


def damage(wheel: Path) -> None:
    """Write the wheel again by LZMA, and damage the compressed bytes of its module."""
    with zipfile.ZipFile(wheel) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_LZMA) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
        at = archive.getinfo("demo.py").header_offset + 30 + len("demo.py") + 12
    damaged = bytearray(wheel.read_bytes())
    damaged[at : at + 20] = b"\xff" * 20
    wheel.write_bytes(damaged)


def peak(tool: Tool, *arguments: str | Path) -> int:
    """Run the command; the MiB that it took at most."""
    script = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10)\n"
    )
    command = [sys.executable, "-c", script, sys.executable, "-m", "dualvariant", *map(str, arguments)]
    return int(subprocess.run(command, env=tool.environment, cwd=tool.home, capture_output=True, check=True).stdout)


def chosen(stdout: str) -> list[str]:
    """The files that ``explain`` says are chosen."""
    candidates = json.loads(stdout)["projects"][0]["candidates"]
    return [candidate["filename"] for candidate in candidates if candidate["verdict"] == "chosen"]


def test_a_metadata_bomb_costs_the_variant_and_little_memory(tool: Tool, folder: Path, target: Path) -> None:
    make_bomb(variant_in(folder))
    options: list[str | Path] = ["--no-index", "-f", folder, "--python", target, "--profile", tool.level("v3")]
    assert chosen(tool("explain", "demo", "--json", *options).stdout) == ["demo-1.0-py3-none-any.whl"]
    tool("audit", variant_in(folder), code=5, error="wheel-file")
    assert tool("index", folder, code=5, error="incomplete-index").stderr.count(variant_in(folder).name) == 1
    commands: list[list[str | Path]] = [["explain", "demo", *options], ["audit", variant_in(folder)], ["index", folder]]
    for command in commands:
        assert peak(tool, *command) < MEMORY, command


def test_one_damaged_wheel_stops_no_index(tool: Tool, folder: Path) -> None:
    variant, pipe = variant_in(folder), folder / "pipe-1.0-py3-none-any.whl"
    damage(variant)
    os.mkfifo(pipe)
    (folder / "zero-1.0-py3-none-any.whl").symlink_to("/dev/zero")
    (folder / "zero-1.0.tar.gz").symlink_to("/dev/zero")
    stderr = tool("index", folder, code=5, error="incomplete-index").stderr
    for name in (variant.name, pipe.name, "zero-1.0-py3-none-any.whl", "zero-1.0.tar.gz"):
        assert name in stderr
    files = json.loads((folder / "simple/demo/index.json").read_bytes())["files"]
    assert [file["filename"] for file in files] == ["demo-1.0-py3-none-any.whl"]


def test_a_sound_wheel_by_another_method_is_indexed(tool: Tool, folder: Path) -> None:
    wheel = folder / "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_LZMA) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    tool("index", folder)


def test_a_pipe_in_the_place_of_our_files_is_no_hang(tool: Tool, folder: Path) -> None:
    (folder / "simple/demo").mkdir(parents=True)
    os.mkfifo(folder / "simple/demo/index.html")
    os.mkfifo(folder / "demo-1.0-py3-none-any.whl.metadata")
    os.mkfifo(folder / "demo-1.0~variants.json")
    tool("index", folder)
    assert (folder / "demo-1.0~variants.json").is_file()


@pytest.mark.parametrize("place", ["wheel", "table", "page"])
def test_a_pipe_in_a_folder_of_wheels(place: str, tool: Tool, folder: Path, target: Path) -> None:
    if place == "wheel":
        variant_in(folder).unlink()
        os.mkfifo(folder / "demo-1.0~a496bd9c-py3-none-any.whl")
    else:
        os.mkfifo(folder / ("demo-1.0~variants.json" if place == "table" else "links.html"))
    options: list[str | Path] = [
        "--no-index",
        "-f",
        folder,
        "--python",
        target,
        "--profile",
        tool.level("v3"),
        "--json",
    ]
    assert len(chosen(tool("explain", "demo", *options).stdout)) == 1


def test_a_pipe_that_the_user_names_is_read(tool: Tool, folder: Path, target: Path) -> None:
    """``-r <(command)`` and ``--profile <(command)`` work, as with pip."""
    command = (
        f"exec {sys.executable} -m dualvariant explain --json --no-index -f '{folder}' --python '{target}' "
        f"-r <(echo demo==1.0) --profile <(cat '{tool.level('v3')}')"
    )
    done = subprocess.run(["bash", "-c", command], env=tool.environment, capture_output=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr.decode()
    assert chosen(done.stdout.decode()) == [variant_in(folder).name]


@pytest.mark.parametrize("option", ["-r", "-c", "--profile"])
def test_a_file_without_end_is_refused(option: str, tool: Tool, folder: Path, target: Path) -> None:
    arguments: list[str | Path] = [
        "explain",
        "demo",
        option,
        "/dev/zero",
        "--no-index",
        "-f",
        folder,
        "--python",
        target,
    ]
    tool(*arguments, code=2, error="unreadable-file")
    assert peak(tool, *arguments) < MEMORY


def test_a_damaged_wheel_that_is_named_by_its_path_is_one_clear_line(tool: Tool, folder: Path, target: Path) -> None:
    """pip would install half of it and end with a traceback, by the same exit code."""
    wheel = folder / "demo-1.0-py3-none-any.whl"
    damage(wheel)
    stderr = tool("install", wheel, "--python", target, code=2, error="damaged-wheel").stderr
    assert "Traceback" not in stderr and "demo.py" in stderr
    tool("install", wheel, "--python", target, "--dry-run")  # pip reads the METADATA only, and that is sound
