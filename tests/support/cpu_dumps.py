"""Recorded hardware: ``tests/data``, read into the arguments of the providers' pure functions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from attrs import frozen

from variantlib.config import ProviderConfig
from variantlib.cpu.probes import Registers

DATA = Path(__file__).resolve().parents[1] / "data"

_NAMES = (
    "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm jscvt fcma lrcpc"
    " dcpop sha3 sm3 sm4 asimddp sha512 sve asimdfhm dit uscat ilrcpc flagm ssbs sb paca pacg"
)
#: The names of /proc/cpuinfo for bits 0 to 31 of AT_HWCAP on arm64 (arch/arm64/kernel/cpuinfo.c).
HWCAP_NAMES = _NAMES.split()


@frozen
class X86Dump:
    """What tools/record_cpu.py recorded on an x86-64 machine."""

    registers: dict[tuple[int, int], Registers]
    xcr0: int | None
    hwcap2: int


def read_json(path: str) -> Any:
    return json.loads((DATA / path).read_text(encoding="utf-8"))


def x86_dump(name: str) -> X86Dump:
    data = read_json(f"cpuid/{name}.json")
    registers = {}
    for key, values in data["cpuid"].items():
        leaf, _, subleaf = key.partition(".")
        eax, ebx, ecx, edx = (int(value, 16) for value in values.split())
        registers[int(leaf, 16), int(subleaf)] = Registers((eax, ebx, ecx, edx))
    xcr0 = None if data["xcr0"] is None else int(data["xcr0"], 16)
    return X86Dump(registers, xcr0, int(data["hwcap2"], 16))


def hwcap_of(features: str) -> int:
    """AT_HWCAP from the ``Features`` line of /proc/cpuinfo; later words belong to AT_HWCAP2."""
    words = features.split()
    return sum(1 << bit for bit, name in enumerate(HWCAP_NAMES) if name in words)


def values_of(config: ProviderConfig | None, key: str) -> list[str]:
    """The values of a key; none if the key is not offered."""
    assert config is not None
    return next((entry.values for entry in config.configs if entry.key == key), [])
