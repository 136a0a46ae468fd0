"""CPU tables: levels, implied instruction sets, compiler flags and emulator models, one copy.

The JSON files beside this module have the schema ``variantlib/cpu/1``: ``architecture``, ``key`` (the property key of
the levels), ``levels`` (best first), ``features`` (best first), ``baseline`` (flags by compiler), ``sources``, and for
x86-64 ``states``. They name the source of each definition.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from attrs import frozen

if TYPE_CHECKING:
    from variantlib.cpu.probes import Registers

__all__ = [
    "COMPILERS",
    "SCHEMA",
    "AArch64Feature",
    "AArch64Table",
    "CpuTable",
    "Flags",
    "Level",
    "State",
    "X8664Feature",
    "X8664Table",
    "load_aarch64",
    "load_table",
    "load_x86_64",
]

#: The schema of the JSON files.
SCHEMA = "variantlib/cpu/1"

#: The compilers that the tables have flags for.
COMPILERS = ("gcc", "clang", "zig", "rustc")

OSXSAVE_LEAF, OSXSAVE_BIT = (0x1, 0), 27  # in ECX


class Flags(NamedTuple):
    """The flags that make one compiler use something.

    Args:
        compile: for ``CFLAGS`` and ``CXXFLAGS``; for ``RUSTFLAGS`` where the compiler is rustc.
        link: for ``LDFLAGS``; linkers for ELF only.
    """

    compile: tuple[str, ...]
    link: tuple[str, ...] = ()


class Level(NamedTuple):
    """One value of a key whose values include each other, such as ``v3`` or ``8.2a``.

    Args:
        value: the value.
        needs: the features that it adds to those of the level below.
        flags: the flags that build for it, by compiler.
        emulator: qemu's CPU model that has exactly this level; None where qemu has none.
    """

    value: str
    needs: frozenset[str]
    flags: Mapping[str, Flags]
    emulator: str | None

    @classmethod
    def parse(cls, entry: Mapping[str, Any]) -> Level:
        flags = {
            compiler: Flags(tuple(parts["compile"]), tuple(parts.get("link", ())))
            for compiler, parts in entry["flags"].items()
        }
        return cls(entry["value"], frozenset(entry["needs"]), flags, entry.get("emulator"))


@frozen
class CpuTable:
    """What the tables of both architectures have.

    Args:
        architecture: ``x86_64`` or ``aarch64``: also the provider's name in properties.
        key: the property key of the levels.
        levels: best first.
        baseline: flags of a build for every CPU of the architecture, by compiler, where they are not those of the
            lowest level.
    """

    architecture: str
    key: str
    levels: tuple[Level, ...]
    baseline: Mapping[str, tuple[str, ...]]

    @property
    def values(self) -> list[str]:
        """The levels' values, best first."""
        return [level.value for level in self.levels]

    def level(self, value: str) -> Level | None:
        """The level of that value; None if there is none."""
        return next((level for level in self.levels if level.value == value), None)

    def including(self, value: str) -> tuple[Level, ...]:
        """A level and all below it, best first.

        Raises:
            ValueError: there is no such level.
        """
        return self.levels[self.values.index(value) :]

    def of_level(self, value: str) -> frozenset[str]:
        """Every feature that a level and the levels below it need."""
        return frozenset().union(*(level.needs for level in self.including(value)))

    def supported(self, found: frozenset[str]) -> list[str]:
        """The values whose needs, and those of every level below, are all found; best first.

        Args:
            found: names of features.
        """
        supported: list[str] = []
        for level in reversed(self.levels):
            if not level.needs <= found:
                break
            supported.insert(0, level.value)
        return supported

    def baseline_flags(self, compiler: str) -> tuple[str, ...]:
        """The flags that make a compiler build for every CPU of the architecture.

        Args:
            compiler: one of :data:`COMPILERS`.
        """
        return self.baseline.get(compiler) or self.levels[-1].flags[compiler].compile

    @property
    def emulators(self) -> dict[str, str]:
        """qemu's CPU models by level, best level first; levels that qemu cannot emulate are missing."""
        return {level.value: level.emulator for level in self.levels if level.emulator}


