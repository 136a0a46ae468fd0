"""Reads JSON that a stranger wrote, in no more memory than its reader grants.

A few bytes of JSON are many of Python: a document of 100 MB of ``{},`` takes 2.5 GB, and a server can send it as 100 kB
that are compressed. So what takes memory in a document is counted before it is read.
"""

from __future__ import annotations

import json
from typing import Any

__all__ = ["SMALL_MEMORY", "load_json", "require_memory"]

#: The most bytes of memory for a document that describes a release, a wheel or a host.
SMALL_MEMORY = 64 << 20

#: What Python takes, in bytes, for an object, a list, a value behind another one, and a key. In a text they count too.
_COSTS = (("{", 96), ("[", 64), (",", 64), (":", 128))


def require_memory(content: str | bytes, most: int) -> None:
    """Make sure that a document can be read in so many bytes of memory, as far as that can be told without reading it.

    Raises:
        ValueError: it takes more.
    """
    # The text is in memory twice, as a whole and in parts, and one unusual character makes each of its others as wide.
    needed = 2 * len(content) * (1 if content.isascii() else 4)
    for sign, cost in _COSTS:
        needed += cost * (content.count(sign.encode()) if isinstance(content, bytes) else content.count(sign))
    if needed > most:
        raise ValueError(f"too large: to read it takes {needed >> 20} MiB of memory, and {most >> 20} MiB are allowed")


def load_json(content: str | bytes, most: int = SMALL_MEMORY) -> Any:
    """As :func:`json.loads`, within so many bytes of memory.

    Raises:
        ValueError: it is ``not JSON: …``, or ``too large: …``.
    """
    require_memory(content, most)
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from error
