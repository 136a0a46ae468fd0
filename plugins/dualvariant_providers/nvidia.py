"""The provider ``nvidia``: the CUDA versions that the driver supports, and the GPU code that its GPUs run.

Names and values are those of the plugin that uv knows, ``nvidia-variant-provider``, and so is their order:

``cuda_version_lower_bound``
    ``12.4``: the driver supports CUDA 12.4 or newer. A host with 12.6 says ``12.6``, ``12.5``, … ``12.0``, ``12``, and
    everything of the majors below.
``cuda_version_upper_bound``
    ``13``: the driver supports less than CUDA 13. A host with 12.6 says ``15.20``, … ``12.7``.
``sm_arch``
    ``90_real``: code for compute capability 9.0 runs here; ``90_virtual``: its intermediate form (PTX) does. The names
    are those of CMake's ``CUDA_ARCHITECTURES``. Several GPUs: what runs on all of them.

The environment variables of that plugin take the place of detection, on any machine:
``NV_VARIANT_PROVIDER_FORCE_CUDA_DRIVER_VERSION`` (``12.8``) and ``NV_VARIANT_PROVIDER_FORCE_SM_ARCH`` (``9.0``). So
does ``DUALVARIANT_HOST_NVIDIA``, which every provider has.

Source: nvidia-variant-provider, ``plugin.py``; CUDA C++ Programming Guide, "Binary Compatibility" and "PTX
Compatibility".
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

from dualvariant_providers import __version__
from dualvariant_providers._cuda_driver import read_driver
from variantlib.config import KeyConfig, ProviderConfig

__all__ = ["FORCE_ARCHITECTURE", "FORCE_VERSION", "NvidiaProvider", "config_of"]

NAME = "nvidia"
FORCE_VERSION = "NV_VARIANT_PROVIDER_FORCE_CUDA_DRIVER_VERSION"
FORCE_ARCHITECTURE = "NV_VARIANT_PROVIDER_FORCE_SM_ARCH"

LOWER, UPPER, ARCHITECTURE = "cuda_version_lower_bound", "cuda_version_upper_bound", "sm_arch"

#: The versions that can be named as bounds: a list of values has to end somewhere.
_MAJORS, _MINORS = range(11, 16), range(21)
#: The first compute capability whose code can be named.
_FIRST_CAPABILITY = (5, 0)

Pair = tuple[int, int]


class NvidiaProvider:
    """What the NVIDIA GPUs of this host run, by the driver library."""

    __provider_name__ = NAME
    __version__ = __version__
    __depends_on__ = (
        f"env:{FORCE_VERSION}",
        f"env:{FORCE_ARCHITECTURE}",
        "env:CUDA_VISIBLE_DEVICES",
        "env:NVIDIA_VISIBLE_DEVICES",
        "/sys/module/nvidia/version",
        "/dev/nvidiactl",
        "/dev/dxg",
        "lib:libcuda.so.1",
    )

    def run(self) -> ProviderConfig | None:
        """The versions and the GPU code; None without a driver, or without a GPU that may be used.

        Raises:
            CudaDriverError: the driver does not work.
            ValueError: a variable that forces something has another form than ``12.8``.
        """
        version, capability = _read_pair(FORCE_VERSION), _read_pair(FORCE_ARCHITECTURE)
        if version is not None:
            return config_of(version, [] if capability is None else [capability])
        driver = read_driver()
        if driver is None:
            return None
        return config_of(driver.version, driver.capabilities if capability is None else [capability])

    def build_flags(self, key: str, value: str, compiler: str) -> dict[str, list[str]] | None:
        """No flags: GPU code is made by nvcc, by what the project itself does with ``CUDAARCHS``.

        Returns:
            An empty dictionary for a bound of the version, which needs no flag; ``CUDAARCHS`` for ``sm_arch``, in the
            form that CMake takes; None for an unknown property.
        """
        if key in (LOWER, UPPER):
            return {} if re.fullmatch(r"\d+(\.\d+)?", value) else None
        match = re.fullmatch(r"(\d+)_(real|virtual)", value) if key == ARCHITECTURE else None
        return {"CUDAARCHS": [f"{match[1]}-{match[2]}"]} if match else None

    def why_not(self, key: str, value: str, supported: dict[str, list[str]]) -> str | None:
        """What is missing: ``the driver supports CUDA 12.2 and no newer one``."""
        newest = supported.get(LOWER, [None])[0]
        if newest is None:
            return None
        if key == LOWER:
            return f"the driver supports CUDA {newest} and no newer one"
        if key == UPPER:
            return f"the driver supports CUDA {newest}, which is not below {value}"
        return f"the GPUs run code for {', '.join(supported[key])}" if supported.get(key) else None


def config_of(version: Pair, capabilities: Sequence[Pair]) -> ProviderConfig | None:
    """The provider's answer for a driver and its GPUs.

    Args:
        version: the newest CUDA version that the driver supports, (major, minor).
        capabilities: the compute capability of each GPU, (major, minor).
    """
    if not (_MAJORS[0], _MINORS[0]) <= version <= (_MAJORS[-1], _MINORS[-1]):
        return None
    keys: Mapping[str, list[str]] = {
        LOWER: [text for bound, text in _bounds() if bound <= version],
        UPPER: [text for bound, text in _bounds() if bound > version],
        ARCHITECTURE: _find_common_architectures(capabilities),
    }
    return ProviderConfig(NAME, [KeyConfig(key, values) for key, values in keys.items() if values])


def _bounds() -> list[tuple[Pair, str]]:
    """Every version that can be named, newest first; ``12`` is 12.0, and comes after it."""
    found = []
    for major in reversed(_MAJORS):
        found += [((major, minor), f"{major}.{minor}") for minor in reversed(_MINORS)]
        found.append(((major, 0), str(major)))
    return found


def _find_common_architectures(capabilities: Sequence[Pair]) -> list[str]:
    """What the named architectures of the GPUs have in common, as far as each GPU runs it."""
    offered = dict.fromkeys(name for one in sorted(capabilities, reverse=True) for name in _name_architectures(one))
    return [name for name in offered if all(_runs(one, name) for one in capabilities)]


def _name_architectures(capability: Pair) -> list[str]:
    """The architectures that nvidia-variant-provider names for one GPU, best first."""
    if capability < _FIRST_CAPABILITY:
        return []
    major, minor = capability
    return [*(f"{major}{lower}_real" for lower in range(minor, -1, -1)), f"{major}0_virtual"]


def _runs(capability: Pair, name: str) -> bool:
    """Whether a GPU runs an architecture's code: the same major and no higher minor; PTX of every older one."""
    digits, _, kind = name.partition("_")
    needed = int(digits[:-1]), int(digits[-1])
    return needed <= capability and (kind == "virtual" or needed[0] == capability[0])


def _read_pair(variable: str) -> Pair | None:
    text = os.environ.get(variable, "")
    if not text:
        return None
    match = re.fullmatch(r"(\d{1,3})(?:\.(\d{1,3}))?", text)
    if match is None:
        raise ValueError(f"{variable} must be a version, as in 12.8: {text!r}")
    return int(match[1]), int(match[2] or 0)
