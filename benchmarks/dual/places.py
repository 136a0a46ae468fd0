"""The wheels that are measured, built by ``dualvariant build``, and the environments of the peers."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from figures.environments import Environments, python_of, undisturbed

__all__ = ["LEVELS", "Places", "make_places"]

LEVELS = ("v1", "v3", "v4")

#: Environment → what is installed in it. Each peer that is no plain extension module is alone.
PEERS = {
    "dual": ["numpy", "mpmath", "fastdual==0.3.1", "num-dual==0.15.1", "hyperjet==1.5.0"],
    "jax": ["jax[cpu]"],
    "autograd": ["autograd", "numpy"],
    "torch": ["torch==2.13.0", "numpy", "setuptools"],
}


@dataclass(frozen=True)
class Places:
    """Where each thing that is measured is.

    Args:
        pythons: environment of a peer → its interpreter.
        missing: environment → why it could not be made.
        levels: level → the folder that our wheel of this level is unpacked in.
        wheels: level → the wheel's file name.
        hand: the folder for what is compiled in this run.
    """

    pythons: dict[str, str]
    missing: dict[str, str]
    levels: dict[str, Path]
    wheels: dict[str, str]
    hand: Path


def make_places(environments: Environments, payload: Path) -> Places:
    """Build the wheels of every level, and take the peers from the package index.

    What is there already was kept on purpose: a new run begins with an empty folder.

    Args:
        environments: those of the other figures; the tool that builds is in them.
        payload: the source tree of ``dual_autodiff``.
    """
    scratch = environments.scratch / "dual"
    scratch.mkdir(exist_ok=True)
    wheels = scratch / "wheels"
    if not wheels.exists():
        _build(environments, payload, wheels)
    pythons, missing = {}, {}
    for name, requirements in PEERS.items():
        folder = scratch / name
        try:
            if not (folder / "made").exists():
                _venv(folder, requirements)
            pythons[name] = python_of(folder)
        except subprocess.CalledProcessError as error:
            missing[name] = f"pip could not install {' '.join(requirements)} (exit {error.returncode})"
    levels, names = {}, {}
    for wheel in sorted(wheels.glob("*.whl")):
        level = _level(wheel)
        if level is None:
            continue
        levels[level], names[level] = scratch / "levels" / level, wheel.name
        if not levels[level].exists():
            install = ["-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", "--target", str(levels[level])]
            standard = wheel.with_name(re.sub(r"~[0-9a-f]{8}", "", wheel.name))
            holder = scratch / "standard"
            holder.mkdir(exist_ok=True)
            copy = holder / standard.name  # pip does not know the name of a variant
            copy.write_bytes(wheel.read_bytes())
            subprocess.run([pythons["dual"], *install, str(copy)], check=True, env=undisturbed())
    return Places(pythons, missing, levels, names, scratch)


def _build(environments: Environments, payload: Path, wheels: Path) -> None:
    builder = environments.scratch / "dual" / "builder"
    (ours,) = (environments.scratch / "wheel").glob("dualvariant-*.whl")
    _venv(builder, [f"{ours}[build]"])
    print("building the wheels of every level", file=sys.stderr)
    command = [python_of(builder), "-m", "dualvariant", "build", str(payload), "-o", str(wheels)]
    done = subprocess.run(command, env=undisturbed(), capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def _venv(folder: Path, requirements: list[str]) -> None:
    print(f"making {folder.name}: {' '.join(requirements)}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    install = [python_of(folder), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
    subprocess.run(install, check=True)
    (folder / "made").touch()


def _level(wheel: Path) -> str | None:
    """What a wheel of this machine's kind was built for: v1 for the standard one; None for another machine's."""
    if "x86_64" not in wheel.name:
        return None
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        found = re.search(r"^Variant: x86_64 :: level :: (\w+)$", archive.read(metadata).decode(), re.MULTILINE)
    return found[1] if found else "v1"
