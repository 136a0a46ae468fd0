"""The address of a served view: a port and a path segment that cannot be guessed.

The segment keeps other users of the machine out, because the view is read with the user's credentials. For installers
that cache by the URL of the index, the address stays the same from run to run: it is kept in the user's state
directory, in a file that only the user can read.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from dualvariant.core.dirs import state_dir
from dualvariant.core.files import read_regular

__all__ = ["Address", "read_address", "write_address"]

#: The most bytes of the file.
_LARGEST = 4096


class Address(NamedTuple):
    """Where a view is served on 127.0.0.1.

    Args:
        segment: the first part of the path.
        port: the port; 0 means any that is free.
    """

    segment: str
    port: int = 0

    @classmethod
    def generate(cls) -> Address:
        """A new segment that cannot be guessed."""
        return cls(secrets.token_urlsafe(16))


def _path() -> Path | None:
    state = state_dir()
    return None if state is None else state / "view.json"


def read_address() -> Address | None:
    """The address of earlier runs, or None. A file that other users may read is ignored, and so is a damaged one."""
    path = _path()
    if path is None:
        return None
    try:
        if path.stat().st_mode & 0o077:
            return None
        document = json.loads(read_regular(path, _LARGEST))
        segment, port = document["segment"], document["port"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    if not isinstance(segment, str) or len(segment) < 16 or not isinstance(port, int) or not 0 < port < 65536:
        return None
    return Address(segment, port) if segment.replace("-", "").replace("_", "").isalnum() else None


def write_address(address: Address) -> None:
    """Keep the address for later runs. Where that is impossible, the installer's cache is not used again."""
    path = _path()
    if path is None:
        return
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp makes a file that only its owner can read.
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"segment": address.segment, "port": address.port}, file)
        Path(name).replace(path)
