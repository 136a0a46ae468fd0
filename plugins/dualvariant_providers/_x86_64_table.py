"""``x86_64.json`` as values: which CPUID bit is which feature, and what it needs beside the bit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from attrs import frozen

from dualvariant_providers._table import Level, load
from variantlib.cpu import Registers

__all__ = ["COMPILERS", "Feature", "State", "Table", "table"]

COMPILERS = ("gcc", "clang", "zig", "rustc")
OSXSAVE_LEAF, OSXSAVE_BIT = (0x1, 0), 27  # in ECX


@frozen
class State:
    """What the operating system must have switched on before instructions of a feature may be used.

    Args:
        name: ``xsave``, ``ymm``, ``zmm`` or ``fsgsbase``.
        xcr0: bits of XCR0 that must all be set, and OSXSAVE with them; None if XCR0 does not matter.
        hwcap2: bits of AT_HWCAP2 that must all be set.
    """

    name: str
    xcr0: int | None
    hwcap2: int

    def is_enabled(self, xcr0: int | None, hwcap2: int) -> bool:
        """Whether it is, by the XCR0 that XGETBV read (None without OSXSAVE) and by AT_HWCAP2."""
        if self.xcr0 is not None and (xcr0 is None or self.xcr0 & ~xcr0):
            return False
        return not self.hwcap2 & ~hwcap2


@frozen
class Feature:
    """One instruction set.

    Args:
        name: the key that the provider offers with the value ``on``.
        leaf: the leaf and subleaf of CPUID that tell of it.
        register: ``eax``, ``ebx``, ``ecx`` or ``edx``.
        bit: the bit in the register.
        state: the name of the :class:`State` it needs, or None.
        implies: features that a compiler switches on together with it.
        flags: what a compiler is told to use it.
        aliases: other names that py-cpuinfo may report for it.
    """

    name: str
    leaf: tuple[int, int]
    register: str
    bit: int
    state: str | None
    implies: frozenset[str]
    flags: tuple[str, ...]
    aliases: frozenset[str]

    @classmethod
    def parse(cls, entry: Mapping[str, Any]) -> Feature:
        cpuid = entry["cpuid"]
        return cls(
            name=entry["name"],
            leaf=(int(cpuid["leaf"], 16), cpuid["subleaf"]),
            register=cpuid["register"],
            bit=cpuid["bit"],
            state=entry.get("state"),
            implies=frozenset(entry.get("implies", ())),
            flags=tuple(entry.get("flags", ())),
            aliases=frozenset(entry.get("aliases", ())),
        )

    def in_registers(self, registers: Mapping[tuple[int, int], Registers]) -> bool:
        """Whether CPUID tells of it; a leaf that was not recorded tells of nothing."""
        if self.leaf not in registers:
            return False
        register: int = getattr(registers[self.leaf], self.register)
        return bool(register >> self.bit & 1)


@frozen
class Table:
    """The whole table.

    Args:
        states: by name.
        levels: best first.
        features: most important first, the order in which the provider offers them.
    """

    states: Mapping[str, State]
    levels: tuple[Level, ...]
    features: tuple[Feature, ...]

    def leaves(self) -> frozenset[tuple[int, int]]:
        """Every leaf and subleaf that must be asked."""
        return frozenset(feature.leaf for feature in self.features) | {OSXSAVE_LEAF}

    def usable(self, names: Iterable[str], states: Iterable[str]) -> frozenset[str]:
        """Of the features that a processor has, those that compiled code may rely on.

        One without its state is dropped, and one that implies a dropped or absent feature as well: a compiler that is
        told to use AVX2 uses SSE4.2 too.

        Args:
            names: the features that the processor has.
            states: the states that the operating system has switched on.
        """
        found, enabled = set(names), {None, *states}
        usable = {f for f in self.features if f.name in found and f.state in enabled}
        while True:
            present = {feature.name for feature in usable}
            kept = {feature for feature in usable if feature.implies <= present}
            if kept == usable:
                return frozenset(present)
            usable = kept

    def of_level(self, value: str) -> frozenset[str]:
        """Every feature that a level and the levels below it need."""
        position = [level.value for level in self.levels].index(value)
        return frozenset().union(*(level.needs for level in self.levels[position:]))


@cache
def table() -> Table:
    """The table, read once."""
    data = load("x86_64")
    states = {
        name: State(
            name,
            int(entry["xcr0"], 16) if "xcr0" in entry else None,
            int(entry.get("hwcap2", "0"), 16),
        )
        for name, entry in data["states"].items()
    }
    return Table(
        states=states,
        levels=tuple(Level.parse(entry) for entry in data["levels"]),
        features=tuple(Feature.parse(entry) for entry in data["features"]),
    )
