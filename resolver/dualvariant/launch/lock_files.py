"""Lock files of a project: none may ever hold the address of a view, which is gone when the command has ended."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from dualvariant.core.errors import DualvariantError
from dualvariant.core.files import read_regular, replacing

__all__ = ["LockFileError", "LockFiles"]

_PATTERNS = ("*.lock", "pylock*.toml", "requirements*.txt", "constraints*.txt", "requirements/*.txt")
_LARGEST = 64 << 20


class LockFileError(DualvariantError):
    """A command has written the address of a view into a lock file; the file was put back."""

    code = "view-in-lock"


class _LockFile(NamedTuple):
    """A lock file, as it was.

    Args:
        content: its bytes.
        mode: its permissions.
    """

    content: bytes
    mode: int

    def write(self, path: Path) -> None:
        """Make a file hold this content with these permissions."""
        with replacing(path, mode=self.mode) as file:
            file.write(self.content)
        path.chmod(self.mode)  # those, too, that the umask takes away


class LockFiles:
    """The lock files of a project, as they were.

    Args:
        folders: the working directory, and other places of the project; those of the parents of each count up to the
            root of its project.
    """

    def __init__(self, *folders: Path) -> None:
        self._folders = list(dict.fromkeys(found for folder in folders for found in _find_folders(folder.resolve())))
        self._before: Mapping[Path, _LockFile] = {
            path: _LockFile(content, stat.S_IMODE(path.stat().st_mode)) for path, content in self._read()
        }

    def put_back(self, marks: tuple[str, ...]) -> list[Path]:
        """Put back every file that has changed and now holds one of the marks; a new one is removed.

        A file that was reached by a symbolic link is put back where it is.

        Args:
            marks: addresses.

        Returns:
            The files.
        """
        changed = []
        for path, content in self._read():
            before = self._before.get(path)
            if (before is None or content != before.content) and any(mark.encode() in content for mark in marks):
                real = path.resolve()
                if before is None:
                    real.unlink()
                else:
                    before.write(real)
                changed.append(path)
        return changed

    def _read(self) -> Iterator[tuple[Path, bytes]]:
        for folder in self._folders:
            for pattern in _PATTERNS:
                for path in sorted(folder.glob(pattern)):
                    try:
                        yield path, read_regular(path, _LARGEST)
                    except OSError:
                        continue  # no lock file of any tool


def _find_folders(folder: Path) -> Iterator[Path]:
    """The folder and its parents, up to the one that is the root of a project; the folder alone if none is."""
    found = [folder, *folder.parents]
    for position, candidate in enumerate(found):
        if (candidate / ".git").exists():
            yield from found[: position + 1]
            return
    roots = [position for position, candidate in enumerate(found) if (candidate / "pyproject.toml").is_file()]
    yield from found[: roots[0] + 1] if roots else found[:1]
