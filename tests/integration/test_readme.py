"""The install block of the README, run by a user with an empty home folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: What ``make install`` in a checkout reads.
SOURCES = ("Makefile", "pyproject.toml", "setup.py", "README.md", "LICENSE", "variantlib", "plugins", "resolver")


def read_install_commands() -> list[tuple[str, str]]:
    """The commands of the section "Install it", each with the output that the README shows."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Install it\n")[2].partition("\n## ")[0]
    (block,) = re.findall(r"```console\n(.*?)```", section, re.DOTALL)
    samples = [sample.partition("\n") for sample in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(command, output.strip()) for command, _, output in samples]


def test_the_install_block_works_and_leaves_the_builders_tools_out(tmp_path: Path) -> None:
    home, checkout = tmp_path / "home", tmp_path / "checkout"
    home.mkdir()
    checkout.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(ROOT / name, checkout)
    commands = read_install_commands()
    assert commands[0][0] == "make install"
    # One shell, as at a terminal; its python3 is this one.
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").symlink_to(sys.executable)
    script = "\n".join(["set -e", *(command for command, _ in commands)])
    variables = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    path = os.pathsep.join([str(tmp_path / "bin"), os.environ.get("PATH", os.defpath)])
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=checkout,
        env={**variables, "HOME": str(home), "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert [output for _, output in commands if output] == done.stdout.splitlines()[-1:]
    installed = {path.name for path in home.glob(".local/share/dualvariant/lib/python*/site-packages/*")}
    assert "dualvariant" in installed
    assert not installed & {"ziglang", "auditwheel", "iced_x86"}
    size = sum(path.stat().st_size for path in home.rglob("*") if path.is_file() and not path.is_symlink())
    assert size < 80 * 2**20  # the README says about 40 MB; pip's cache in this home folder comes on top
