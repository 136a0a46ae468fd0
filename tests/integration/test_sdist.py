"""The source distribution has what those who package for a distribution need: tests, their data, and dual_core."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Files and folders that only the repository needs.
LEFT_OUT = (".ci", ".gitignore", ".pre-commit-config.yaml")


def test_the_sdist_has_every_file_of_the_tree_but_those_of_the_repository(tmp_path: Path) -> None:
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True) if (ROOT / ".git").exists() else None
    if listed is None or listed.returncode:
        pytest.skip("the tests do not run in a checkout of git")
    files = {name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}
    tree = tmp_path / "tree"
    for name in files:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name)
    command = [sys.executable, "-m", "build", "--sdist", "--outdir", str(tmp_path / "dist"), str(tree)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    (sdist,) = (tmp_path / "dist").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    missing = {name for name in files - names if not name.startswith(LEFT_OUT)}
    assert missing == set()
    for needed in (
        "tests/conftest.py",
        "tests/data/conformance.json",
        "dual_core/pyproject.toml",
        "tests/law/test_law.py",
    ):
        assert needed in names
    assert not [name for name in names if "__pycache__" in name or name.endswith((".so", ".pyc"))]
