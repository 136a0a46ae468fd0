"""One native file of a wheel: its architecture, the instruction sets that it needs, and its ELF note."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from attrs import field, frozen

from dualvariant.audit.arm import read_arm_code
from dualvariant.audit.disassembly import CodeLocation, Disassembly, disassemble, find_needs
from dualvariant.binary.elf import ISA_LEVELS, MACHINES, ElfFile, read_elf
from dualvariant.binary.startup import read_startup
from variantlib.cpu.levels import find_arm_version, find_level

__all__ = ["MAGIC", "Module", "Need", "detect_format", "read_module"]

#: ``e_machine`` of architectures that wheels are for; of those that are not in MACHINES only this is looked at.
_NAMES = {
    **{number: name for name, number in MACHINES.items()},
    3: "i686", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "armv7l", 243: "riscv64", 258: "loongarch64",
}  # fmt: skip

#: How native files begin.
MAGIC = {
    b"\x7fELF": "ELF",
    b"!<arch>\n": "archive",
    b"\xcf\xfa\xed\xfe": "Mach-O",
    b"\xce\xfa\xed\xfe": "Mach-O",
    b"\xca\xfe\xba\xbe": "Mach-O",
    b"\xca\xfe\xba\xbf": "Mach-O",
}
_WINDOWS = (".pyd", ".dll", ".exe")

#: What a library imports that asks at run time: the interface of libgcc and compiler-rt.
_ASKING_IMPORTS_OF_ARM = frozenset({"getauxval", "elf_aux_info", "__aarch64_cpu_features", "__init_cpu_features"})
_ASKING_IMPORTS = ("__cpu_model", "__cpu_indicator_init", "__cpu_features2", "__builtin_cpu_supports")


@frozen
class Need:
    """An instruction set that code needs.

    Args:
        feature: its name as a property has it, e.g. ``avx2``.
        count: how many instructions need it.
        places: where some of them are.
        doubtful: whether all of them are near bytes that are no instructions.
    """

    feature: str
    count: int
    places: tuple[CodeLocation, ...] = ()
    doubtful: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As ``--json`` has it."""
        places = [
            {
                "section": place.section,
                "symbol": place.symbol,
                "address": place.address,
                "instruction": place.instruction,
                "count": place.count,
            }
            for place in self.places
        ]
        return {"feature": self.feature, "count": self.count, "places": places}


@frozen
class Module:
    """What one native file is.

    Args:
        path: its path in the wheel.
        format: ``ELF``, ``Mach-O``, ``PE`` or ``archive``.
        machine: the architecture, as in a platform tag; None if it was not read.
        reason: why its code is not judged; None if it is.
        needs: the instruction sets that its code needs beyond the baseline.
        asks: how it asks the processor at run time; empty if it does not.
        unguarded: instructions beyond the label that run when it is imported, and no question to the processor before
            them: of each instruction set the first, in words.
        note: the level of its ELF note; None without one.
        size: bytes of machine code.
        digest: the same for two modules with the same machine code; None if nothing was read.
    """

    path: str
    format: str
    machine: str | None = None
    reason: str | None = None
    needs: tuple[Need, ...] = ()
    asks: tuple[str, ...] = ()
    unguarded: Mapping[str, str] = field(factory=dict, hash=False)
    note: str | None = None
    size: int = 0
    digest: str | None = None

    @property
    def features(self) -> frozenset[str]:
        """The instruction sets that it needs, without those that are doubtful."""
        return frozenset(need.feature for need in self.needs if not need.doubtful)

    def find_level(self) -> tuple[str, tuple[str, ...]]:
        """The level, or the version of Arm's architecture, that its code needs, and what it needs beside it."""
        return find_arm_version(self.features) if self.machine == "aarch64" else find_level(self.features)

    def to_dict(self) -> dict[str, Any]:
        """As ``--json`` has it."""
        level, extra = self.find_level() if self.reason is None else (None, ())
        return {
            "path": self.path,
            "format": self.format,
            "machine": self.machine,
            "judged": self.reason is None and not self.asks,
            "reason": self.reason,
            "level": level,
            "extra": list(extra),
            "needs": [need.to_dict() for need in self.needs],
            "run_time_dispatch": list(self.asks),
            "unguarded": dict(self.unguarded),
            "note": self.note,
            "code_bytes": self.size,
        }


def detect_format(path: str, beginning: bytes) -> str | None:
    """What kind of native file begins like this; None for anything else."""
    if beginning[:2] == b"MZ" and path.lower().endswith(_WINDOWS):
        return "PE"
    return next((kind for magic, kind in MAGIC.items() if beginning.startswith(magic)), None)


