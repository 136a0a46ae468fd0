"""The level or version that must be detected on each emulated CPU."""

from __future__ import annotations

#: qemu's ``-cpu`` → (level, whether AVX2 may be used).
X86_MODELS: dict[str, tuple[str, bool]] = {
    "qemu64": ("v1", False),
    "kvm64": ("v1", False),
    "core2duo": ("v1", False),
    "Nehalem": ("v2", False),
    "Westmere": ("v2", False),
    "SandyBridge": ("v2", False),
    "IvyBridge": ("v2", False),
    "Haswell": ("v3", True),
    "Skylake-Client": ("v3", True),
    "EPYC": ("v3", True),
    "max": ("v3", True),
    "Haswell,-avx2": ("v2", False),
    "Haswell,-fma": ("v2", True),
    "Haswell,-movbe": ("v2", True),
    "Haswell,-bmi2": ("v2", True),
    "Haswell,-abm": ("v2", True),
    "Haswell,-xsave": ("v2", False),
}

#: qemu's ``-cpu`` → the versions that may be detected. qemu 7.2 emulates neither LSE2 nor DIT: its max is an 8.3.
ARM_MODELS: dict[str, frozenset[str]] = {
    "cortex-a53": frozenset({"8a"}),
    "cortex-a72": frozenset({"8a"}),
    "cortex-a76": frozenset({"8.2a"}),
    "neoverse-n1": frozenset({"8.2a"}),
    "max": frozenset({"8.3a", "8.4a"}),
}

X86_LEVELS = ["v4", "v3", "v2", "v1"]
ARM_VERSIONS = ["8.4a", "8.3a", "8.2a", "8.1a", "8a"]
