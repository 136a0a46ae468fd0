"""The sha256 of files in the lock files beside an environment: evidence of what the tool that made it has installed.

Lock files are read and never written. Sources: the formats of ``uv.lock``, ``poetry.lock`` and ``pdm.lock``, and
``pylock.toml`` (PEP 751).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from dualvariant.core.toml import InvalidTomlError, read_toml
from variantlib.versions import try_version

__all__ = ["LOCK_NAMES", "Locked", "find_locked"]

#: The names of the files, and of the array of packages in each.
LOCK_NAMES: Mapping[str, str] = {
    "uv.lock": "package",
    "poetry.lock": "package",
    "pdm.lock": "package",
    "pylock.toml": "packages",
}


class Locked(NamedTuple):
    """What one lock file says of one release.

    Args:
        path: the file.
        sha256: the sha256 of each file of the release; none if the lock has no hashes.
    """

    path: Path
    sha256: frozenset[str]


def find_locked(folders: Iterable[Path]) -> Mapping[tuple[NormalizedName, Version], Sequence[Locked]]:
    """What the lock files in some folders say, by project and version. A file that cannot be read says nothing.

    Args:
        folders: the folders.
    """
    found: dict[tuple[NormalizedName, Version], list[Locked]] = {}
    for folder in dict.fromkeys(folders):
        for name, array in LOCK_NAMES.items():
            path = folder / name
            if not path.is_file():
                continue
            try:
                packages = read_toml(path).get(array, [])
            except (OSError, InvalidTomlError):
                continue
            for package in packages if isinstance(packages, list) else []:
                for key, digests in _read_package(package):
                    said = found.setdefault(key, [])
                    # A lock may have a release twice, for other machines from another source.
                    before = said.pop().sha256 if said and said[-1].path == path else frozenset[str]()
                    said.append(Locked(path, before | digests))
    return found


def _read_package(package: Any) -> Iterator[tuple[tuple[NormalizedName, Version], frozenset[str]]]:
    try:
        name, version = canonicalize_name(package["name"]), try_version(package["version"])
    except (KeyError, TypeError, AttributeError):
        return  # a source tree may have no version
    if version is None:
        return
    yield (
        (name, version),
        frozenset(_find_digests({name: package.get(name) for name in ("wheels", "files", "sdist", "archive")})),
    )


def _find_digests(value: Any) -> Iterator[str]:
    """Every sha256 in a value, written as ``sha256:DIGEST`` or as ``{sha256 = "DIGEST"}``."""
    if isinstance(value, str):
        if value.startswith("sha256:"):
            yield value.removeprefix("sha256:").lower()
    elif isinstance(value, dict):
        if isinstance(value.get("sha256"), str):
            yield value["sha256"].lower()
        for inner in value.values():
            yield from _find_digests(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _find_digests(inner)
