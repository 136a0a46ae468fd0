"""The provider ``aarch64``: the architecture version that a 64-bit Arm host implements.

It offers the key ``version`` with the values ``8.4a``, ``8.3a``, ``8.2a``, ``8.1a``, ``8a``, those of uv's
``aarch64-variant-provider``. A version counts when the operating system reports every feature that it and the
versions below make mandatory, as far as programs can use it; a hypervisor that hides one lowers the version. The
definitions and their sources are in ``variantlib/cpu/aarch64.json``. Many kernels and hypervisors hide pointer
authentication: the answer is then ``8.2a``, also on a CPU of a newer version.

The environment variable ``DUALVARIANT_AARCH64`` (one of the values) takes the place of detection, on any machine:
the answer is that version and those below. ``none`` hides the provider.
"""

from __future__ import annotations

import platform
from collections.abc import Callable

from dualvariant_providers import __version__
from dualvariant_providers._shared import by_variable, read_override
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.cpu import probes
from variantlib.cpu.tables import load_aarch64

__all__ = ["OVERRIDE", "AArch64Provider", "config_from", "config_of"]

NAME = "aarch64"
OVERRIDE = "DUALVARIANT_AARCH64"
MACHINES = frozenset({"aarch64", "arm64"})


class AArch64Provider:
    """What this 64-bit Arm host offers, by HWCAP on Linux and sysctl on macOS."""

    __provider_name__ = NAME
    __version__ = __version__
    __depends_on__ = (f"env:{OVERRIDE}",)

    def run(self) -> ProviderConfig | None:
        """The versions that this host implements; None on another architecture.

        Raises:
            ValueError: ``DUALVARIANT_AARCH64`` names no version.
        """
        forced = read_override(OVERRIDE, load_aarch64())
        if forced == "none":
            return None
        if forced is not None:
            return _config([level.value for level in load_aarch64().including(forced)])
        if platform.machine().lower() not in MACHINES:
            return None
        return config_of(detect())

    def build_flags(self, key: str, value: str, compiler: str) -> dict[str, list[str]] | None:
        """The flags that make a compiler produce code for ``aarch64 :: version :: value``.

        A build without flags is the baseline, and that is what the compiler was made with: Armv8.0-A everywhere but for
        Apple's clang, which builds for the M1. FP16 arithmetic is optional in every version and so not switched on.

        Args:
            key: ``version``.
            value: ``8a`` … ``8.4a``.
            compiler: ``gcc``, ``clang``, ``zig`` or ``rustc``.

        Returns:
            ``RUSTFLAGS`` for ``rustc``, else ``CFLAGS`` and ``CXXFLAGS``, with the flags to add; None for an unknown
            property or compiler.
        """
        level = load_aarch64().level(value) if key == load_aarch64().key else None
        return by_variable(level.flags.get(compiler), compiler) if level else None

    def why_not(self, key: str, value: str, supported: dict[str, list[str]]) -> str | None:
        """What the next version needs: ``8.3a needs FEAT_FCMA, …, FEAT_PAuth, and not all are reported``.

        Args:
            key: ``version``.
            value: ``8a`` … ``8.4a``.
            supported: the host's values by key.
        """
        table, best = load_aarch64(), next(iter(supported.get(key, ())), None)
        if key != table.key or value not in table.values or best not in table.values[1:]:
            return None
        following = table.levels[table.values.index(best) - 1]
        hidden = f"; kernels may hide FEAT_PAuth: where that is so, set {OVERRIDE}" * ("FEAT_PAuth" in following.needs)
        return f"{following.value} needs {', '.join(sorted(following.needs))}, and not all are reported{hidden}"


def config_from(hwcap: int) -> ProviderConfig:
    """The provider's answer for an AT_HWCAP that Linux gave."""
    return config_of(features_from(hwcap))


def config_of(features: frozenset[str]) -> ProviderConfig:
    """The provider's answer for a set of features, named as Arm names them."""
    return _config(load_aarch64().supported(features))


def _config(versions: list[str]) -> ProviderConfig:
    return ProviderConfig(NAME, [KeyConfig(load_aarch64().key, versions)])


def features_from(hwcap: int) -> frozenset[str]:
    """The features that an AT_HWCAP reports."""
    return frozenset(f.name for f in load_aarch64().features if not f.hwcap & ~hwcap)


def from_hwcap() -> frozenset[str] | None:
    """What the Linux kernel told this process."""
    words = probes.hwcap()
    return None if words is None else features_from(words[0])


def from_sysctl() -> frozenset[str] | None:
    """What the macOS kernel reports; None for a kernel that knows none of the names."""
    answers = {feature.name: probes.sysctl(feature.sysctl) for feature in load_aarch64().features}
    if all(answer is None for answer in answers.values()):
        return None
    return frozenset(name for name, answer in answers.items() if answer and any(answer))


def baseline() -> frozenset[str]:
    """Nothing beyond Armv8.0-A: the answer where no source reports anything, as on Windows."""
    return frozenset()


#: Tried in this order; the last one always answers. py-cpuinfo is not among them: it reports no features on Arm.
PROBES: tuple[Callable[[], frozenset[str] | None], ...] = (from_hwcap, from_sysctl, baseline)


def detect() -> frozenset[str]:
    """The answer of the first probe that has one."""
    answers = (probe() for probe in PROBES)
    return next(answer for answer in answers if answer is not None)
