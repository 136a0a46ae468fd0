"""Requirement files that an installer reads after us, though a pipe gives what it has only once."""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile

from dualvariant.core.dirs import temporary_dir
from dualvariant.network.urls import find_scheme, local_path
from variantlib.files import look_at

__all__ = ["can_be_read_twice", "read_standard_input"]


def can_be_read_twice(place: str) -> bool:
    """Whether a file is there and is no pipe or other device.

    Args:
        place: its path or address; what an address of the network has can be fetched again.
    """
    if find_scheme(place) in ("http", "https"):
        return True
    try:
        return stat.S_ISREG(look_at(local_path(place) or place).st_mode)
    except (OSError, ValueError):
        return False


def read_standard_input(limit: int) -> bytes:
    """Everything that comes on standard input; an installer that we start finds it there again.

    Args:
        limit: the most bytes.

    Raises:
        OSError: it cannot be read, or there is more.
    """
    content = sys.stdin.buffer.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    with tempfile.TemporaryFile(dir=temporary_dir()) as file:
        file.write(content)
        file.seek(0)
        os.dup2(file.fileno(), sys.stdin.fileno())
    return content
