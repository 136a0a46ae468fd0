"""Machines that a provider can be shown instead of this one: one without hardware, and recorded ones.

A recorded machine is a folder::

    machine.json     {"schema": "dualvariant/machine/1", "roots": ["/sys/class/fpga/"], "environment": {"NAME": "x"}}
    files/…          files at their absolute paths: files/sys/class/fpga/0/model
    programs/…       programs, which stand for those of PATH: scripts that print what the real ones printed
    libraries/…      shared libraries, which stand for those of the system: stubs, built by the tests

Below the roots, and where Linux and drivers show hardware, only what is recorded exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from dualvariant.host._machine import DEVICES
from variantlib.files import read_regular
from variantlib.foreign_json import load_json

__all__ = ["BARE_MACHINE", "SCHEMA", "RecordedMachine"]

SCHEMA = "dualvariant/machine/1"

#: A machine without devices, drivers, programs and libraries.
BARE_MACHINE: Mapping[str, Any] = {"roots": list(DEVICES), "files": None, "libraries": None, "programs": None}

_LARGEST_FILE = 1 << 20


class RecordedMachine(NamedTuple):
    """A machine in a folder.

    Args:
        folder: where it is.
        roots: absolute paths of folders below which only recorded files exist.
        environment: the environment variables that the provider sees.
    """

    folder: Path
    roots: tuple[str, ...] = ()
    environment: Mapping[str, str] = MappingProxyType({})

    @classmethod
    def read(cls, folder: Path) -> RecordedMachine:
        """Read a recording.

        Raises:
            OSError: ``machine.json`` cannot be read.
            ValueError: it is no recording.
        """
        document = load_json(read_regular(folder / "machine.json", _LARGEST_FILE))
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            raise ValueError(f"machine.json must have the schema {SCHEMA!r}: {str(folder)!r}")
        roots, environment = document.get("roots", []), document.get("environment", {})
        if not isinstance(roots, list) or not all(isinstance(r, str) and r.startswith("/") for r in roots):
            raise ValueError(f"machine.json: 'roots' must be a list of absolute paths: {roots!r}")
        if not isinstance(environment, dict) or not all(isinstance(v, str) for v in environment.values()):
            raise ValueError(f"machine.json: 'environment' must have texts by name: {environment!r}")
        return cls(folder.resolve(), tuple(roots), environment)

    def to_question(self) -> dict[str, Any]:
        """The form in which a provider's process gets it."""
        parts = {name: self.folder / name for name in ("files", "libraries", "programs")}
        found = {name: str(path) if path.is_dir() else None for name, path in parts.items()}
        return {"roots": [*DEVICES, *(f"{root.rstrip('/')}/" for root in self.roots)], **found}
