"""Reads over HTTP: one attempt, a login as a header, and the headers that a server has received."""

from __future__ import annotations

import base64

from dualvariant.network.transport import Transport
from processes import PATIENCE
from servers import IndexServer

__all__ = ["HTML", "ONCE", "basic", "sent"]

HTML = {"Content-Type": "text/html"}
#: One attempt.
ONCE = Transport(timeout=PATIENCE, retries=0)


def basic(login: str) -> str:
    """The header that carries a login, ``USER:PASSWORD``."""
    return "Basic " + base64.b64encode(login.encode()).decode()


def sent(server: IndexServer, name: str = "authorization") -> list[str | None]:
    """The value of a header in each request that a server has received."""
    return [headers.get(name) for _, headers in server.requests]
