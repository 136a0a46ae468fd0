"""The provider ``x86_64``: the micro-architecture level and the instruction sets of an x86-64 host.

It offers the key ``level`` with the values ``v4`` to ``v1``, and then one key for each instruction set that the
processor has and the operating system supports, with the value ``on``. Names, values and their order are those of
PyPI's ``provider-variant-x86-64``, so that wheels made for either fit the other. The definitions and their sources
are in ``variantlib/cpu/x86_64.json``: levels as the System V psABI for x86-64 has them, features by CPUID bit.

The environment variable ``DUALVARIANT_X86_64`` (``v4``, ``v3``, ``v2``, ``v1``) replaces detection, on any
machine: the answer is that level, those below, and the instruction sets that the levels are made of. ``none`` hides
the provider.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping

from dualvariant_providers import __version__
from dualvariant_providers._shared import by_variable, read_override
from dualvariant_providers._x86_64_probes import detect, features_from
from variantlib.config import ProviderConfig
from variantlib.cpu.answers import make_x86_64_answer
from variantlib.cpu.probes import Registers
from variantlib.cpu.tables import COMPILERS, Flags, load_x86_64

__all__ = ["OVERRIDE", "X8664Provider", "config_from"]

NAME = "x86_64"
OVERRIDE = "DUALVARIANT_X86_64"
MACHINES = frozenset({"x86_64", "amd64"})


class X8664Provider:
    """What this x86-64 host offers, by CPUID and XGETBV where it can, else by the next best source."""

    __provider_name__ = NAME
    __version__ = __version__
    __depends_on__ = (f"env:{OVERRIDE}",)

    def run(self) -> ProviderConfig | None:
        """The level and the instruction sets of this host; None on another architecture.

        Raises:
            ValueError: ``DUALVARIANT_X86_64`` names no level.
        """
        forced = read_override(OVERRIDE, load_x86_64())
        if forced == "none":
            return None
        if forced is not None:
            return make_x86_64_answer(load_x86_64().of_level(forced))
        if platform.machine().lower() not in MACHINES:
            return None
        return make_x86_64_answer(detect())

    def build_flags(self, key: str, value: str, compiler: str) -> dict[str, list[str]] | None:
        """The flags that make a compiler produce code for ``x86_64 :: key :: value``.

        On Linux, gcc and clang also get the linker option that writes the level into the library, as the ELF
        property "x86 ISA needed": on a lesser CPU glibc 2.36 then refuses the library with an ImportError, where the
        process would die of an illegal instruction. ``v1`` has none (ld 2.40 crashes on it), nor has zig (its linker
        rejects the option); LLVM's lld warns and ignores it. For ``v4``, clang and zig get a flag for the 512-bit
        registers, as gcc does by itself.

        A build without flags is the baseline, and that is what the compiler was made with: ``v1`` on most
        distributions, ``v2`` or ``v3`` on some (Red Hat Enterprise Linux 9 and 10), and *this very CPU* for ``zig cc``
        without ``-target``. ``level :: v1`` gives the flag that asks for ``v1`` in so many words.

        Args:
            key: ``level`` or an instruction set, e.g. ``avx2``.
            value: ``v1`` … ``v4``, or ``on``.
            compiler: ``gcc``, ``clang``, ``zig`` or ``rustc``.

        Returns:
            ``RUSTFLAGS`` for ``rustc`` (levels only), else ``CFLAGS``, ``CXXFLAGS`` and perhaps ``LDFLAGS``, with the
            flags to add; None for a property that is unknown or that this compiler has no flags for (``cppc`` and the
            like are no instructions).
        """
        if compiler not in COMPILERS:
            return None
        if key == "level":
            level = load_x86_64().level(value)
            return by_variable(level.flags[compiler], compiler) if level else None
        for feature in load_x86_64().features:
            if feature.name == key and value == "on" and feature.flags and compiler != "rustc":
                return by_variable(Flags(feature.flags))
        return None

    def why_not(self, key: str, value: str, supported: dict[str, list[str]]) -> str | None:
        """What a CPU with these features lacks for a level: ``this CPU lacks avx512bw, avx512f``.

        Args:
            key: ``level``; an instruction set that is missing needs no explanation.
            value: ``v1`` … ``v4``.
            supported: the host's values by key.
        """
        if key != "level" or load_x86_64().level(value) is None:
            return None
        # A profile that was written by hand may name levels only.
        known = load_x86_64().values
        present = supported.keys() | frozenset().union(
            *(load_x86_64().of_level(level) for level in supported.get("level", ()) if level in known)
        )
        lacking = sorted(load_x86_64().of_level(value) - present)
        return f"this CPU lacks {', '.join(lacking)}" if lacking else None


def config_from(registers: Mapping[tuple[int, int], Registers], xcr0: int | None, hwcap2: int = 0) -> ProviderConfig:
    """The provider's answer for what a processor and its operating system report.

    Args:
        registers: what CPUID answered, by leaf and subleaf.
        xcr0: what XGETBV answered, or None where the operating system has not set OSXSAVE.
        hwcap2: AT_HWCAP2, which says whether FSGSBASE may be used.
    """
    return make_x86_64_answer(features_from(registers, xcr0, hwcap2))
