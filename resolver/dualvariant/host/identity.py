"""Which host, as far as a kept answer depends on it."""

from __future__ import annotations

import hashlib
import platform
import sys
from pathlib import Path

from variantlib.cpu import probes

__all__ = ["cpu_digest", "host_key"]


def cpu_digest() -> str:
    """16 hexadecimal digits that are the same on every core of a machine and differ where programs see another CPU."""
    return hashlib.sha256(probes.identity()).hexdigest()[:16]


def host_key() -> dict[str, str]:
    """Everything about host and interpreter that a provider may have answered by: CPU, kernel, boot, Python."""
    system = platform.uname()
    return {
        "cpu": cpu_digest(),
        "kernel": f"{system.system} {system.release} {system.version} {system.machine}",
        "boot": _boot(),
        "python": f"{sys.executable} {sys.version}",
    }


def _boot() -> str:
    """What changes with every boot: a driver may have changed with it. Empty where the system tells nothing."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except (OSError, ValueError):
        return (probes.sysctl("kern.bootsessionuuid") or b"").rstrip(b"\0").decode("ascii", "replace")
