"""Repair a Linux wheel with auditwheel: it copies the libraries that the wheel needs, and finds its manylinux tag."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from dualvariant.builder.declaration.job import Job
from dualvariant.builder.errors import RepairFailedError
from dualvariant.builder.toolchain.compilers import INSTALL_BUILD_EXTRA
from dualvariant.core.platforms import get_platform, is_linux_tag
from dualvariant.core.processes import make_own_environment
from variantlib.cpu.levels import find_promised_level
from variantlib.wheel_name import parse_wheel_name

__all__ = ["choose_repair_options", "repair"]

_LAST_LINES = 8
_NO_LIBC = "couldn't detect libc"
_ANY_GLIBC = "manylinux_2_999"  # not the name of a policy, and newer than any


def repair(wheel: Path, job: Job, folder: Path) -> Path:
    """The wheel with the libraries that it needs and a tag that says which C library it needs.

    A wheel whose tag names a C library already is returned as it is; so is one for macOS or Windows, whose tools
    (:attr:`dualvariant.core.platforms.Platform.repair_tool`) run on those systems only.

    Args:
        wheel: a wheel without a label.
        job: what it was built for.
        folder: an empty folder of ours.

    Raises:
        RepairFailedError: auditwheel is not installed or refuses the wheel.
    """
    name = parse_wheel_name(wheel.name)
    target = get_platform(job.platform)
    if not target.is_linux or not is_linux_tag(name.platform):
        return wheel
    if find_spec("auditwheel") is None:
        raise RepairFailedError("repairing a wheel needs auditwheel (it is not installed)", INSTALL_BUILD_EXTRA)
    found, output = _run_auditwheel(wheel, job, folder / "auditwheel")
    if found is None and _NO_LIBC in output:
        # auditwheel finds the C library by the libraries that link to it. A module that calls nothing but Python links
        # to none; then a file name with a manylinux tag says that it is glibc. auditwheel keeps that tag beside the one
        # that it finds, and the step "note" leaves the older one.
        renamed = folder / "renamed" / wheel.name.replace(f"{name.platform}.whl", f"{_ANY_GLIBC}_{target.machine}.whl")
        renamed.parent.mkdir()
        shutil.copyfile(wheel, renamed)
        found, output = _run_auditwheel(renamed, job, folder / "auditwheel-again")
    if found is None:
        lines = "".join(f"\n  | {line}" for line in output.strip().splitlines()[-_LAST_LINES:])
        raise RepairFailedError(
            f"auditwheel cannot repair {wheel.name!r}:{lines}",
            "install the libraries that it names, or build on an older Linux or with --compiler zig",
        )
    return found


def choose_repair_options(job: Job) -> tuple[str, ...]:
    """The options of ``auditwheel repair`` for a job's wheels.

    auditwheel refuses libraries that need x86-64-v2 or more, which is right for a standard wheel only.
    """
    return ("--disable-isa-ext-check",) if find_promised_level(job.variant or ()) != "v1" else ()


def _run_auditwheel(wheel: Path, job: Job, out: Path) -> tuple[Path | None, str]:
    """The repaired wheel, or None, and auditwheel's output."""
    command = [sys.executable, "-m", "auditwheel", "repair", "-w", str(out), *choose_repair_options(job)]
    environ = make_own_environment()
    environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environ.get("PATH", "")])
    done = subprocess.run(
        [*command, str(wheel)],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    found = sorted(out.glob("*.whl")) if out.is_dir() else []
    return (found[0] if len(found) == 1 and done.returncode == 0 else None), done.stdout
