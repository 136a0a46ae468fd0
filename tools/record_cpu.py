"""Record what this processor and operating system say of themselves, as JSON for tests/data/cpuid.

    python tools/record_cpu.py "what machine this is" >tests/data/cpuid/NAME.json

Per-core fields are masked, as in variantlib.cpu.probes.identity(). Under an emulator, the emulated CPU is recorded.
"""

from __future__ import annotations

import json
import platform
import sys

from variantlib.cpu import probes as cpu


def record(machine: str) -> dict[str, object]:
    """EAX, EBX, ECX, EDX by leaf, XCR0 (null without OSXSAVE) and HWCAP2 on x86-64; HWCAP and HWCAP2 elsewhere."""
    words = cpu.hwcap()
    dump: dict[str, object] = {"machine": machine, "architecture": platform.machine()}
    if platform.machine() == "x86_64":
        leaves: dict[str, str] = {}
        for (leaf, subleaf), masks in cpu.IDENTITY_LEAVES.items():
            registers = cpu.cpuid(leaf, subleaf)
            if registers is None:
                raise SystemExit("record_cpu: this process may not map executable memory")
            pairs = zip(registers, masks, strict=True)
            leaves[f"{leaf:#x}.{subleaf}"] = " ".join(f"{value & mask:08x}" for value, mask in pairs)
        xcr0 = cpu.xgetbv()
        dump |= {"cpuid": leaves, "xcr0": None if xcr0 is None else f"{xcr0:#x}"}
    elif words is not None:
        dump |= {"hwcap": f"{words[0]:#x}"}
    return dump | {"hwcap2": f"{words[1] if words else 0:#x}"}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    json.dump(record(sys.argv[1]), sys.stdout, indent=1)
    print()
