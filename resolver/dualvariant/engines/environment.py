"""What the environments of all engines have in common."""

from __future__ import annotations

__all__ = ["add_loopback_exception"]


def add_loopback_exception(environment: dict[str, str]) -> None:
    """Keep a proxy away from the view: it is on this machine."""
    for name in ("no_proxy", "NO_PROXY"):
        known = environment.get(name, "").strip()
        if known != "*":  # all hosts, which it means only while nothing is beside it
            environment[name] = f"{known},127.0.0.1" if known else "127.0.0.1"
