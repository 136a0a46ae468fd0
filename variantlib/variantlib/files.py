"""Opens files that somebody else may have put in their place: regular files only, and no more than a limit of them.

Reading a pipe waits for ever, a device has no end, and opening some devices does something. So each file that a page, a
wheel, a setting or the working directory names is opened here.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

__all__ = ["look_at", "open_regular", "read_regular"]

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: str | Path) -> BinaryIO:
    """Open a regular file, or a link to one, for reading. It never waits.

    Raises:
        OSError: it cannot be opened, or is something else: a folder, a pipe, a device. ``strerror`` says which.
    """
    # Looked at before it is opened, because opening a device can have an effect; and after, in case it was replaced.
    _require_regular(look_at(path), path)
    handle = os.open(path, _FLAGS)
    try:
        _require_regular(os.fstat(handle), path)
        return open(handle, "rb")  # noqa: PTH123  # it takes over a descriptor
    except BaseException:
        os.close(handle)
        raise


def read_regular(path: str | Path, limit: int) -> bytes:
    """Read a whole regular file.

    Args:
        path: the file.
        limit: the most bytes that it may have.

    Raises:
        OSError: as :func:`open_regular`; with ``errno`` EFBIG, it has more bytes than ``limit``.
    """
    with open_regular(path) as file:
        # A file of /proc that has nothing to say yet gives None.
        content = file.read(limit + 1) or b""
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"larger than {limit >> 20} MiB" if limit >> 20 else "too large", str(path))
    return content


def look_at(path: str | Path) -> os.stat_result:
    """What the file system says of a path, links followed.

    Raises:
        OSError: there is no such file; no file can have such a name.
    """
    try:
        return os.stat(path)  # noqa: PTH116  # the same call for a str
    except ValueError as error:  # a NUL, or a character that the file system cannot have
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from error


def _require_regular(status: os.stat_result, path: str | Path) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
