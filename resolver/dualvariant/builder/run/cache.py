"""The cache of a build: what each wheel in a folder was built from, so that only what has changed is built again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dualvariant.builder.run.output import find_wheel, remove_wheel
from dualvariant.core.files import write_atomically

__all__ = ["CACHE_FILE", "BuildCache"]

#: The cache's file in the folder of the wheels; indexes do not list names that begin with a dot.
CACHE_FILE = ".dualvariant-build.json"
_SCHEMA = "dualvariant/build/1"


class BuildCache:
    """The wheels of a folder, each with the key of everything that it was made of.

    It is written after each wheel, so that a build that was killed can be continued. A file that cannot be read, or of
    another schema, counts as empty: everything is built again.

    Args:
        folder: where the wheels are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / CACHE_FILE
        self._wheels: dict[str, dict[str, Any]] = {}
        try:
            document = json.loads(self.file.read_text("utf-8"))
            if document.get("schema") == _SCHEMA:
                self._wheels = {name: dict(entry) for name, entry in document["wheels"].items()}
        except (OSError, ValueError, AttributeError, KeyError, TypeError):
            pass

    def find(self, job: str, key: str) -> tuple[Mapping[str, Any], Path] | None:
        """A job's entry and the path of its wheel, if the key is the same and the file is unchanged.

        Args:
            job: the job's name.
            key: the key of what the wheel would be made of now.
        """
        entry = self._wheels.get(job)
        if entry is None or entry.get("key") != key:
            return None
        path = find_wheel(self.folder, str(entry.get("wheel")), str(entry.get("sha256")))
        return None if path is None else (entry, path)

    def get_filename(self, job: str) -> str | None:
        """The file name of the wheel that a job last made, from whatever sources; None if it has made none."""
        name = self._wheels.get(job, {}).get("wheel")
        return name if isinstance(name, str) and "/" not in name else None

    def put(self, job: str, entry: Mapping[str, Any]) -> None:
        """Write down a job's new wheel; the job's earlier wheel is removed if it had another name.

        Raises:
            OSError: the file cannot be written.
        """
        old = self.get_filename(job)
        self._wheels[job] = dict(entry)
        # A wheel of an earlier version, or with another platform tag, would be published with the new ones.
        if old is not None and old != entry["wheel"]:
            remove_wheel(self.folder, old)
        self._write()

    def update(self, job: str, more: Mapping[str, Any]) -> None:
        """Add to a job's entry.

        Raises:
            OSError: the file cannot be written.
        """
        self._wheels[job] = {**self._wheels.get(job, {}), **more}
        self._write()

    def _write(self) -> None:
        document = {"schema": _SCHEMA, "wheels": self._wheels}
        write_atomically(self.file, (json.dumps(document, indent=1, sort_keys=True) + "\n").encode())
