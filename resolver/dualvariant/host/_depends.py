"""The state of what an answer depends on: ``__depends_on__`` names files and environment variables.

The provider's process reads the state before it detects anything, and the cache reads it again before it uses a kept
answer. So this module is imported on both sides, and imports next to nothing.
"""

from __future__ import annotations

import os
from typing import Any

__all__ = ["read_state", "read_states"]

_VARIABLE = "env:"


def read_state(name: str) -> str | list[int] | None:
    """A value that changes when the named thing does, in JSON's types; None if the thing is missing.

    Args:
        name: ``env:NAME``, or the absolute path of a file.

    Raises:
        ValueError: it is neither.
    """
    if name.startswith(_VARIABLE):
        return os.environ.get(name[len(_VARIABLE) :])
    if not os.path.isabs(name):  # noqa: PTH117  # pathlib is more than the rest of this
        raise ValueError(f"__depends_on__ names absolute paths and 'env:NAME' (this is neither): {name!r}")
    try:
        found = os.stat(name)  # noqa: PTH116
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns, found.st_ino]


def read_states(names: Any) -> dict[str, str | list[int] | None]:
    """The state of each name.

    Raises:
        TypeError: ``names`` is no list or tuple of strings.
        ValueError: as :func:`read_state`.
    """
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"__depends_on__ must be a list of str: {names!r}")
    return {name: read_state(name) for name in names}
