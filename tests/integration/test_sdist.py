"""The source distribution has what those who package for a distribution need: tests, their data, and dual_core."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Files and folders that only the repository needs.
LEFT_OUT = (".ci", ".gitignore", ".pre-commit-config.yaml")
BUILT = (
    ".git",
    ".nox",
    ".venv",
    ".browser",
    ".emulators",
    "build",
    "dist",
    "demo",
    "_build",
    "__pycache__",
    ".*_cache",
)


def test_the_sdist_has_every_file_of_the_tree_but_those_of_the_repository(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(
        ROOT, tree, ignore=shutil.ignore_patterns(*BUILT, "*.so", "*.egg-info", ".coverage*", ".hypothesis")
    )
    files = {str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file()}
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
