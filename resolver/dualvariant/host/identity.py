"""The host's identity, as far as a kept answer depends on it."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from pathlib import Path

from variantlib.cpu import probes

__all__ = ["make_cpu_digest", "make_host_key"]


def make_cpu_digest() -> str:
    """16 hexadecimal digits that are the same on every core of a machine and differ where programs see another CPU."""
    return hashlib.sha256(probes.identity()).hexdigest()[:16]


def make_host_key() -> dict[str, str]:
    """Everything about host and interpreter that a provider's answer may depend on: CPU, kernel, boot, Python."""
    system = platform.uname()
    return {
        "cpu": make_cpu_digest(),
        "kernel": f"{system.system} {system.release} {system.version} {system.machine}",
        "boot": _boot(),
        "python": f"{_interpreter()} {sys.version}",
    }


def _interpreter() -> str:
    """The interpreter's path, the same for each spelling of its folder.

    The file itself is not resolved: a virtual environment's interpreter is a link to one that others share.
    """
    if not sys.executable:
        return ""
    folder, name = os.path.split(sys.executable)  # as it is spelled
    return os.path.join(os.path.realpath(folder), name)  # noqa: PTH118


def _boot() -> str:
    """A value that changes with every boot: a driver may have changed with it. Empty where the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except (OSError, ValueError):
        return (probes.sysctl("kern.bootsessionuuid") or b"").rstrip(b"\0").decode("ascii", "replace")
