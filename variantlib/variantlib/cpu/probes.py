"""Probes of this host's CPU: CPUID and XGETBV on x86-64, HWCAP elsewhere on Linux, sysctl on macOS.

This is the impure corner of variantlib: everything else in the package is a function of its arguments.

An emulator that runs one process leaves ``/proc/cpuinfo`` as it is, so that file describes the machine underneath; the
instructions describe the emulated CPU. Every function returns None where it cannot ask, and never guesses. The module
imports nothing heavy, because :func:`identity` runs at every start to key a cache.

Sources: Intel SDM volume 2A (CPUID, XGETBV), AMD APM volume 3 appendix E, getauxval(3), Linux ``asm/hwcap.h``.
"""

from __future__ import annotations

import os
import sys

__all__ = ["IDENTITY_LEAVES", "Registers", "cpuid", "hwcap", "identity", "sysctl", "xgetbv"]

AT_HWCAP, AT_HWCAP2 = 16, 26
PROT_READ, PROT_WRITE, PROT_EXEC = 1, 2, 4
MAP_PRIVATE, MAP_ANONYMOUS = 0x02, 0x20
MFD_CLOEXEC, MFD_NOEXEC_SEAL = 0x01, 0x08
OSXSAVE = 1 << 27  # CPUID.1:ECX
XGETBV_1 = 1 << 2  # CPUID.(D,1):EAX, XGETBV with ECX = 1
ALL = 0xFFFF_FFFF

#: (leaf, subleaf) → masks for EAX, EBX, ECX, EDX that keep what describes the processor and drop what differs from
#: core to core or from call to call (APIC ids in leaf 1, sizes that follow the current XCR0 in leaf D).
IDENTITY_LEAVES: dict[tuple[int, int], tuple[int, int, int, int]] = {
    (0x0, 0): (ALL, ALL, ALL, ALL),
    (0x1, 0): (ALL, 0x0000_FF00, ALL, ALL),
    (0x7, 0): (ALL, ALL, ALL, ALL),
    (0x7, 1): (ALL, ALL, ALL, ALL),
    (0xD, 0): (ALL, 0, 0, ALL),
    (0xD, 1): (ALL, 0, 0, 0),
    (0x8000_0001, 0): (ALL, 0, ALL, ALL),
    (0x8000_0002, 0): (ALL, ALL, ALL, ALL),
    (0x8000_0003, 0): (ALL, ALL, ALL, ALL),
    (0x8000_0004, 0): (ALL, ALL, ALL, ALL),
    (0x8000_0008, 0): (0, ALL, 0, 0),
    (0x8000_0021, 0): (ALL, 0, 0, 0),
}

# endbr64; push rbx; mov r8,rdx; mov eax,edi; mov ecx,esi; cpuid;
# mov [r8],eax; mov [r8+4],ebx; mov [r8+8],ecx; mov [r8+12],edx; pop rbx; ret
_CPUID = bytes.fromhex("f30f1efa 53 4989d0 89f8 89f1 0fa2 418900 41895804 41894808 4189500c 5b c3")
# endbr64; mov ecx,edi; xgetbv; shl rdx,32; or rax,rdx; ret
_XGETBV = bytes.fromhex("f30f1efa 89f9 0f01d0 48c1e220 4809d0 c3")
_XGETBV_AT = 64
_CODE = _CPUID.ljust(_XGETBV_AT, b"\xcc") + _XGETBV

TYPE_CHECKING = False  # the typing module costs more to import than all of this one
if TYPE_CHECKING:
    import ctypes
    from collections.abc import Callable


class Registers(tuple[int, int, int, int]):
    """What CPUID left in EAX, EBX, ECX and EDX, in this order."""

    __slots__ = ()

    @property
    def eax(self) -> int:
        return self[0]

    @property
    def ebx(self) -> int:
        return self[1]

    @property
    def ecx(self) -> int:
        return self[2]

    @property
    def edx(self) -> int:
        return self[3]


def cpuid(leaf: int, subleaf: int = 0) -> Registers | None:
    """What CPUID answers for a leaf; all zero for a leaf above the processor's highest one.

    Intel processors answer such a leaf with the data of another, so the highest is always compared first.

    Args:
        leaf: EAX, e.g. ``7`` or ``0x80000001``.
        subleaf: ECX.

    Returns:
        None off x86-64 Linux and where no code can be mapped executable.
    """
    native = _native()
    if native is None:
        return None
    return native.cpuid(leaf, subleaf) if native.has(leaf) else Registers((0, 0, 0, 0))


