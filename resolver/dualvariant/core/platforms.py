"""Platforms: every fact about one in a single value, and the functions that take platform strings apart.

A platform has a short name, such as ``linux_x86_64`` or ``macosx_arm64``. Declarations, jobs, logs and JSON use the
name; everything else that depends on the platform is an attribute of :class:`Platform`.

Sources: packaging.python.org, "Platform compatibility tags"; cibuildwheel, "Options" (``--platform``, ``--archs``);
GitHub, "GitHub-hosted runners"; GitLab, "Hosted runners".
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable
from typing import Literal, NamedTuple

from dualvariant.core.errors import UsageError, did_you_mean

__all__ = [
    "LINUX_PLATFORMS",
    "PLATFORMS",
    "PLATFORM_NAMES",
    "Platform",
    "find_host_platform",
    "find_oldest_libc_tag",
    "get_platform",
    "is_linux_tag",
    "is_tag_for_machine",
    "split_platform_tags",
]

Architecture = Literal["x86_64", "aarch64"]


class Platform(NamedTuple):
    """A platform that wheels can be built for.

    Args:
        name: the name in declarations; wheel tags of the platform start with its first part and end with its second.
        system: ``linux``, ``macos`` or ``windows``, as cibuildwheel's ``--platform`` has it.
        machine: the architecture as the platform's wheel tags spell it (``x86_64``, ``aarch64``, ``arm64``, ``amd64``).
        architecture: the architecture under one name on all systems.
        compiler: what providers call the compiler that is usual there.
        cibuildwheel_arch: the architecture as cibuildwheel's ``--archs`` has it.
        repair_tool: the program that copies the libraries a wheel needs into it.
        github_runner: a GitHub-hosted runner that builds for the platform natively.
        gitlab_runner: the tag of a GitLab-hosted runner for it.
    """

    name: str
    system: Literal["linux", "macos", "windows"]
    machine: str
    architecture: Architecture
    compiler: Literal["gcc", "clang", "msvc"]
    cibuildwheel_arch: str
    repair_tool: str
    github_runner: str
    gitlab_runner: str

    @property
    def is_linux(self) -> bool:
        """Whether its wheels can be built without cibuildwheel."""
        return self.system == "linux"

    @property
    def gnu_triplet(self) -> str:
        """The target of a Linux toolchain, as Debian and CPython spell it: ``aarch64-linux-gnu``."""
        return f"{self.machine}-linux-gnu"

    @property
    def sysconfig_name(self) -> str:
        """The platform as ``sysconfig.get_platform()`` spells it on Linux: ``linux-aarch64``."""
        return f"{self.system}-{self.machine}"

    def accepts_tag(self, tag: str) -> bool:
        """Whether a wheel's platform tag is for this platform.

        Args:
            tag: one tag, such as ``manylinux_2_28_x86_64``; macOS's ``universal2`` is for both of its architectures.
        """
        prefixes = {"linux": ("linux_", "manylinux", "musllinux"), "macos": ("macosx_",), "windows": ("win_",)}
        machines = (self.machine, "universal2") if self.system == "macos" else (self.machine,)
        return tag.startswith(prefixes[self.system]) and tag.endswith(tuple(f"_{machine}" for machine in machines))


PLATFORMS = (
    Platform(
        "linux_x86_64", "linux", "x86_64", "x86_64", "gcc", "x86_64",
        "auditwheel", "ubuntu-latest", "saas-linux-small-amd64",
    ),
    Platform(
        "linux_aarch64", "linux", "aarch64", "aarch64", "gcc", "aarch64",
        "auditwheel", "ubuntu-24.04-arm", "saas-linux-small-arm64",
    ),
    Platform(
        "macosx_x86_64", "macos", "x86_64", "x86_64", "clang", "x86_64",
        "delocate", "macos-13", "saas-macos-medium-m1",
    ),
    Platform(
        "macosx_arm64", "macos", "arm64", "aarch64", "clang", "arm64",
        "delocate", "macos-14", "saas-macos-medium-m1",
    ),
    Platform(
        "win_amd64", "windows", "amd64", "x86_64", "msvc", "AMD64",
        "delvewheel", "windows-latest", "saas-windows-medium-amd64",
    ),
    Platform(
        "win_arm64", "windows", "arm64", "aarch64", "msvc", "ARM64",
        "delvewheel", "windows-11-arm", "saas-windows-medium-amd64",
    ),
)  # fmt: skip

#: The names of all platforms, in the order in which they are listed.
PLATFORM_NAMES = tuple(each.name for each in PLATFORMS)

#: The names of the platforms that ``dualvariant build`` itself builds for.
LINUX_PLATFORMS = tuple(each.name for each in PLATFORMS if each.is_linux)

_BY_NAME = {each.name: each for each in PLATFORMS}

# What platform.machine() returns, by the architecture that it means.
_ARCHITECTURES: dict[str, Architecture] = {
    "x86_64": "x86_64",
    "amd64": "x86_64",
    "aarch64": "aarch64",
    "arm64": "aarch64",
}
_SYSTEMS = {"linux": "linux", "darwin": "macos", "win32": "windows"}


def get_platform(name: str) -> Platform:
    """The platform of this name.

    Raises:
        UsageError: no platform has that name.
    """
    if name not in _BY_NAME:
        raise UsageError(
            f"unknown platform: {name!r}", did_you_mean(name, PLATFORM_NAMES) or f"known: {', '.join(PLATFORM_NAMES)}"
        )
    return _BY_NAME[name]


def find_host_platform() -> str | None:
    """The name of the platform that the running Python is for; None if it is not one of :data:`PLATFORMS`."""
    architecture = _ARCHITECTURES.get(platform.machine().lower())
    system = _SYSTEMS.get(sys.platform)
    if sys.maxsize <= 2**32:
        return None
    found = (each for each in PLATFORMS if (each.system, each.architecture) == (system, architecture))
    return next((each.name for each in found), None)


def split_platform_tags(compressed: str) -> list[str]:
    """The platform tags of a wheel's file name, which a dot separates (PEP 425, compressed tag sets)."""
    return compressed.split(".")


def is_linux_tag(compressed: str) -> bool:
    """Whether a wheel's platform tag says ``linux_…``: it names neither a glibc nor a musl, so it is not repaired."""
    return compressed.startswith("linux_")


def is_tag_for_machine(tag: str, machine: str) -> bool:
    """Whether a wheel's platform tag is for a machine, by the name that ELF files give it (``x86_64``, ``armv7l``)."""
    spellings = {"i686": ("i686", "i386", "i586"), "armv7l": ("armv7l", "armv6l")}.get(machine, (machine,))
    return tag.endswith(tuple(f"_{spelling}" for spelling in spellings))


def find_oldest_libc_tag(tags: Iterable[str]) -> str:
    """The tag that states the oldest C library in digits (``manylinux_2_17_x86_64``); else the first tag.

    Source: PEP 600 and PEP 656; ``manylinux2014_…`` and its predecessors are aliases of such tags.
    """
    known = list(tags)
    numbered = [tag for tag in known if tag.startswith(("manylinux_", "musllinux_"))]

    def read_version(tag: str) -> tuple[int, ...]:
        return tuple(int(part) for part in tag.split("_")[1:3])

    return min(numbered, key=read_version) if numbered else known[0]
