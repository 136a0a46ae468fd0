"""What NVIDIA's driver library says (``libcuda.so.1``, ``nvcuda.dll``): the CUDA version that it supports, its GPUs.

The driver library is asked and not NVML, because it is what CUDA programs are started with. It counts the GPUs that
programs see: those that ``CUDA_VISIBLE_DEVICES`` leaves, those of the container, and slices of a GPU (MIG).

Source: CUDA Driver API, "Initialization", "Version Management", "Device Management".
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import NamedTuple

__all__ = ["CudaDriver", "CudaDriverError", "read_driver"]

#: Where the library is. The second place is that of the Windows Subsystem for Linux.
_LIBRARIES = ("nvcuda.dll",) if sys.platform == "win32" else ("libcuda.so.1", "/usr/lib/wsl/lib/libcuda.so.1")

_SUCCESS, _NO_DEVICE, _STUB_LIBRARY = 0, 100, 34
_MAJOR, _MINOR = 75, 76  # CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR

#: What the codes mean that a user can do something about.
_CAUSES = {
    101: "CUDA_VISIBLE_DEVICES names a GPU twice, or one that cannot be used",
    802: "the GPUs are not ready yet, such as before nvidia-fabricmanager has started",
    803: "the kernel's part of the driver has another version than its libraries: restart the machine, or leave "
    "CUDA's compatibility libraries out of LD_LIBRARY_PATH",
    804: "the libraries are too new for this GPU's driver (forward compatibility is for data centre GPUs)",
}


class CudaDriverError(RuntimeError):
    """The driver library is there and cannot be used: CUDA programs cannot run either."""


class CudaDriver(NamedTuple):
    """A driver that works.

    Attributes:
        version: the newest CUDA version that it supports, (major, minor).
        capabilities: the compute capability of each GPU that programs see, (major, minor).
    """

    version: tuple[int, int]
    capabilities: list[tuple[int, int]]


def read_driver() -> CudaDriver | None:
    """Ask the driver; None where there is no driver, or none of its GPUs may be used.

    Raises:
        CudaDriverError: the driver does not work.
    """
    library = _load()
    if library is None:
        return None
    code = library.cuInit(0)
    if code in (_NO_DEVICE, _STUB_LIBRARY):
        return None
    _check("cuInit", code)
    version, count = ctypes.c_int(), ctypes.c_int()
    _check("cuDriverGetVersion", library.cuDriverGetVersion(ctypes.byref(version)))
    _check("cuDeviceGetCount", library.cuDeviceGetCount(ctypes.byref(count)))
    capabilities = [_read_capability(library, number) for number in range(count.value)]
    return CudaDriver((version.value // 1000, version.value % 1000 // 10), capabilities) if capabilities else None


def _load() -> ctypes.CDLL | None:
    for name in _LIBRARIES:
        try:
            library = ctypes.CDLL(name)
        except OSError as error:
            if not _is_missing(name, str(error)):
                raise CudaDriverError(f"the driver library cannot be loaded: {error}") from error
            continue
        if hasattr(library, "cuInit"):
            return library
    return None


def _is_missing(name: str, error: str) -> bool:
    """Whether the library itself is not there, by the words of glibc, musl and Windows; not one that it needs."""
    said = error.partition("(needed by")[0]  # as musl says it
    return name in said and ("No such file" in said or "Could not find module" in said)


def _read_capability(library: ctypes.CDLL, number: int) -> tuple[int, int]:
    device, major, minor = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    _check("cuDeviceGet", library.cuDeviceGet(ctypes.byref(device), number))
    for attribute, value in ((_MAJOR, major), (_MINOR, minor)):
        _check("cuDeviceGetAttribute", library.cuDeviceGetAttribute(ctypes.byref(value), attribute, device))
    return major.value, minor.value


def _check(function: str, code: int) -> None:
    if code == _SUCCESS:
        return
    cause = _CAUSES.get(code)
    if cause is None and sys.platform.startswith("linux") and not os.path.exists("/dev/nvidiactl"):
        cause = "the device files /dev/nvidia* are missing: 'nvidia-smi' or 'nvidia-modprobe' makes them"
    raise CudaDriverError(f"NVIDIA's driver does not work ({function} answered {code}{f': {cause}' if cause else ''})")
