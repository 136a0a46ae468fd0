"""Directories of dualvariant: caches, state, settings and scratch, each decided here and nowhere else.

``DUALVARIANT_CACHE_DIR`` moves all caches. A user without a home directory (a container that runs under a bare user id)
has none of the others; everything then works without them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

__all__ = [
    "CACHES",
    "CACHE_VARIABLE",
    "SCRATCH_PREFIX",
    "Cache",
    "cache_dir",
    "cache_files",
    "cache_root",
    "config_dir",
    "expand_home",
    "name_scratch_dir",
    "state_dir",
    "temporary_dir",
]

#: The environment variable that names the folder of all caches.
CACHE_VARIABLE = "DUALVARIANT_CACHE_DIR"


class Cache(NamedTuple):
    """One cache.

    Args:
        keeps: what is in it, in words.
        files: matches the paths of its own files, from its folder on, half-written ones included.
    """

    keeps: str
    files: re.Pattern[str]


#: Every cache, by the name of its folder. A file that no pattern matches is not ours and is never removed.
CACHES = {
    "providers": Cache(
        "what providers answered",
        re.compile(r"\w{1,40}-[0-9a-f]{24}\.json|\.\w{1,40}-[0-9a-f]{24}\.json\.\w+\.part", re.ASCII),
    ),
    "interpreters": Cache(
        "what interpreters said of themselves", re.compile(r"\.?[0-9a-f]{64}\.json(\..*\.part)?", re.ASCII)
    ),
    "metadata": Cache("metadata of variants, read from indexes", re.compile(r"\.?[0-9a-f]{64}(\..*\.part)?")),
    "pages": Cache("pages of indexes, as they answered", re.compile(r"\.?[0-9a-f]{64}(\..*\.part)?")),
    "requests": Cache(
        "which projects installers asked for, by what they were to install", re.compile(r"\.?[0-9a-f]{64}(\..*\.part)?")
    ),
    "emulators": Cache("emulators of other CPUs, fetched for builds", re.compile(r"qemu/usr/bin/\.?qemu-\w+-static")),
    "zig": Cache("what zig has compiled of its C library", re.compile(r"(global|local)/.*", re.DOTALL)),
}

#: The beginning of the name of the temporary folder of an installation.
SCRATCH_PREFIX = "dualvariant-"


def cache_root() -> Path | None:
    """The folder that all caches are in; None if this user can have none."""
    override = os.environ.get(CACHE_VARIABLE)
    if override:
        return Path(override)
    import platformdirs

    return _absolute(platformdirs.user_cache_dir)


def cache_dir(name: str) -> Path | None:
    """The folder of one of the ``CACHES``; None if this user can have none."""
    assert name in CACHES, name
    root = cache_root()
    return None if root is None else root / name


def cache_files(name: str) -> list[Path]:
    """The files of one of the ``CACHES``."""
    folder = cache_dir(name)
    if folder is None:
        return []
    own = CACHES[name].files
    return [
        path
        for path in sorted(folder.rglob("*"))
        if not path.is_dir() and own.fullmatch(path.relative_to(folder).as_posix())
    ]


def state_dir() -> Path | None:
    """The folder of what is kept from run to run and is no cache; None if this user can have none."""
    import platformdirs

    return _absolute(platformdirs.user_state_dir)


def config_dir() -> Path | None:
    """The folder of the user's settings; None if this user can have none."""
    import platformdirs

    return _absolute(platformdirs.user_config_dir)


def _absolute(find: Callable[..., str]) -> Path | None:
    try:
        root = Path(find("dualvariant", appauthor=False))
    except (OSError, RuntimeError, KeyError):
        return None
    # Without a home directory platformdirs answers '~/.cache', which would be a folder of the working directory.
    return root if root.is_absolute() else None


def expand_home(path: str) -> Path:
    """A path whose leading ``~`` means the user's home; it stays as it is where no home is known, as in pip."""
    return Path(os.path.expanduser(path))  # noqa: PTH111  # Path.expanduser() raises where no home is known


def temporary_dir() -> Path:
    """The system's folder for temporary files.

    :func:`tempfile.gettempdir` tries a folder by a file, which stays there if we are killed at that moment. So it is
    asked only where the usual folder cannot be used.
    """
    named = [os.environ[name] for name in ("TMPDIR", "TEMP", "TMP") if os.environ.get(name)]
    folder = Path(named[0] if named else "/tmp")
    if folder.is_absolute() and folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return folder
    import tempfile

    return Path(tempfile.gettempdir())


def name_scratch_dir() -> Path:
    """The path of a temporary folder for an installation; it does not exist yet."""
    import secrets

    return temporary_dir() / f"{SCRATCH_PREFIX}{secrets.token_hex(8)}"
