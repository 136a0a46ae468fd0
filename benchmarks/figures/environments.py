"""The environments that the peers and our own built wheel are measured in, made anew in each run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PIPS", "UV", "Environments", "make_environments", "python_of", "undisturbed"]

#: PyPI's distribution of the same import name as ours, so it gets an environment to itself.
PEER = "variantlib==0.2.2"

#: The newest pip, and one that Python itself came with for years.
PIPS = ("26.3", "23.2.1")

UV = "0.13.8"

_SOURCES = ("variantlib", "plugins", "resolver", "pyproject.toml", "setup.py", "README.md", "LICENSE")


@dataclass(frozen=True)
class Environments:
    """Folders of virtual environments.

    Args:
        scratch: the folder that everything is in; figures may make folders of their own there.
        ours: our wheel and what it needs.
        peer: PyPI's variantlib.
        pips: pip's version → an environment that has this pip and nothing else.
        uv: uv.
    """

    scratch: Path
    ours: Path
    peer: Path
    pips: dict[str, Path]
    uv: Path


def python_of(environment: Path) -> str:
    """The interpreter of a virtual environment."""
    return str(environment / "bin" / "python")


def undisturbed(**more: str) -> dict[str, str]:
    """An environment in which no configuration of this user or machine changes what is measured."""
    ours = ("PIP_", "UV_", "PYTHON", "DUALVARIANT_", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    fixed = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_CONFIG_FILE": os.devnull, "NO_PROXY": "127.0.0.1"}
    return {**kept, **fixed, **more}


def make_environments(root: Path, scratch: Path, *, keep: bool) -> Environments:
    """Build our wheel, take the peers from the package index, and install each where it is alone.

    Args:
        root: the project.
        scratch: a folder of ours.
        keep: take what is there already.
    """
    pips = {pip: scratch / f"pip-{pip}" for pip in PIPS}
    made = Environments(scratch, scratch / "ours", scratch / "peer", pips, scratch / "uv")
    folders = (made.ours, made.peer, made.uv, *made.pips.values())
    if keep and all(Path(python_of(folder)).exists() for folder in folders):
        return made
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    for version, folder in made.pips.items():
        _make(folder, f"pip=={version}")
    _make(made.peer, PEER)
    _make(made.uv, f"uv=={UV}")
    _make(made.ours, str(_wheel(root, scratch, made.pips[PIPS[0]])))
    return made


def _make(folder: Path, requirement: str) -> None:
    print(f"making {folder.name}: {requirement}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = [python_of(folder), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement]
    subprocess.run(install, check=True)


def _wheel(root: Path, scratch: Path, builder: Path) -> Path:
    """Our wheel, built from a copy: setuptools leaves its own folders where it builds."""
    copy, target = scratch / "source", scratch / "wheel"
    copy.mkdir()
    for name in _SOURCES:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        elif source.exists():
            shutil.copy(source, copy)
    build = ["-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--wheel-dir", str(target)]
    subprocess.run([python_of(builder), *build, str(copy)], check=True)
    (wheel,) = target.glob("*.whl")
    return wheel
