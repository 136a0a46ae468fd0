"""Files: written so that no reader ever sees half of one, their digests, and what a user names on the command line."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from variantlib.files import look_at, open_regular, read_regular

__all__ = [
    "digests_of",
    "exists",
    "open_regular",
    "read_named",
    "read_regular",
    "remove_oldest",
    "replacing",
    "sha256_of",
    "write_atomically",
]

_SHA256 = re.compile("[0-9a-f]{64}")

#: Seconds that a pipe may be silent before its writer is given up.
PIPE_TIMEOUT = 15.0


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
        if read_regular(path, len(content)) == content:
            return False
    except OSError:
        pass
    with replacing(path) as file:
        file.write(content)
    return True


def remove_oldest(folder: Path, size: int) -> None:
    """Remove the files of a cache that were changed the longest ago, until the others have so many bytes at most.

    Only those named after a sha256 are the cache's own; any other file of the user's counts for nothing, and stays.

    Raises:
        OSError: the folder cannot be read.
    """
    found = []
    for entry in os.scandir(folder):
        if _SHA256.fullmatch(entry.name):
            with suppress(OSError):  # another run may have removed it
                status = entry.stat()
                found.append((status.st_mtime, status.st_size, entry.path))
    total = sum(each for _, each, _ in found)
    for _, each, path in sorted(found):
        if total <= size:
            return
        with suppress(OSError):
            Path(path).unlink()
        total -= each


def sha256_of(path: Path) -> str:
    """The sha256 of a regular file of any size, in hexadecimal digits.

    Raises:
        OSError: it cannot be read, or is not a regular file.
    """
    digest = hashlib.sha256()
    with open_regular(path) as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def digests_of(path: Path, algorithms: Iterable[str]) -> dict[str, str]:
    """The digests of a regular file of any size, by algorithm, in hexadecimal digits; unknown algorithms are left out.

    Raises:
        OSError: it cannot be read, or is not a regular file.
    """
    digests = {}
    for name in algorithms:
        with suppress(ValueError):
            digests[name] = hashlib.new(name)
    with open_regular(path) as file:
        while block := file.read(1 << 20):
            for digest in digests.values():
                digest.update(block)
    return {name: digest.hexdigest() for name, digest in digests.items() if digest.digest_size}


def exists(path: str | Path) -> bool:
    """Whether there is such a file or folder. A text that no path can be, because it is too long, names none."""
    try:
        look_at(path)
    except OSError:
        return False
    return True


def read_named(path: Path, limit: int) -> bytes:
    """Read a whole file that the user has named on the command line; it may be a pipe, as in ``-r <(command)``.

    Args:
        path: the file.
        limit: the most bytes that it may have.

    Raises:
        OSError: it cannot be read, has more bytes than ``limit`` (EFBIG), or is a pipe that is silent for
            :data:`PIPE_TIMEOUT` seconds (ETIMEDOUT).
    """
    mode = look_at(path).st_mode
    if not stat.S_ISFIFO(mode) and not stat.S_ISCHR(mode):
        return read_regular(path, limit)
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        return _read_pipe(handle, path, limit)
    finally:
        os.close(handle)


def _read_pipe(handle: int, path: Path, limit: int) -> bytes:
    import select  # only for pipes

    content = bytearray()
    ready = select.poll()
    ready.register(handle, select.POLLIN)
    while ready.poll(PIPE_TIMEOUT * 1000):
        try:
            chunk = os.read(handle, 1 << 16)
        except BlockingIOError:
            continue
        if not chunk:
            return bytes(content)
        content += chunk
        if len(content) > limit:
            raise OSError(errno.EFBIG, f"larger than {limit >> 20} MiB", str(path))
    raise OSError(errno.ETIMEDOUT, f"a pipe that is silent for {PIPE_TIMEOUT:g} s", str(path))