def xgetbv(index: int = 0) -> int | None:
    """The extended control register: with index 0 XCR0, the state that the operating system saves and restores.

    Args:
        index: 0, or 1 for the part of it that is in use at this moment.

    Returns:
        None where CPUID cannot be asked, the operating system has not set OSXSAVE, or the processor does not know the
        index: the instruction itself would end the process there.
    """
    native = _native()
    if native is None or not native.cpuid(1, 0).ecx & OSXSAVE:
        return None
    if index == 0 or (index == 1 and native.has(0xD) and native.cpuid(0xD, 1).eax & XGETBV_1):
        return native.xgetbv(index)
    return None


def hwcap() -> tuple[int, int] | None:
    """AT_HWCAP and AT_HWCAP2 as the kernel gave them to this process: the instruction sets of an Arm CPU.

    On x86-64 only the second is the kernel's (FSGSBASE, RING3MWAIT); glibc replaces the first by a value of its own.

    Returns:
        None off Linux and in a 32-bit process, where the bits mean something else.
    """
    if not _is_64_bit_linux():
        return None
    try:
        import ctypes

        getauxval = ctypes.CDLL(None).getauxval
    except (ImportError, OSError, AttributeError, MemoryError):
        return None
    getauxval.restype, getauxval.argtypes = ctypes.c_ulong, [ctypes.c_ulong]
    return int(getauxval(AT_HWCAP)), int(getauxval(AT_HWCAP2))


def sysctl(name: str) -> bytes | None:
    """The raw value that the macOS kernel keeps under a name, such as ``hw.optional.arm.FEAT_LSE``.

    Returns:
        None off macOS and for a name that this kernel does not know.
    """
    if _system() != "darwin":
        return None
    try:
        import ctypes

        sysctlbyname = ctypes.CDLL(None).sysctlbyname
    except (ImportError, OSError, AttributeError, MemoryError):
        return None
    buffer = ctypes.create_string_buffer(4096)
    size = ctypes.c_size_t(len(buffer))
    if sysctlbyname(name.encode(), buffer, ctypes.byref(size), None, ctypes.c_size_t(0)) != 0:
        return None
    return buffer.raw[: size.value]


def identity() -> bytes:
    """Bytes that change when the processor does, or what the operating system lets programs use of it.

    They are the same on every core and in every process: CPUID without its per-core fields, and XCR0; HWCAP; on macOS
    the processor's names and feature lists; else the machine's name, and on Linux the first processor in
    ``/proc/cpuinfo``.
    """
    for source in (_cpuid_identity, _hwcap_identity, _sysctl_identity):
        answer = source()
        if answer is not None:
            return answer
    return _platform_identity()


def _cpuid_identity() -> bytes | None:
    native = _native()
    if native is None:
        return None
    parts = [b"cpuid"]
    for (leaf, subleaf), masks in IDENTITY_LEAVES.items():
        if native.has(leaf):
            for register, mask in zip(native.cpuid(leaf, subleaf), masks, strict=True):
                parts.append((register & mask).to_bytes(4, "little"))
    parts.append((xgetbv() or 0).to_bytes(8, "little"))
    parts.append((hwcap() or (0, 0))[1].to_bytes(8, "little"))
    return b"".join(parts)


def _hwcap_identity() -> bytes | None:
    if _machine() in ("x86_64", "AMD64"):
        return None  # AT_HWCAP says nothing about an x86-64 processor
    words = hwcap()
    if words is None:
        return None
    return b"hwcap" + _machine().encode() + b"".join(word.to_bytes(8, "little") for word in words)


def _sysctl_identity() -> bytes | None:
    names = ("machdep.cpu.brand_string", "machdep.cpu.features", "machdep.cpu.leaf7_features")
    values = [sysctl(name) for name in (*names, "hw.cpufamily", "hw.cpusubfamily")]
    if not any(values):
        return None
    return b"\0".join([b"sysctl", _machine().encode(), *(value or b"" for value in values)])


def _platform_identity() -> bytes:
    parts = [_machine(), os.environ.get("PROCESSOR_IDENTIFIER", "")]
    if _system() == "linux":
        import contextlib

        same_on_all_cores = ("vendor_id", "cpu family", "model", "model name", "stepping", "flags", "Features")
        with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123
            for line in file:
                if not line.strip():
                    break
                if line.partition(":")[0].strip() in same_on_all_cores:
                    parts.append(line.strip())
    return "\0".join(["platform", *parts]).encode()


