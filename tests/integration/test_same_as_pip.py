"""The end of an install, file by file: the same as when the installer alone installs that wheel.

A variant's bytes are put into a folder under the standard name, where the plain installer finds them; that is compared
with what ``dualvariant install`` leaves.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import shutil
import stat
import subprocess
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

import pytest

import clients
import samples
from servers import IndexServer, serving
from tool import Tool
from variantlib.dialects import hashes
from variantlib.meta import VariantDescription
from variantlib.wheel_archive import WheelArchive
from variantlib.wheel_name import parse_wheel_name

LEVEL = "x86_64 :: level :: {}"
STANDARD = "rich-1.0+cpu.3-py3-none-any.whl"

#: Everything that a wheel can bring: what it is called in the archive, its content, its permissions.
CONTENTS: dict[str, tuple[str, int]] = {
    "rich/__init__.py": ("def main():\n    print('rich')\n", 0o644),
    "rich/data/table.txt": ("1 2 3\n", 0o644),
    "rich/data/helper.sh": ("#!/bin/sh\necho helped\n", 0o755),
    "rich-1.0+cpu.3.data/scripts/rich-script": ("#!python\nimport rich\nrich.main()\n", 0o755),
    "rich-1.0+cpu.3.data/scripts/rich-shell": ("#!/bin/sh\necho shell\n", 0o755),
    "rich-1.0+cpu.3.data/scripts/rich-plain": ("#!python\nprint('plain')\n", 0o644),
    "rich-1.0+cpu.3.data/data/share/rich/manual.txt": ("read me\n", 0o644),
    "rich-1.0+cpu.3.data/purelib/rich_pure.py": ("x = 1\n", 0o644),
    "rich-1.0+cpu.3.data/platlib/rich_plat.py": ("x = 2\n", 0o600),
    "rich-1.0+cpu.3.data/headers/rich.h": ("int rich;\n", 0o644),
    "rich-1.0+cpu.3.dist-info/METADATA": (
        "Metadata-Version: 2.1\nName: rich\nVersion: 1.0+cpu.3\nRequires-Dist: needed\nProvides-Extra: more\n",
        0o644,
    ),
    "rich-1.0+cpu.3.dist-info/WHEEL": (
        "Wheel-Version: 1.0\nGenerator: samples\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        0o644,
    ),
    "rich-1.0+cpu.3.dist-info/entry_points.txt": (
        "[console_scripts]\nrich-command = rich:main\n\n[gui_scripts]\nrich-window = rich:main\n\n"
        "[other.group]\nx = rich:main\n",
        0o644,
    ),
    "rich-1.0+cpu.3.dist-info/top_level.txt": ("rich\n", 0o644),
    "rich-1.0+cpu.3.dist-info/licenses/LICENSE": ("free\n", 0o644),
}


def _write_wheel(path: Path) -> None:
    record = io.StringIO(newline="")
    writer = csv.writer(record, lineterminator="\n")
    with zipfile.ZipFile(path, "w") as archive:
        for name, (text, mode) in CONTENTS.items():
            entry = zipfile.ZipInfo(name, (2020, 2, 20, 20, 20, 20))
            entry.external_attr = (stat.S_IFREG | mode) << 16
            archive.writestr(entry, text)
            digest = urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            writer.writerow([name, f"sha256={digest}", len(text)])
        writer.writerow(["rich-1.0+cpu.3.dist-info/RECORD", "", ""])
        archive.writestr("rich-1.0+cpu.3.dist-info/RECORD", record.getvalue())


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """The wheels as variants, and the same bytes under the names of standard wheels."""
    variants, plain = tmp_path / "variants", tmp_path / "plain"
    variants.mkdir()
    plain.mkdir()
    _write_wheel(tmp_path / STANDARD)
    name = parse_wheel_name(STANDARD)
    description = VariantDescription.from_strings([LEVEL.format("v3")])
    with WheelArchive(tmp_path / STANDARD) as source, (plain / STANDARD).open("wb") as out:
        hashes.write_wheel(source, description, out)
    shutil.copy(plain / STANDARD, variants / name.hash_filename(description.hexdigest))
    needed = samples.make_wheel(variants, "needed", "2.0", properties=[LEVEL.format("v2")])
    shutil.copy(needed, plain / "needed-2.0-py3-none-any.whl")
    return variants, plain


def snapshot(folder: Path) -> dict[str, tuple[str, str]]:
    """Path → kind with permissions, and content. Byte code carries times, so only its being there counts."""
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        content = ""
        if path.is_symlink():
            content = str(path.readlink())
        elif path.is_file() and path.suffix != ".pyc":
            content = path.read_text(encoding="latin-1")
            if path.name == "RECORD":
                content = "\n".join(sorted(content.splitlines()))
        found[str(path.relative_to(folder))] = (stat.filemode(mode), content)
    return found


#: Where to, in the words of the installer.
PLACES: Mapping[str, list[str]] = {
    "environment": [],
    "target": ["--target", "{folder}/elsewhere"],
    "prefix": ["--prefix", "{folder}/elsewhere"],
    "root": ["--root", "{folder}/elsewhere"],
}


@pytest.mark.parametrize(
    ("client", "place"),
    [
        ("21.3", "environment"),
        ("23.2.1", "environment"),
        ("26.3", "environment"),
        ("uv", "environment"),
        ("26.3", "target"),
        ("26.3", "prefix"),
        ("26.3", "root"),
        ("uv", "target"),
        ("uv", "prefix"),
    ],
)
def test_the_same_files_with_the_same_content_and_permissions(
    client: str, place: str, folders: tuple[Path, Path], tool: Tool, tmp_path: Path
) -> None:
    variants, plain = folders
    folder = tmp_path / "place"
    where = [word.format(folder=folder) for word in PLACES[place]]

    def fresh() -> Path:
        """The same environment in the same place: its path is written into scripts and byte code."""
        shutil.rmtree(folder, ignore_errors=True)
        return clients.make_target(folder / "env", None if client == "uv" else client)

    target = fresh()
    before = snapshot(folder)
    if client == "uv":
        # From a folder it would leave a note about the folder (uv_cache.json).
        with serving(IndexServer(plain)) as server:
            source = ["--default-index", server.url]
            tool.run(clients.uv(), "pip", "install", "--python", target, *source, *where, "rich")
    else:
        tool.run(target, "-m", "pip", "install", "--no-index", "--find-links", plain, *where, "rich")
    expected = snapshot(folder)
    installed_by_hand = _said_by_commands(folder)

    target = fresh()
    tool.environment["PATH"] = f"{clients.uv().parent}{os.pathsep}{tool.environment['PATH']}"
    engine = ["--engine", "uv" if client == "uv" else "pip"]
    tool(
        "install",
        "rich",
        *engine,
        "--no-index",
        "--find-links",
        variants,
        "--python",
        target,
        "--profile",
        tool.level("v3"),
        *where,
    )
    found = snapshot(folder)
    assert [*found] == [*expected]
    for path, entry in expected.items():
        assert (path, found[path]) == (path, entry)
    assert _said_by_commands(folder) == installed_by_hand

    # The comparison is not empty.
    new = {path.rpartition("/")[2] for path in {*found} - {*before}}
    assert {"RECORD", "INSTALLER", "METADATA", "entry_points.txt", "table.txt", "manual.txt", "rich_plat.py"} <= new
    assert "direct_url.json" not in new
    requested = [path for path in found if path.endswith(".dist-info/REQUESTED")]
    marked = ["rich-1.0+cpu.3.dist-info"] if client != "uv" else ["needed-2.0.dist-info", "rich-1.0+cpu.3.dist-info"]
    assert [path.split("/")[-2] for path in requested] == marked  # uv marks dependencies as well
    if place != "target":
        assert {"rich-command", "rich-window", "rich-script", "rich-shell", "rich-plain"} <= new


def _said_by_commands(folder: Path) -> dict[str, str]:
    """What the installed commands print, as far as they can run where they are."""
    outputs = {}
    for path in sorted(folder.rglob("bin/rich-*")):
        environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
        if os.access(path, os.X_OK):
            done = subprocess.run([path], env=environment, capture_output=True, text=True)
            outputs[path.name] = f"{done.returncode} {done.stdout}"
    return outputs


@pytest.mark.parametrize("client", ["21.3", "26.3", "uv"])
def test_it_is_uninstalled_to_the_last_file(
    client: str, folders: tuple[Path, Path], tool: Tool, tmp_path: Path
) -> None:
    folder = tmp_path / "place"
    target = clients.make_target(folder, None if client == "uv" else client)
    tool.environment["PATH"] = f"{clients.uv().parent}{os.pathsep}{tool.environment['PATH']}"
    before = snapshot(folder)
    options: list[str | Path] = ["--python", target, "--profile", tool.level("v3"), "--no-index", "-f", folders[0]]
    tool("install", "rich", *options)
    assert (folder / "bin" / "rich-command").exists()
    if client == "uv":
        tool.run(clients.uv(), "pip", "uninstall", "--python", target, "rich", "needed")
    else:
        tool.run(target, "-m", "pip", "uninstall", "-y", "rich", "needed")
    left = {path: entry for path, entry in snapshot(folder).items() if path not in before and "__pycache__" not in path}
    assert [path for path, (mode, _) in left.items() if not mode.startswith("d")] in ([], [".lock"])
