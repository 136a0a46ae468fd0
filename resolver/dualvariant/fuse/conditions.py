"""What each variant needs of a processor, as the tables of ``conditions.h``.

The answers are those of the providers ``x86_64`` and ``aarch64``, because both follow the tables of
:mod:`variantlib.cpu.tables`: every instruction set that a property implies, and on x86-64 the operating system's
support for its registers (XCR0).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import frozen

from dualvariant.core.platforms import Architecture
from variantlib.cpu.levels import find_allowed_features
from variantlib.cpu.tables import OSXSAVE_BIT, OSXSAVE_LEAF, load_aarch64, load_table, load_x86_64
from variantlib.fused import STANDARD
from variantlib.meta import VariantDescription, VariantMeta

__all__ = ["write_conditions"]

_REGISTERS = ("eax", "ebx", "ecx", "edx")
_AT_HWCAP, _AT_HWCAP2 = 16, 26


@frozen(order=True)
class _Source:
    """Where bits come from, as ``source`` of ``stub.c`` has it."""

    kind: str
    leaf: int = 0
    subleaf: int = 0
    number: int = 0

    def __str__(self) -> str:
        return f"{{{self.kind}, {self.leaf:#x}u, {self.subleaf:#x}u, {self.number}}}"


@frozen(order=True)
class _Bits:
    """Bits that must all be set."""

    source: _Source
    all: int


def write_conditions(architecture: Architecture, variants: Sequence[tuple[str, VariantDescription]]) -> str:
    """The text of ``conditions.h``.

    The names that ``DUALVARIANT_FUSED`` may have are the variants' and those of all levels. A level that is no variant
    means: as on a processor of that level.

    Args:
        architecture: whose properties these are.
        variants: name and needs of each, best first.
    """
    table = load_table(architecture)
    needs = [(name, tuple(description)) for name, description in variants]
    levels = [(value, (VariantMeta(architecture, table.key, value),)) for value in reversed(table.values)]
    known = {name for name, _ in needs}
    named = [*needs, *(level for level in levels if level[0] not in known)]
    allowed = [1 << at for at in range(len(needs))]
    allowed += [_bits_below(level, needs, architecture) for level in named[len(needs) :]]
    ask = _ask_x86_64 if architecture == "x86_64" else _ask_aarch64
    rows = [(at, bits) for at, (_, properties) in enumerate(named) for bits in sorted(set(ask(properties)))]
    sources = sorted({bits.source for _, bits in rows}) or [_Source("KERNEL", number=_AT_HWCAP2)]
    conditions = [f"{{{at}, {sources.index(bits.source)}, {bits.all:#x}u}}" for at, bits in rows] or ["{0, 0, 0}"]
    names = ", ".join(f'"{name}"' for name, _ in named)
    return (
        f"enum {{ VARIANTS = {len(needs)}, NAMES = {len(named)}, NONE = VARIANTS }};\n"
        f'#define KNOWN "{", ".join([*(name for name, _ in named), STANDARD])}"\n'
        f"static const char *const names[] = {{{names}}};\n"
        f"static const uint64_t named_variants[] = {{{', '.join(f'{bits:#x}u' for bits in allowed)}}};\n"
        f"static const source sources[] = {{{', '.join(map(str, sources))}}};\n"
        f"static const condition conditions[] = {{\n  {_lines(conditions)}\n}};\n"
    )


def _lines(rows: Iterable[str]) -> str:
    return ",\n  ".join(rows)


def _bits_below(
    level: tuple[str, tuple[VariantMeta, ...]],
    variants: Sequence[tuple[str, tuple[VariantMeta, ...]]],
    architecture: Architecture,
) -> int:
    """The variants for which a processor of exactly this level has everything."""
    if architecture == "x86_64":
        has = find_allowed_features(level[1])
        fitting = [find_allowed_features(needs) <= has for _, needs in variants]
    else:
        below = {each.value for each in load_aarch64().including(level[0])}
        fitting = [all(meta.value in below for meta in needs) for _, needs in variants]
    return sum(1 << at for at, fits in enumerate(fitting) if fits)


def _ask_x86_64(properties: Iterable[VariantMeta]) -> Iterable[_Bits]:
    table = load_x86_64()
    needed = find_allowed_features(properties)
    registers: dict[_Source, int] = {}
    xcr0 = hwcap2 = 0
    for feature in table.features:
        if feature.name not in needed:
            continue
        source = _Source("CPUID", *feature.leaf, _REGISTERS.index(feature.register))
        registers[source] = registers.get(source, 0) | 1 << feature.bit
        if feature.state is not None:
            state = table.states[feature.state]
            hwcap2 |= state.hwcap2
            if state.xcr0 is not None:
                xcr0 |= state.xcr0
                source = _Source("CPUID", *OSXSAVE_LEAF, _REGISTERS.index("ecx"))
                registers[source] = registers.get(source, 0) | 1 << OSXSAVE_BIT
    yield from (_Bits(source, bits) for source, bits in registers.items())
    if xcr0:
        yield _Bits(_Source("XCR0"), xcr0)
    if hwcap2:
        yield _Bits(_Source("KERNEL", number=_AT_HWCAP2), hwcap2)


def _ask_aarch64(properties: Iterable[VariantMeta]) -> Iterable[_Bits]:
    table = load_aarch64()
    needed = {name for meta in properties for name in table.of_level(meta.value)}
    source = _Source("KERNEL", number=_AT_HWCAP)
    for feature in table.features:
        if feature.name in needed:
            yield _Bits(source, feature.hwcap)