def _system() -> str:
    return sys.platform


def _machine() -> str:
    if hasattr(os, "uname"):
        return str(os.uname().machine)
    return os.environ.get("PROCESSOR_ARCHITEW6432") or os.environ.get("PROCESSOR_ARCHITECTURE", "")


def _is_64_bit_linux() -> bool:
    return _system() == "linux" and sys.maxsize > 2**32


class _Native:
    """CPUID and XGETBV as two functions in one executable page, mapped as long as the process lives."""

    def __init__(self, address: int) -> None:
        import ctypes

        word = ctypes.c_uint32
        self._out = word * 4
        self._cpuid: Callable[..., None] = ctypes.CFUNCTYPE(None, word, word, self._out)(address)
        self._xgetbv: Callable[[int], int] = ctypes.CFUNCTYPE(ctypes.c_uint64, word)(address + _XGETBV_AT)
        self._highest = {first: self.cpuid(first, 0).eax for first in (0x0, 0x8000_0000)}

    def has(self, leaf: int) -> bool:
        """Whether the processor knows the leaf, by the highest one of the leaf's range."""
        return leaf <= self._highest.get(leaf & 0xFFFF_0000, -1)

    def cpuid(self, leaf: int, subleaf: int) -> Registers:
        out = self._out()
        self._cpuid(leaf, subleaf, out)
        return Registers(out)

    def xgetbv(self, index: int) -> int:
        return self._xgetbv(index)


#: The one mapping of this process, or None where it could not be made; empty before the first question.
_native_cache: list[_Native | None] = []


def _native() -> _Native | None:
    if not _native_cache:
        _native_cache.append(_make_native())
    return _native_cache[0]


def _make_native() -> _Native | None:
    if not (_is_64_bit_linux() and _machine() == "x86_64"):
        return None
    try:
        import ctypes

        libc = ctypes.CDLL(None)
        for mapper in _MAPPERS:
            address = mapper(libc)
            if address is not None:
                return _Native(address)
    except (ImportError, OSError, AttributeError, MemoryError):
        pass
    return None


def _map_memfd(libc: ctypes.CDLL) -> int | None:
    """A mapping of an anonymous file: never writable and executable, which hardened systems refuse."""
    memfd_create = getattr(os, "memfd_create", None)  # Python may have been built without it
    if memfd_create is None:
        return None
    for flags in (MFD_CLOEXEC | MFD_NOEXEC_SEAL, MFD_CLOEXEC):  # kernels before 6.3 know only the second
        try:
            fd = memfd_create("cpuid", flags)
        except OSError:
            continue
        try:
            return _map_file(libc, fd)
        finally:
            os.close(fd)
    return None


def _map_temporary_file(libc: ctypes.CDLL) -> int | None:
    """A mapping of an unlinked file, where memfd is filtered; a temporary folder mounted noexec refuses it."""
    import tempfile

    try:
        with tempfile.TemporaryFile() as file:
            return _map_file(libc, file.fileno())
    except OSError:
        return None


def _map_anonymous(libc: ctypes.CDLL) -> int | None:
    """Memory that is written first and made executable after."""
    import ctypes

    address = _mmap(libc, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1)
    if address is None:
        return None
    ctypes.memmove(address, _CODE, len(_CODE))
    pointer, size = ctypes.c_void_p(address), ctypes.c_size_t(len(_CODE))
    if libc.mprotect(pointer, size, PROT_READ | PROT_EXEC) == 0:
        return address
    libc.munmap(pointer, size)
    return None


_MAPPERS = (_map_memfd, _map_temporary_file, _map_anonymous)


def _map_file(libc: ctypes.CDLL, fd: int) -> int | None:
    if os.write(fd, _CODE) != len(_CODE):
        return None  # no room: running half of it would end the process
    return _mmap(libc, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd)


def _mmap(libc: ctypes.CDLL, protection: int, flags: int, fd: int) -> int | None:
    import ctypes

    mmap = libc.mmap
    mmap.restype = ctypes.c_void_p
    mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    address = mmap(None, len(_CODE), protection, flags, fd, 0)
    failed = ctypes.c_void_p(-1).value
    return None if address in (None, failed) else int(address)
