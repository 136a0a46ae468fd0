"""Released installers, each as itself: pip in the versions that matter, and uv, fetched once from the registry.

They are kept in ``build/clients`` beside the tests. A target environment is made by hand from a pip wheel, which takes
a fraction of a second where ``ensurepip`` takes three.
"""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from functools import cache
from pathlib import Path

import pytest

__all__ = ["PIPS", "make_target", "pip_wheel", "uv"]

#: The engines that are tested: the oldest that the view supports, two that stumble over PEP 714, a middle one, the
#: newest.
PIPS = ("21.3", "22.3.1", "23.1.2", "23.2.1", "26.3") if sys.version_info < (3, 12) else ("23.2.1", "26.3")

_FOLDER = Path(__file__).resolve().parents[2] / "build" / "clients"


@cache
def _fetched(requirement: str, pattern: str) -> Path:
    found = sorted(_FOLDER.glob(pattern))
    if not found:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(_FOLDER), requirement]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode != 0:
            pytest.skip(f"{requirement} cannot be fetched from the registry: {result.stderr.strip()[-200:]}")
        found = sorted(_FOLDER.glob(pattern))
    return found[0]


def pip_wheel(version: str) -> Path:
    """The wheel of a released pip."""
    return _fetched(f"pip=={version}", f"pip-{version}-*.whl")


def make_target(folder: Path, pip: str | None = "26.3", python: str = sys.executable) -> Path:
    """A fresh environment with that pip (or none); returns its interpreter."""
    if python == sys.executable:
        venv.create(folder, with_pip=False, symlinks=True)
    else:
        subprocess.run([python, "-m", "venv", "--without-pip", str(folder)], check=True)
    interpreter = folder / "bin" / "python"
    if pip is not None:
        (site,) = folder.glob("lib/python3*/site-packages")
        with zipfile.ZipFile(pip_wheel(pip)) as archive:
            archive.extractall(site)
    return interpreter


@cache
def uv() -> Path:
    """The uv program, taken out of its wheel."""
    wheel = _fetched("uv", "uv-*.whl")
    program = _FOLDER / wheel.stem / "uv"
    if not program.exists():
        with zipfile.ZipFile(wheel) as archive:
            (entry,) = [name for name in archive.namelist() if name.endswith("/scripts/uv")]
            program.parent.mkdir(exist_ok=True)
            partial = program.with_suffix(".part")
            partial.write_bytes(archive.read(entry))
            partial.chmod(0o755)
            partial.replace(program)
    return program
