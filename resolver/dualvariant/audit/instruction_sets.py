"""The names of instruction sets: iced-x86's, and those of properties such as ``x86_64 :: avx2 :: on``."""

from __future__ import annotations

__all__ = ["find_feature"]

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


def find_feature(iced: str) -> str | None:
    """Our name for an instruction set of iced-x86; None for one that every x86-64 processor has.

    An instruction set that the tables do not have keeps its name in lower case, and so is in no level.
    """
    return None if iced in _EVERYWHERE else _NAMES.get(iced, iced.lower())
