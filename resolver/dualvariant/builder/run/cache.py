"""What a folder of wheels was built from, so that only what has changed is built again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dualvariant.builder.run.output import find, remove
from dualvariant.core.files import write_atomically

__all__ = ["STATE", "State"]

#: In the folder of the wheels; a name that no index lists.
STATE = ".dualvariant-build.json"
_SCHEMA = "dualvariant/build/1"


class State:
    """The wheels of a folder, each with the key of all that it was made of.

    It is written after each wheel, so that a build that was killed goes on where it was.

    Args:
        folder: where the wheels are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / STATE
        self._wheels: dict[str, dict[str, Any]] = {}
        try:
            document = json.loads(self.file.read_text("utf-8"))
            if document.get("schema") == _SCHEMA:
                self._wheels = {name: dict(entry) for name, entry in document["wheels"].items()}
        except (OSError, ValueError, AttributeError, KeyError, TypeError):
            pass  # nothing is known then, and everything is built

    def kept(self, job: str, key: str) -> tuple[Mapping[str, Any], Path] | None:
        """What is known of a job's wheel, and where it lies, if it was made of the same and is there as it was."""
        entry = self._wheels.get(job)
        if entry is None or entry.get("key") != key:
            return None
        path = find(self.folder, str(entry.get("wheel")), str(entry.get("sha256")))
        return None if path is None else (entry, path)

    def wheel(self, job: str) -> str | None:
        """The name of the wheel that a job came out as, whatever it was made of; None if it never did."""
        name = self._wheels.get(job, {}).get("wheel")
        return name if isinstance(name, str) and "/" not in name else None

    def keep(self, job: str, entry: Mapping[str, Any]) -> None:
        """Remember a job's wheel.

        Raises:
            OSError: it cannot be written down.
        """
        old = self.wheel(job)
        self._wheels[job] = dict(entry)
        # Wheels of an earlier version, or under another platform tag, would be published with the new ones.
        if old is not None and old != entry["wheel"]:
            remove(self.folder, old)
        self._write()

    def add(self, job: str, more: Mapping[str, Any]) -> None:
        """Remember more of a job's wheel.

        Raises:
            OSError: it cannot be written down.
        """
        self._wheels[job] = {**self._wheels.get(job, {}), **more}
        self._write()

    def _write(self) -> None:
        document = {"schema": _SCHEMA, "wheels": self._wheels}
        write_atomically(self.file, (json.dumps(document, indent=1, sort_keys=True) + "\n").encode())
