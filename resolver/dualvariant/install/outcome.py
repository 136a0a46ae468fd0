"""What a run has changed in an environment, read from the environment itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

from dualvariant.target.installed import Installed, read_distribution

__all__ = ["Snapshot", "find_changed", "find_installed", "take_snapshot"]

#: The path of each ``.dist-info`` folder, and what tells whether it is still the same one.
Snapshot = Mapping[Path, tuple[int, int]]


def take_snapshot(folders: Iterable[Path]) -> Snapshot:
    """The ``.dist-info`` folders in these folders. An installer makes a new one for whatever it installs."""
    found = {}
    for folder in folders:
        with suppress(OSError):
            for path in folder.glob("*.dist-info"):
                with suppress(OSError):
                    state = path.stat()
                    found[path] = (state.st_ino, state.st_mtime_ns)
    return found


def find_changed(before: Snapshot, after: Snapshot) -> dict[Path, Installed]:
    """The distributions that were installed between two snapshots, by their ``.dist-info`` folders."""
    read = {path: read_distribution(path / "METADATA") for path, state in after.items() if before.get(path) != state}
    return {path: found for path, found in sorted(read.items()) if found is not None}


def find_installed(name: NormalizedName, folders: Sequence[Path]) -> Installed | None:
    """The distribution of a project in the first of the folders that has one, or None."""
    for folder in folders:
        with suppress(OSError):
            for path in folder.glob("*.dist-info"):
                if canonicalize_name(path.name.partition("-")[0]) == name:
                    found = read_distribution(path / "METADATA")
                    if found is not None and found.name == name:
                        return found
    return None
