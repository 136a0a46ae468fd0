"""Released installers: several versions of pip, uv, and Poetry.

They are fetched once from the registry and kept in ``build/clients``. A target environment gets a copy of a pip that is
installed there, which takes a fraction of a second; ``ensurepip`` takes three.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
import zipfile
from functools import cache
from pathlib import Path

import pytest

from downloads import BUILD_FOLDER, fetch_one, locked

__all__ = ["PIPS", "POETRY", "make_target", "pip_wheel", "poetry", "uv"]

#: The pips that are tested as engines: the oldest supported one, two with a defect in their support of PEP 714, one in
#: between and the newest.
PIPS = ("21.3", "22.3.1", "23.1.2", "23.2.1", "26.3") if sys.version_info < (3, 12) else ("23.2.1", "26.3")

#: The Poetry that is tested.
POETRY = "2.5.1"

_FOLDER = BUILD_FOLDER / "clients"


@cache
def pip_wheel(version: str) -> Path:
    """Return the wheel of a released pip."""
    return fetch_one(_FOLDER, f"pip=={version}", f"pip-{version}-*.whl")


@cache
def _installed_pip(version: str, python: str) -> Path:
    """Return a folder with a released pip, compiled for that interpreter, as an installer leaves it."""
    wheel = pip_wheel(version)
    command = [python, "-c", "import sys; print(sys.implementation.cache_tag)"]
    tag = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    folder = _FOLDER / f"{wheel.stem}-{tag}"
    with locked(_FOLDER):
        if not folder.exists():
            partial = folder.with_name(f"{folder.name}.part")
            shutil.rmtree(partial, ignore_errors=True)
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(partial)
            # Some files are of other Pythons, and do not compile.
            subprocess.run([python, "-m", "compileall", "-qq", str(partial)])
            partial.rename(folder)
    return folder


def make_target(folder: Path, pip: str | None = "26.3", python: str = sys.executable) -> Path:
    """Make a new environment with that pip, or with none, and return its interpreter."""
    if python == sys.executable:
        venv.create(folder, with_pip=False, symlinks=True)
    else:
        subprocess.run([python, "-m", "venv", "--without-pip", str(folder)], check=True)
    interpreter = folder / "bin" / "python"
    if pip is not None:
        (site,) = folder.glob("lib/python3*/site-packages")
        # With the dates of the files, by which Python knows that what is compiled is up to date.
        shutil.copytree(_installed_pip(pip, python), site, dirs_exist_ok=True)
    return interpreter


@cache
def uv() -> Path:
    """Return the uv program, unpacked from its wheel; uvx is beside it."""
    wheel = fetch_one(_FOLDER, "uv", "uv-*.whl")
    program = _FOLDER / wheel.stem / "uv"
    with locked(_FOLDER):
        if program.exists():
            return program
        with zipfile.ZipFile(wheel) as archive:
            program.parent.mkdir(exist_ok=True)
            for place in (program.with_name("uvx"), program):
                (entry,) = [name for name in archive.namelist() if name.endswith(f"/scripts/{place.name}")]
                partial = place.with_suffix(".part")
                partial.write_bytes(archive.read(entry))
                partial.chmod(0o755)
                partial.replace(place)
    return program


@cache
def poetry() -> Path:
    """Return the Poetry program, in an environment of its own; the test is skipped where it cannot be fetched."""
    program = _FOLDER / f"poetry-{POETRY}" / "bin" / "poetry"
    installer = uv()
    with locked(_FOLDER):
        if program.exists():
            return program
        environment = str(program.parent.parent)
        made = [str(installer), "venv", "-q", "--clear", "--python", sys.executable, environment]
        subprocess.run(made, check=True)
        filled = [str(installer), "pip", "install", "-q", "--python", environment, f"poetry=={POETRY}"]
        result = subprocess.run(filled, capture_output=True, text=True)
    if result.returncode != 0:
        pytest.skip(f"Poetry {POETRY} cannot be fetched from the registry: {result.stderr.strip()[-200:]}")
    return program
