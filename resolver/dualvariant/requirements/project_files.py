"""Files that ``-r`` takes and that are no requirement files: lock files, and for uv projects and scripts.

Sources: pip's documentation, "pip install", for ``pylock.toml`` (PEP 751). uv's, "Declaring dependencies", for
``pyproject.toml``, ``setup.py``, ``setup.cfg`` and scripts with metadata (PEP 723); measured with uv 0.13.9.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath

__all__ = ["is_read_in_place"]

_PYLOCK = re.compile(r"pylock(\.[^.]+)?\.toml(\[[^\]]*\])?")
#: What is no requirement file to uv, besides anything that ends in one of :data:`_ENDINGS`. Some of it uv refuses.
_NAMES = frozenset({"setup.cfg", "environment.yml"})
_ENDINGS = frozenset({".toml", ".py", ".pyw"})
#: The first line of a script's metadata (PEP 723).
_SCRIPT = re.compile(r"^# /// script\s*$", re.MULTILINE)


def is_read_in_place(place: str, read: Callable[[], str], *, as_uv: bool) -> bool:
    """Whether the installer takes a file for something else than a requirement file.

    Args:
        place: its path or address, as ``-r`` names it.
        read: its text; uv looks for a script's metadata where a name has no ending.
        as_uv: the installer is uv.
    """
    name = place.replace("\\", "/").rpartition("/")[2]
    if not as_uv:
        return _PYLOCK.fullmatch(name) is not None
    ending = PurePosixPath(name).suffix.lower()
    if name in _NAMES or ending in _ENDINGS:
        return True
    return not ending and _SCRIPT.search(read()) is not None