def read_module(path: str, kind: str, content: bytes, allowed: frozenset[str]) -> Module:
    """Read one native file.

    Args:
        path: its path in the wheel.
        kind: what :func:`detect_format` says.
        content: its bytes.
        allowed: what the label allows; the places of what is beyond are all counted.

    Raises:
        UsageError: iced-x86 is not installed.
    """
    if kind == "archive":
        return Module(path, kind, reason="a static library: nothing loads it")
    if kind != "ELF":
        return Module(path, kind, reason=f"{kind} files are not read")
    elf = read_elf(content)
    if elf is None:
        if len(content) >= 20 and content[4] == 1 and content[5] == 1:
            machine = _machine(int.from_bytes(content[18:20], "little"))
            return Module(path, kind, machine, reason="the code of 32-bit files is not read")
        return Module(path, kind, reason="it is not a complete ELF file")
    machine = _machine(elf.machine)
    size = sum(len(code.content) for code in elf.code)
    if elf.kind == 1:
        return Module(path, kind, machine, reason="an object file: nothing loads it")
    if elf.machine != MACHINES["x86_64"]:
        if elf.machine == MACHINES["aarch64"]:
            return _read_aarch64(path, elf, allowed)
        digest = hashlib.sha256(b"".join(code.content for code in elf.code)).hexdigest()
        return Module(path, kind, machine, f"the code of {machine} is not read", size=size, digest=digest)
    return _read_x86_64(path, elf, content, allowed)


def _machine(number: int) -> str:
    return _NAMES.get(number, f"ELF machine {number}")


def _read_x86_64(path: str, elf: ElfFile, content: bytes, allowed: frozenset[str]) -> Module:
    size = sum(len(code.content) for code in elf.code)
    found = disassemble(elf.code, elf.functions)
    asks = [*found.asks]
    asks += ["indirect functions"] if elf.indirect else []
    asks += [name for name in _ASKING_IMPORTS if name in elf.imports]
    needs = []
    for feature, count in sorted(found.counts.items()):
        beyond = feature not in allowed
        places, doubtful = found.places(feature, whole=beyond and not asks, limit=3 if beyond else 1)
        needs.append(Need(feature, count, tuple(places), doubtful))
    numbers = ",".join(f"{code}:{number}" for code, number in sorted(found.kinds.items()))
    digest = hashlib.sha256(f"{size} {numbers}".encode()).hexdigest()
    bits = elf.isa_needed or 0
    note = next((level for level, bit in reversed(ISA_LEVELS.items()) if bits & bit), None)
    above = {need.feature for need in needs if not need.doubtful} - allowed
    unguarded = _find_unguarded(elf, content, found, above) if above else {}
    return Module(path, "ELF", "x86_64", None, tuple(needs), tuple(asks), unguarded, note, size, digest)


def _read_aarch64(path: str, elf: ElfFile, allowed: frozenset[str]) -> Module:
    found = read_arm_code(elf.code, elf.functions)
    asks = [*found.asks]
    asks += ["indirect functions"] if elf.indirect else []
    asks += sorted({name.partition("@")[0] for name in elf.imports} & _ASKING_IMPORTS_OF_ARM)
    needs = [
        Need(
            feature, count, found.places(feature, limit=3 if feature not in allowed else 1), found.is_doubtful(feature)
        )
        for feature, count in sorted(found.counts.items())
    ]
    size = sum(len(code.content) for code in elf.code)
    numbers = ",".join(f"{word}:{number}" for word, number in sorted(found.kinds.items()))
    digest = hashlib.sha256(f"{size} {numbers}".encode()).hexdigest()
    return Module(path, "ELF", "aarch64", None, tuple(needs), tuple(asks), {}, None, size, digest)


def _find_unguarded(elf: ElfFile, content: bytes, found: Disassembly, beyond: set[str]) -> dict[str, str]:
    """What runs at import without a question, by instruction set."""
    from dualvariant.audit.startup import find_unguarded

    startup = read_startup(content)
    if startup is None:
        return {}

    @cache
    def needs(code: int) -> frozenset[str]:
        return find_needs(code) & beyond

    unguarded = find_unguarded(elf.code, startup, found.find_questions(), needs, frozenset(_ASKING_IMPORTS))
    return {each.feature: f"{found.describe(each.address)}, from {each.entry}" for each in unguarded}
