"""Probes for the features of an x86-64 host, best source first; each returns None where it cannot ask.

``/proc/cpuinfo`` is none of them on purpose: under user-mode emulation it shows the machine underneath.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Collection, Mapping

from variantlib.cpu import probes
from variantlib.cpu.probes import Registers
from variantlib.cpu.tables import load_x86_64

__all__ = [
    "PROBES",
    "detect",
    "features_from",
    "from_flags",
    "from_instructions",
    "from_loader",
    "from_loader_help",
    "from_py_cpuinfo",
    "from_sysctl",
]

LOADER = "/lib64/ld-linux-x86-64.so.2"  # where the psABI puts it; musl and the BSDs have none there
LOADER_LIMIT_S = 5.0


def features_from(registers: Mapping[tuple[int, int], Registers], xcr0: int | None, hwcap2: int) -> frozenset[str]:
    """The features that processor and operating system offer together.

    Args:
        registers: what CPUID answered, by leaf and subleaf; a missing leaf reports nothing.
        xcr0: what XGETBV answered, or None where the operating system has not set OSXSAVE.
        hwcap2: AT_HWCAP2.
    """
    known = load_x86_64()
    states = [state.name for state in known.states.values() if state.is_enabled(xcr0, hwcap2)]
    names = [feature.name for feature in known.features if feature.in_registers(registers)]
    return known.usable(names, states)


def from_instructions() -> frozenset[str] | None:
    """CPUID and XGETBV, in microseconds; None off Linux and where executable memory is forbidden."""
    registers: dict[tuple[int, int], Registers] = {}
    for leaf, subleaf in load_x86_64().leaves():
        answer = probes.cpuid(leaf, subleaf)
        if answer is None:
            return None
        registers[leaf, subleaf] = answer
    _, hwcap2 = probes.hwcap() or (0, 0)
    return features_from(registers, probes.xgetbv(), hwcap2)


def from_loader() -> frozenset[str] | None:
    """What glibc's dynamic loader found (2.33 and later): the level, so the features of the level and no others."""
    import subprocess

    try:
        done = subprocess.run(
            [LOADER, "--help"],
            env={},  # GLIBC_TUNABLES can hide features
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LOADER_LIMIT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return from_loader_help(done.stdout)


def from_loader_help(text: str) -> frozenset[str] | None:
    """The features of the highest level that ``ld.so --help`` calls supported; None if it lists no levels."""
    if not re.search(r"^\s+x86-64-v2\b", text, re.MULTILINE):
        return None
    supported = set(re.findall(r"^\s+x86-64-(v\d+) \(supported\b", text, re.MULTILINE))
    levels = load_x86_64().levels
    best = next((level.value for level in levels if level.value in supported), levels[-1].value)
    return load_x86_64().of_level(best)


def from_sysctl() -> frozenset[str] | None:
    """What the macOS kernel reports; None off macOS. AVX-512 is not offered there (:func:`from_flags`)."""
    words = [probes.sysctl(f"machdep.cpu.{name}") for name in ("features", "leaf7_features", "extfeatures")]
    flags = b" ".join(word.rstrip(b"\0") for word in words if word).decode("ascii", "replace").split()
    return from_flags(flags, "Darwin") if flags else None


def from_py_cpuinfo() -> frozenset[str] | None:
    """What py-cpuinfo collects from the system's own tools: Windows and the rest. It takes a second."""
    try:
        import cpuinfo  # type: ignore[import-untyped]

        flags = cpuinfo.get_cpu_info().get("flags")
    except Exception:  # it raises plain Exception on a system that it does not know
        return None
    return from_flags(flags, platform.system()) if flags else None


def from_flags(flags: Collection[str], system: str) -> frozenset[str]:
    """The features behind py-cpuinfo's flags, as far as they prove that the operating system supports them too.

    Linux hides the flags of a state that it has not switched on. Elsewhere ``osxsave`` shows the YMM state, and
    no flag shows the ZMM state: AVX-512 is not offered there.

    Args:
        flags: as in ``cpuinfo.get_cpu_info()["flags"]``.
        system: as ``platform.system()`` names it.
    """
    known, lower = load_x86_64(), {flag.lower() for flag in flags}
    names = [f.name for f in known.features if f.name in lower or f.aliases & lower]
    if system == "Linux":
        _, hwcap2 = probes.hwcap() or (0, 0)
        states = {"xsave", "ymm", "zmm"}
        states |= {s.name for s in known.states.values() if s.xcr0 is None and s.is_enabled(0, hwcap2)}
    else:
        states = {"xsave", "ymm"} if "osxsave" in lower else set()
    return known.usable(names, states) | baseline()


def baseline() -> frozenset[str]:
    """What every x86-64 processor has."""
    return load_x86_64().of_level(load_x86_64().levels[-1].value)


#: Tried in this order; the last one always answers.
PROBES: tuple[Callable[[], frozenset[str] | None], ...] = (
    from_instructions,
    from_loader,
    from_sysctl,
    from_py_cpuinfo,
    baseline,
)


def detect() -> frozenset[str]:
    """The answer of the first probe that has one."""
    answers = (probe() for probe in PROBES)
    return next(answer for answer in answers if answer is not None)
