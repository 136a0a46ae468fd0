"""The states of environment variables as the cache keeps them: not their values, which may be secrets.

A value is replaced by its HMAC-SHA256 (RFC 2104). The key is random, belongs to one user, and is in the state
directory: who gets hold of the cache alone, such as one that a CI system keeps, cannot even try guesses.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from dualvariant.host._depends import VARIABLE, State

__all__ = ["seal_states"]

_KEY_SIZE = 32


def seal_states(states: Mapping[str, State]) -> dict[str, State] | None:
    """The states with a digest in the place of each variable's value.

    Returns:
        The sealed states; None if there is a value, and this user has no place for the key.
    """
    values = {name: state for name, state in states.items() if name.startswith(VARIABLE) and isinstance(state, str)}
    if not values:
        return dict(states)
    key = _read_key()
    if key is None:
        return None
    import hmac

    sealed = {
        name: hmac.digest(key, f"{name}={value}".encode("utf-8", "surrogateescape"), "sha256").hex()
        for name, value in values.items()
    }
    return {**states, **sealed}


def _read_key() -> bytes | None:
    """This user's key, made where there is none; None where none can be kept."""
    from dualvariant.core.dirs import state_dir
    from variantlib.files import read_regular

    folder = state_dir()
    if folder is None:
        return None
    path = folder / "seal.key"
    for _ in range(2):
        with suppress(OSError):
            key = read_regular(path, _KEY_SIZE)
            if len(key) == _KEY_SIZE:
                return key
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            _create(path)
    return None


def _create(path: Path) -> None:
    """Write a new key. Of two processes that do it at once, one loses, and reads the key of the other.

    Raises:
        OSError: it cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123  # it takes over a descriptor
            file.write(os.urandom(_KEY_SIZE))
        if not path.exists() or path.stat().st_size != _KEY_SIZE:
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
