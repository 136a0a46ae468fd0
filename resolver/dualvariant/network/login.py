"""A login: what is sent to a server that asks who we are."""

from __future__ import annotations

import base64
from typing import NamedTuple

__all__ = ["Login"]


class Login(NamedTuple):
    """A name and a password."""

    user: str
    password: str

    @property
    def header(self) -> str:
        """The value of ``Authorization`` (RFC 7617), in pip's encoding where that has the characters."""
        text = f"{self.user}:{self.password}"
        try:
            content = text.encode("latin-1")
        except UnicodeEncodeError:
            content = text.encode("utf-8", "surrogateescape")  # a command line may have any bytes
        return "Basic " + base64.b64encode(content).decode("ascii")