class State(NamedTuple):
    """A state that the operating system must have switched on before the instructions of a feature may be used.

    Args:
        name: ``xsave``, ``ymm``, ``zmm`` or ``fsgsbase``.
        xcr0: bits of XCR0 that must all be set, and OSXSAVE with them; None if XCR0 does not matter.
        hwcap2: bits of AT_HWCAP2 that must all be set.
    """

    name: str
    xcr0: int | None
    hwcap2: int

    def is_enabled(self, xcr0: int | None, hwcap2: int) -> bool:
        """Whether it is switched on, by the XCR0 that XGETBV read (None without OSXSAVE) and by AT_HWCAP2."""
        if self.xcr0 is not None and (xcr0 is None or self.xcr0 & ~xcr0):
            return False
        return not self.hwcap2 & ~hwcap2


class X8664Feature(NamedTuple):
    """One instruction set of x86-64.

    Args:
        name: the name, as the key of ``x86_64 :: avx2 :: on`` has it.
        leaf: the leaf and subleaf of CPUID that report it.
        register: ``eax``, ``ebx``, ``ecx`` or ``edx``.
        bit: the bit in the register.
        state: the name of the :class:`State` it needs, or None.
        implies: features that a compiler switches on together with it.
        flags: the compiler flags that switch it on.
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
    def parse(cls, entry: Mapping[str, Any]) -> X8664Feature:
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
        """Whether CPUID reports it; a leaf that was not recorded reports nothing."""
        if self.leaf not in registers:
            return False
        register: int = getattr(registers[self.leaf], self.register)
        return bool(register >> self.bit & 1)


@frozen
class X8664Table(CpuTable):
    """The table of x86-64.

    Args:
        states: by name.
        features: most important first, the order in which the provider offers them.
    """

    states: Mapping[str, State]
    features: tuple[X8664Feature, ...]

    def leaves(self) -> frozenset[tuple[int, int]]:
        """Every leaf and subleaf that must be asked."""
        return frozenset(feature.leaf for feature in self.features) | {OSXSAVE_LEAF}

    def usable(self, names: Iterable[str], states: Iterable[str]) -> frozenset[str]:
        """Of the features that a processor has, those that compiled code may rely on.

        A feature without its state is dropped, and so is one that implies a dropped or absent feature: a compiler with
        the flag for AVX2 uses SSE4.2 too.

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


class AArch64Feature(NamedTuple):
    """One feature of the Arm architecture.

    Args:
        name: Arm's name for it, ``FEAT_…``.
        hwcap: the bits of AT_HWCAP that must all be set.
        sysctl: the name under which the macOS kernel reports it.
    """

    name: str
    hwcap: int
    sysctl: str

    @classmethod
    def parse(cls, entry: Mapping[str, Any]) -> AArch64Feature:
        return cls(
            name=entry["name"],
            hwcap=sum(1 << bit for bit in entry["hwcap"].values()),
            sysctl=entry["sysctl"],
        )


@frozen
class AArch64Table(CpuTable):
    """The table of 64-bit Arm; its levels are the architecture's versions.

    Args:
        features: those that define the versions.
    """

    features: tuple[AArch64Feature, ...]


def read_table(architecture: str) -> dict[str, Any]:
    """The JSON document of an architecture."""
    text = Path(__file__).with_name(f"{architecture}.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def _common(document: Mapping[str, Any]) -> tuple[str, str, tuple[Level, ...], dict[str, tuple[str, ...]]]:
    levels = tuple(Level.parse(entry) for entry in document["levels"])
    baseline = {compiler: tuple(flags) for compiler, flags in document["baseline"].items()}
    return document["architecture"], document["key"], levels, baseline


@cache
def load_x86_64() -> X8664Table:
    """The table of x86-64, read once."""
    document = read_table("x86_64")
    states = {
        name: State(
            name,
            int(entry["xcr0"], 16) if "xcr0" in entry else None,
            int(entry.get("hwcap2", "0"), 16),
        )
        for name, entry in document["states"].items()
    }
    features = tuple(X8664Feature.parse(entry) for entry in document["features"])
    return X8664Table(*_common(document), states, features)


@cache
def load_aarch64() -> AArch64Table:
    """The table of 64-bit Arm, read once."""
    document = read_table("aarch64")
    return AArch64Table(*_common(document), tuple(AArch64Feature.parse(entry) for entry in document["features"]))


def load_table(architecture: str) -> CpuTable:
    """The table of an architecture.

    Args:
        architecture: ``x86_64`` or ``aarch64``.

    Raises:
        KeyError: there is no table for it.
    """
    return {"x86_64": load_x86_64, "aarch64": load_aarch64}[architecture]()
