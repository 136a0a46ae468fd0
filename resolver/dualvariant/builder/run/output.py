"""Under which name a wheel lies in the output folder: under its own only if it is what that says.

Until it has been audited and tried it is ``NAME.whl.unproven``, so that a run that was killed can go on with it. If its
label is not true, or it does not run, it becomes ``NAME.whl.refused``. No index, no installer and no ``*.whl`` takes
either.
"""

from __future__ import annotations

from pathlib import Path

from dualvariant.core.files import replacing, sha256_of

__all__ = ["REFUSED", "UNPROVEN", "find", "remove", "settle", "store"]

UNPROVEN, REFUSED = ".unproven", ".refused"


def _forms(folder: Path, name: str) -> list[Path]:
    return [folder / f"{name}{ending}" for ending in ("", UNPROVEN, REFUSED)]


def store(folder: Path, name: str, content: bytes) -> Path:
    """Write a new wheel that nobody has proven yet; what an earlier run left of that name is removed.

    Raises:
        OSError: it cannot be written; what was there is there still.
    """
    path = folder / f"{name}{UNPROVEN}"
    with replacing(path) as file:
        file.write(content)
    remove(folder, name, but=path)
    return path


def find(folder: Path, name: str, sha256: str) -> Path | None:
    """Where a wheel of this name and content lies; None if nowhere."""
    for path in _forms(folder, name):
        try:
            if sha256_of(path) == sha256:
                return path
        except OSError:
            continue
    return None


def settle(path: Path, name: str, *, good: bool) -> Path:
    """Give a wheel the name that it has earned.

    Raises:
        OSError: it cannot be renamed.
    """
    target = path.with_name(name if good else f"{name}{REFUSED}")
    if target != path:
        path.replace(target)
        remove(path.parent, name, but=target)
    return target


def remove(folder: Path, name: str, but: Path | None = None) -> None:
    """Remove every wheel of this name, except for one file.

    Raises:
        OSError: one of them cannot be removed.
    """
    for path in _forms(folder, name):
        if path != but:
            path.unlink(missing_ok=True)
