"""Get the emulators of other CPUs: Debian's ``qemu-user-static``, unpacked into the cache, without root.

apt finds and verifies the package with the machine's own sources and keys (Debian and Ubuntu). Elsewhere the message
says what to install.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from dualvariant.builder.verify.emulators import VARIABLE
from dualvariant.core.dirs import cache_dir
from dualvariant.core.errors import UsageError
from dualvariant.core.processes import capture
from dualvariant.core.report import Reporter
from dualvariant.core.scratch import make_scratch_dir

__all__ = ["EmulatorsError", "fetch_emulators", "use_emulators"]

_PACKAGE = "qemu-user-static"
_PROGRAMS = ("qemu-x86_64-static", "qemu-aarch64-static")


class EmulatorsError(UsageError):
    """The emulators cannot be found, or cannot be fetched."""

    code = "no-emulators"


def use_emulators(where: str, reporter: Reporter) -> None:
    """Have the trials of this process use the emulators of a folder; ``fetch`` gets them first.

    Raises:
        EmulatorsError: the folder has none, or they cannot be fetched.
    """
    folder = fetch_emulators(reporter) if where == "fetch" else Path(where).resolve()
    if not (folder / "qemu" / "usr" / "bin").is_dir():
        raise EmulatorsError(
            f"no emulators are there (--emulators): {where!r}", "name a folder that has qemu/usr/bin, or 'fetch'"
        )
    os.environ[VARIABLE] = str(folder)


def fetch_emulators(reporter: Reporter) -> Path:
    """The folder of the emulators in the cache; they are fetched if they are not there yet.

    Raises:
        EmulatorsError: there is no apt here, no cache, or the package cannot be had.
    """
    folder = cache_dir("emulators")
    if folder is None:
        raise EmulatorsError("there is no cache to keep emulators in", "name a folder: --emulators DIR")
    target = folder / "qemu" / "usr" / "bin"
    if all(os.access(target / name, os.X_OK) for name in _PROGRAMS):
        return folder
    missing = next((name for name in ("apt-get", "dpkg-deb") if shutil.which(name) is None), None)
    if missing is not None:
        raise EmulatorsError(
            f"emulators are fetched from Debian's or Ubuntu's packages, and there is no {missing} here",
            "install qemu-user-static with your system's package manager; it is found on PATH",
        )
    reporter.progress(f"fetching {_PACKAGE} (apt)")
    target.mkdir(parents=True, exist_ok=True)
    with make_scratch_dir() as scratch:
        _run(["apt-get", "download", _PACKAGE], scratch)
        (package,) = scratch.glob("*.deb")
        _run(["dpkg-deb", "-x", str(package), "root"], scratch)
        for name in _PROGRAMS:
            shutil.copy2(scratch / "root" / "usr" / "bin" / name, target / f".{name}")
            (target / f".{name}").replace(target / name)
    return folder


def _run(command: list[str], folder: Path) -> None:
    done = capture(command, cwd=folder)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or [f"{command[0]} printed nothing"]
        raise EmulatorsError(
            f"{_PACKAGE} cannot be fetched ({lines[-1]})",
            "'apt-get update' may help; or install it: apt install " + _PACKAGE,
        )
