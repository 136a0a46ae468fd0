"""The provider ``fictional_hw``: which computer of fiction this is, and what it can do.

A provider is a class with a name, a version and one method. It is asked in a process of its own, so it may load
libraries, call programs and take its time; whatever it prints is thrown away. Copy this file, and replace the made-up
probes at its end by real ones.
"""

from __future__ import annotations

from fictional_hw import __version__
from variantlib.config import KeyConfig, ProviderConfig

__all__ = ["FictionalHardware"]


class FictionalHardware:
    """Tells which computers of fiction this host can stand in for."""

    __provider_name__ = "fictional_hw"
    __version__ = __version__

    def run(self) -> ProviderConfig | None:
        """What this host supports: the most important key first, and in each key the best value first.

        A wheel that needs a value which is not in the list is not offered to this host. A provider that finds none of
        its hardware returns None.
        """
        architectures = find_architectures()
        if not architectures:
            return None
        return ProviderConfig(
            provider=self.__provider_name__,
            configs=[
                KeyConfig(key="architecture", values=architectures),
                KeyConfig(key="compute_capability", values=["8", "2", "0"]),
                KeyConfig(key="humor", values=["15", "1", "6"]),
                KeyConfig(key="compute_accuracy", values=["1000000000", "100000", "25"]),
            ],
        )


def find_architectures() -> list[str]:
    """The computers of fiction whose programs this host runs, fastest first. A real provider looks at the hardware."""
    return ["HAL9000", "tars", "mother"]
