"""Which requirement files can be read before an installer reads them: a pipe gives what it has only once."""

from __future__ import annotations

import stat
from urllib.parse import unquote, urlsplit

from variantlib.files import look_at

__all__ = ["can_be_read_twice"]


def can_be_read_twice(place: str) -> bool:
    """Whether a file is there and is no pipe or other device.

    Args:
        place: its path or address; what an address of the network has can be fetched again.
    """
    try:
        address = urlsplit(place)
        if address.scheme in ("http", "https"):
            return True
        return stat.S_ISREG(look_at(unquote(address.path) if address.scheme == "file" else place).st_mode)
    except (OSError, ValueError):
        return False
