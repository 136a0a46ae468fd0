"""The interpreter that wheels are installed for."""

from __future__ import annotations

import platform
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from packaging.utils import canonicalize_name

from variantlib.foreign_json import load_json

__all__ = ["Interpreter"]


class Interpreter(NamedTuple):
    """What a target interpreter says of itself (:mod:`dualvariant.target.probe` asks it).

    Args:
        executable: its path.
        version: ``3.11.7``.
        prefix: its ``sys.prefix``.
        site: the folders that distributions are installed into (pure and platform).
        user_site: the one that ``--user`` means.
        user_site_enabled: whether it finds distributions there.
        path: its ``sys.path``.
        pip: the version of its pip, or None.
        tags: the wheel tags it takes, best first.
        markers: what dependency markers (PEP 508) mean there.
    """

    executable: Path
    version: str
    prefix: Path
    site: tuple[Path, ...]
    user_site: Path
    user_site_enabled: bool
    path: tuple[Path, ...]
    pip: str | None
    tags: tuple[str, ...]
    markers: Mapping[str, str]

    @classmethod
    def from_json(cls, line: bytes) -> Interpreter:
        """Read the description that ``_describe.py`` writes.

        Raises:
            ValueError: it is no such description.
        """
        said: dict[str, Any] = load_json(line)
        tags = said["tags"] if said["tags"] is not None else _find_tags(said)
        return cls(
            executable=Path(said["executable"]),
            version=said["version"],
            prefix=Path(said["prefix"]),
            site=tuple(Path(entry) for entry in dict.fromkeys(said["site"])),
            user_site=Path(said["user_site"]),
            user_site_enabled=bool(said["user_site_enabled"]),
            path=tuple(Path(entry) for entry in said["path"]),
            pip=said["pip"],
            tags=tuple(tags),
            markers=said["markers"],
        )

    @property
    def is_externally_managed(self) -> bool:
        """Whether the system asks installers to keep away (the marker of PEP 668), which is not about environments."""
        own = [folder for folder in self.path if folder.is_relative_to(self.prefix)]
        return any((folder / "EXTERNALLY-MANAGED").is_file() for folder in own)

    def find_pip(self) -> str | None:
        """The version of the pip that installs here: its own, or the one beside dualvariant; None if there is none."""
        return _find_own_pip() if self.pip is None else self.pip


@cache
def _find_own_pip() -> str | None:
    from dualvariant.target.installed import find_version

    # importlib.metadata would find the same, and brings csv, email and zipfile.
    return find_version(canonicalize_name("pip"), map(Path, sys.path))


def _find_tags(said: Mapping[str, Any]) -> Iterator[str]:
    """The tags of an old CPython on this machine that has no ``packaging`` which runs there.

    Raises:
        ValueError: it is another interpreter.
    """
    from packaging.tags import compatible_tags, cpython_tags

    version = tuple(map(int, said["version"].split(".")[:2]))
    same = said["platform"] == sysconfig.get_platform() and said["libc"] == platform.libc_ver()[0]
    if said["markers"]["implementation_name"] != "cpython" or not same or not (3, 8) <= version < (3, 13):
        raise ValueError("nothing there can say which wheels it takes")
    interpreter = f"cp{version[0]}{version[1]}"
    abis = [f"{interpreter}d", interpreter] if said["debug"] else [interpreter]
    yield from map(str, cpython_tags(version, abis))
    yield from map(str, compatible_tags(version, interpreter))
