"""Files: written so that no reader ever sees half of one, and their digests."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

__all__ = ["digests_of", "read_regular", "replacing", "sha256_of", "write_atomically"]


def read_regular(path: Path, limit: int) -> bytes:
    """The content of a file that somebody else may have put there: it is no device, and no pipe to wait for.

    Args:
        path: the file, or a link to it.
        limit: the most bytes that it may have.

    Raises:
        OSError: it cannot be read, is no regular file, or is larger.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        if status.st_size > limit:
            raise OSError(errno.EFBIG, f"it is larger than {limit >> 20} MiB", str(path))
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(limit)
    finally:
        os.close(handle)


@contextmanager
def replacing(path: Path, *, mode: int = 0o666) -> Iterator[BinaryIO]:
    """A binary file that takes ``path``'s place when the block ends, and leaves no trace when it raises.

    It is written in the same folder, under a name that begins with a dot, and renamed.

    Args:
        path: the file.
        mode: its permissions, less those that the umask takes away.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            # mkstemp makes files that only their owner may read; a published file follows the umask.
            umask = os.umask(0)
            os.umask(umask)
            part.chmod(mode & ~umask)
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def write_atomically(path: Path, content: bytes) -> bool:
    """Make ``path`` hold ``content``; False, and nothing is touched, if it does already."""
    try:
        if path.read_bytes() == content:
            return False
    except OSError:
        pass
    with replacing(path) as file:
        file.write(content)
    return True


def sha256_of(path: Path) -> str:
    """The sha256 of a file of any size, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def digests_of(path: Path, algorithms: Iterable[str]) -> dict[str, str]:
    """The digests of a file of any size, by algorithm, in hexadecimal digits; unknown algorithms are left out.

    Raises:
        OSError: it cannot be read.
    """
    digests = {}
    for name in algorithms:
        with suppress(ValueError):
            digests[name] = hashlib.new(name)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            for digest in digests.values():
                digest.update(block)
    return {name: digest.hexdigest() for name, digest in digests.items() if digest.digest_size}
