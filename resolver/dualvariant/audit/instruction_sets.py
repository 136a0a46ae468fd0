"""Which instruction sets a label allows, in the words of the properties ``x86_64 :: level`` and ``x86_64 :: avx2``.

A provider knows how to *detect* an instruction set, and may be anybody's; an audit *recognises* one in machine code,
and must judge wheels of providers that are not installed. So the levels stand here once more, as the psABI defines
them, and what implies what; a test compares both with the table of the built-in provider.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["LEVELS", "NO_INSTRUCTIONS", "allowed_by", "feature_of", "level_of"]

#: What each level adds to the one before (System V psABI for x86-64, 3.1.1).
LEVELS = {
    "v1": frozenset[str](),
    "v2": frozenset({"cx16", "lahf_lm", "popcnt", "sse3", "sse4_1", "sse4_2", "ssse3"}),
    "v3": frozenset({"avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"}),
    "v4": frozenset({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}),
}

#: What a compiler may use as well where it may use the first.
IMPLIED = {
    "avx_vnni": ("avx2",),
    "avx512_bf16": ("avx512bw",),
    "avx512_bitalg": ("avx512bw",),
    "avx512_vbmi2": ("avx512bw",),
    "avx512_vnni": ("avx512f",),
    "avx512_vp2intersect": ("avx512f", "avx512dq"),
    "avx512_vpopcntdq": ("avx512f",),
    "avx512ifma": ("avx512f",),
    "avx512vbmi": ("avx512bw",),
    "vaes": ("avx2", "aes"),
    "vpclmulqdq": ("avx", "pclmulqdq"),
    "avx512bw": ("avx512f",),
    "avx512cd": ("avx512f",),
    "avx512dq": ("avx512f",),
    "avx512f": ("avx2", "f16c", "fma"),
    "avx512vl": ("avx512f",),
    "xsavec": ("xsave",),
    "xsaveopt": ("xsave",),
    "avx2": ("avx",),
    "avx": ("xsave", "sse4_2", "popcnt"),
    "abm": ("popcnt",),
    "f16c": ("avx",),
    "fma": ("avx",),
    "sse4a": ("sse3",),
    "sse4_2": ("sse4_1", "popcnt"),
    "sse4_1": ("ssse3",),
    "ssse3": ("sse3",),
}

#: Properties of the provider that are no instructions for programs: nothing in a wheel can show them.
NO_INSTRUCTIONS = frozenset({"cppc", "ibrs_enhanced", "tsc_adjust", "flush_l1d"})

#: iced-x86's names where they are not ours in capitals.
_NAMES = {
    "LZCNT": "abm",
    "CMPXCHG16B": "cx16",
    "SHA": "sha_ni",
    "AVX512_IFMA": "avx512ifma",
    "AVX512_VBMI": "avx512vbmi",
}

# Every x86-64 processor has them, or takes them for nothing (CET, MPX, prefetches), or only an operating system can
# use them. RDTSCP is in no level, and in every processor since 2008.
_EVERYWHERE = frozenset(
    {
        "INTEL8086", "INTEL8086_ONLY", "INTEL186", "INTEL286", "INTEL286_ONLY", "INTEL386", "INTEL386_ONLY",
        "INTEL386_A0_ONLY", "INTEL486", "INTEL486_A_ONLY", "X64", "FPU", "FPU287", "FPU287XL_ONLY", "FPU387",
        "FPU387SL_ONLY", "CMOV", "CX8", "MMX", "SSE", "SSE2", "FXSR", "TSC", "RDTSCP", "MSR", "SYSCALL",
        "SEP", "CLFSH", "PAUSE", "MULTIBYTENOP", "CET_IBT", "CET_SS", "MPX", "RDPMC", "CPUID", "PREFETCHW",
        "PREFETCHWT1", "PREFETCHITI", "CLDEMOTE", "MONITOR", "SMM", "SMX", "VMX", "INVEPT", "INVVPID",
        "INVPCID", "SVM", "SKINIT", "SKINIT_OR_SVM", "SEV_ES", "SEV_SNP", "SMAP", "TDX", "XSAVES", "FRED",
        "LKGS", "WRMSRNS", "MSRLIST", "WBNOINVD", "INVLPGB", "RMPQUERY", "PCONFIG", "HRESET",
    }
)  # fmt: skip


def feature_of(iced: str) -> str | None:
    """Our name for an instruction set of iced-x86; None for one that every x86-64 processor has.

    One that nobody here has heard of keeps its name, and so is in no level.
    """
    return None if iced in _EVERYWHERE else _NAMES.get(iced, iced.lower())


def _closed(features: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(features)
    while waiting:
        feature = waiting.pop()
        if feature not in found:
            found.add(feature)
            waiting += IMPLIED.get(feature, ())
    return frozenset(found)


def allowed_by(key: str, value: str) -> frozenset[str]:
    """The instruction sets above the baseline that ``x86_64 :: key :: value`` allows."""
    if key != "level":
        return _closed([key]) if value == "on" else frozenset()
    names = list(LEVELS)
    if value not in names:
        return frozenset()
    return _closed(feature for name in names[: names.index(value) + 1] for feature in LEVELS[name])


def level_of(features: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """The lowest level that covers these instruction sets, and those of them that no level has."""
    left = set(features)
    found = "v1"
    for level, added in LEVELS.items():
        if left & added:
            found = level
        left -= added
    return found, tuple(sorted(left))
