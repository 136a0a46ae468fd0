"""The names of wheels in the output folder: a wheel has its own name only after it was audited and tested.

Until then the file is ``NAME.whl.pending``, so that a run that was killed can be continued. A wheel whose label does
not match its code, or that does not run, becomes ``NAME.whl.rejected``. Indexes, installers and ``*.whl`` skip both.

dualvariant 0.1.0 wrote ``.unproven`` and ``.refused``. Such files are found, renamed and removed like the new ones.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from dualvariant.core.files import replacing, sha256_of

__all__ = [
    "PENDING",
    "REJECTED",
    "find_wheel",
    "remove_partial_files",
    "remove_wheel",
    "rename_wheel",
    "store_wheel",
]


PENDING, REJECTED = ".pending", ".rejected"
#: What :mod:`dualvariant.core.files` leaves behind when it is killed.
_PART = re.compile(r"\.(.+\.whl\.pending|\.dualvariant-build\.json)\.[a-z0-9_]{8}\.part")
_ENDINGS_OF_0_1_0 = (".unproven", ".refused")


def _list_paths(folder: Path, name: str) -> list[Path]:
    return [folder / f"{name}{ending}" for ending in ("", PENDING, REJECTED, *_ENDINGS_OF_0_1_0)]


def store_wheel(folder: Path, name: str, content: bytes) -> Path:
    """Write a new wheel as pending; files of that name that an earlier run left are removed.

    Args:
        folder: the output folder.
        name: the wheel's file name.
        content: its bytes.

    Raises:
        OSError: it cannot be written; earlier files are then unchanged.
    """
    path = folder / f"{name}{PENDING}"
    with replacing(path) as file:
        file.write(content)
    remove_wheel(folder, name, keep=path)
    return path


def find_wheel(folder: Path, name: str, sha256: str) -> Path | None:
    """The file of a wheel with this name and digest, whatever its ending is; None if there is none."""
    for path in _list_paths(folder, name):
        try:
            if sha256_of(path) == sha256:
                return path
        except OSError:
            continue
    return None


def rename_wheel(path: Path, name: str, *, accepted: bool) -> Path:
    """Give a wheel its own name if it was accepted, else the name of a rejected one.

    Raises:
        OSError: it cannot be renamed.
    """
    target = path.with_name(name if accepted else f"{name}{REJECTED}")
    if target != path:
        path.replace(target)
        remove_wheel(path.parent, name, keep=target)
    return target


def remove_wheel(folder: Path, name: str, keep: Path | None = None) -> None:
    """Remove every file of a wheel of this name, except for one.

    Raises:
        OSError: one of them cannot be removed.
    """
    for path in _list_paths(folder, name):
        if path != keep:
            path.unlink(missing_ok=True)


def remove_partial_files(folder: Path) -> None:
    """Remove the half-written files of a run that was killed. The caller is the only run in this folder."""
    for path in folder.iterdir():
        if _PART.fullmatch(path.name):
            with suppress(OSError):
                path.unlink()
