"""What a run has changed in an environment, read from the environment itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from dualvariant.target.installed import Installed, list_infos, read_distribution

__all__ = ["Snapshot", "find_changed", "take_snapshot"]

#: The path of each ``.dist-info`` folder, and what tells whether it is still the same one.
Snapshot = Mapping[Path, tuple[int, int]]


def take_snapshot(folders: Iterable[Path]) -> Snapshot:
    """The ``.dist-info`` folders in these folders. An installer makes a new one for whatever it installs."""
    found = {}
    for folder in folders:
        for path in list_infos(folder):
            with suppress(OSError):
                state = path.stat()
                found[path] = (state.st_ino, state.st_mtime_ns)
    return found


def find_changed(before: Snapshot, after: Snapshot) -> dict[Path, Installed]:
    """The distributions that were installed between two snapshots, by their ``.dist-info`` folders."""
    read = {path: read_distribution(path / "METADATA") for path, state in after.items() if before.get(path) != state}
    return {path: found for path, found in sorted(read.items()) if found is not None}
