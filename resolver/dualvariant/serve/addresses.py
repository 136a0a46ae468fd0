"""The view's address: an unguessable path segment, and for installers that cache by index address, one that stays.

The segment keeps other local users out, because the view fetches with the user's credentials. Kept under the user's
state directory, readable by the user alone.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from attrs import frozen

from dualvariant.core.dirs import state_dir

__all__ = ["Address", "keep_address", "kept_address"]


@frozen
class Address:
    """Where the view is served on 127.0.0.1; port 0 means any that is free."""

    segment: str
    port: int = 0

    @classmethod
    def new(cls) -> Address:
        """One that nobody can guess."""
        return cls(secrets.token_urlsafe(16))


def _path() -> Path | None:
    state = state_dir()
    return None if state is None else state / "view.json"


def kept_address() -> Address | None:
    """The address of earlier runs, or None. A file that others may read is not believed."""
    path = _path()
    if path is None:
        return None
    try:
        if path.stat().st_mode & 0o077:
            return None
        document = json.loads(path.read_bytes())
        segment, port = document["segment"], document["port"]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    if not isinstance(segment, str) or len(segment) < 16 or not isinstance(port, int) or not 0 < port < 65536:
        return None
    return Address(segment, port) if segment.replace("-", "").replace("_", "").isalnum() else None


def keep_address(address: Address) -> None:
    """Remember the address for later runs; where that is impossible, only caching is lost."""
    path = _path()
    if path is None:
        return
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp makes a file that only its owner may read.
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w") as file:
            json.dump({"segment": address.segment, "port": address.port}, file)
        Path(name).replace(path)
