"""Wheels for another machine or Python than the target's own: pip's ``--platform`` and the options beside it.

Source: ``TargetPython`` and ``utils.compatibility_tags`` of pip 26.3, with which a test compares the tags.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from packaging.tags import (
    INTERPRETER_SHORT_NAMES,
    Tag,
    android_platforms,
    compatible_tags,
    cpython_tags,
    generic_tags,
    ios_platforms,
    mac_platforms,
)

from dualvariant.core.errors import UsageError
from dualvariant.target.interpreter import Interpreter

__all__ = ["OTHER_MACHINE_KEYS", "OtherMachine"]

#: The settings of pip that say for which machine and Python wheels are collected.
OTHER_MACHINE_KEYS = ("platform", "python-version", "implementation", "abi")

_APPLE = re.compile(r"(.+)_(\d+)_(\d+)_(.+)")
_ANDROID = re.compile(r"android_(\d+)_(.+)")
#: The older names of the platforms whose wheels run on those with the newer name too (PEP 571, PEP 599).
_OLDER_MANYLINUX = {"manylinux2014": ("manylinux2010", "manylinux1"), "manylinux2010": ("manylinux1",)}


class OtherMachine(NamedTuple):
    """What wheels are for, as far as it is not the target interpreter that says so.

    Args:
        platforms: platform tags, such as ``manylinux2014_aarch64``.
        version: the Python version: one, two or three numbers.
        implementation: its short name, such as ``cp``.
        abis: ABI tags.
    """

    platforms: tuple[str, ...] = ()
    version: tuple[int, ...] = ()
    implementation: str | None = None
    abis: tuple[str, ...] = ()

    @classmethod
    def from_settings(cls, values: Mapping[str, str]) -> OtherMachine | None:
        """What pip's settings say, by the names of its options; None if they say nothing.

        Raises:
            UsageError: ``python-version`` is no version.
        """
        if not any(values.get(key) for key in OTHER_MACHINE_KEYS):
            return None
        return cls(
            tuple(values.get("platform", "").split()),
            _parse_version(values.get("python-version", "")),
            values.get("implementation") or None,
            tuple(values.get("abi", "").split()),
        )

    def describe(self, target: Interpreter) -> Interpreter:
        """The target with the version and the tags of the other machine."""
        version = ".".join(map(str, (*self.version, 0, 0)[:3])) if self.version else target.version
        return target._replace(version=version, tags=tuple(map(str, dict.fromkeys(self._tags(target)))))

    def _tags(self, target: Interpreter) -> Iterator[Tag]:
        own = target.markers["implementation_name"]
        implementation = self.implementation or INTERPRETER_SHORT_NAMES.get(own, own)
        version = self.version[:2] or tuple(map(int, target.version.split(".")[:2]))
        interpreter = f"{implementation}{''.join(map(str, version))}"
        platforms = _expand(self.platforms) or _find_platforms(target)
        abis = list(self.abis) or None
        if implementation == "cp":
            yield from cpython_tags(version, abis or self._find_abis(target), platforms)
        else:
            yield from generic_tags(interpreter, abis or [_first_tag(target).abi], platforms)
        yield from compatible_tags(version, interpreter, platforms)

    def _find_abis(self, target: Interpreter) -> list[str] | None:
        """The ABIs of the target's own interpreter; of another version, None, which means the usual ones."""
        first = _first_tag(target)
        if not self.version:
            tags = [Tag(*tag.split("-", 2)) for tag in target.tags]
            found = [tag.abi for tag in tags if tag.interpreter == first.interpreter]
            return [abi for abi in dict.fromkeys(found) if abi not in ("none", "abi3", "abi3t")]
        if first.abi.endswith("t") and self.version >= (3, 13):
            return [f"cp{self.version[0]}{self.version[1]}t"]
        return None


def _parse_version(text: str) -> tuple[int, ...]:
    """``3``, ``37``, ``3.7`` or ``3.7.3`` as numbers."""
    parts = text.split(".") if text else []
    if len(parts) == 1 and len(text) > 1:
        parts = [text[0], text[1:]]
    try:
        version = tuple(map(int, parts))
    except ValueError:
        version = (0, 0, 0, 0)
    if len(version) > 3:
        raise UsageError(f"not a Python version (--python-version): {text!r}", "as in 3, 312, 3.12 or 3.12.1")
    return version


def _first_tag(target: Interpreter) -> Tag:
    return Tag(*target.tags[0].split("-", 2))


def _find_platforms(target: Interpreter) -> list[str]:
    """The target's platform tags, best first."""
    platforms = [tag.split("-", 2)[2] for tag in target.tags]
    return [platform for platform in dict.fromkeys(platforms) if platform != "any"]


def _expand(platforms: Sequence[str]) -> list[str]:
    """The platforms, each with those whose wheels run on it as well, as far as pip knows them by the name alone."""
    return list(dict.fromkeys(each for platform in platforms for each in _expand_one(platform)))


def _expand_one(platform: str) -> Iterator[str]:
    name, _, machine = platform.partition("_")
    apple, android = _APPLE.fullmatch(platform), _ANDROID.fullmatch(platform)
    if platform.startswith(("macosx", "ios")) and apple is not None:
        prefix, version = apple[1], (int(apple[2]), int(apple[3]))
        system = "macosx" if platform.startswith("macosx") else "ios"
        names = (mac_platforms if system == "macosx" else ios_platforms)(version, apple[4])
        yield from (f"{prefix}_{each[len(system) + 1 :]}" for each in names)
    elif android is not None:
        yield from android_platforms(int(android[1]), android[2])
    else:
        yield platform
        if name == "manylinux2010" or machine in ("i686", "x86_64"):
            yield from (f"{older}_{machine}" for older in _OLDER_MANYLINUX.get(name, ()))
