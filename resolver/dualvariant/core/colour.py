"""Colour on terminals, and nowhere else.

``NO_COLOR`` turns it off and ``FORCE_COLOR`` turns it on; an empty value counts as none. A terminal that says it is
``dumb`` gets none. Sources: no-color.org, force-color.org.
"""

from __future__ import annotations

import os
from typing import TextIO

__all__ = ["Palette"]


class Palette:
    """The emphasis that text may have; a palette without colour returns every text as it is.

    Args:
        is_on: whether text is emphasized.
    """

    def __init__(self, is_on: bool) -> None:
        self.is_on = is_on

    @classmethod
    def of(cls, stream: TextIO) -> Palette:
        """The palette for what is written to a stream."""
        if os.environ.get("NO_COLOR"):
            return cls(False)
        if os.environ.get("FORCE_COLOR"):
            return cls(True)
        try:
            return cls(stream.isatty() and os.environ.get("TERM") != "dumb")
        except ValueError:  # the stream is closed
            return cls(False)

    def bold(self, text: str) -> str:
        """A headline."""
        return self._paint("1", text)

    def dim(self, text: str) -> str:
        """What is less important than the rest."""
        return self._paint("2", text)

    def good(self, text: str) -> str:
        """What was chosen, or succeeded."""
        return self._paint("1;32", text)

    def bad(self, text: str) -> str:
        """What failed."""
        return self._paint("1;31", text)

    def doubtful(self, text: str) -> str:
        """What the user should look at."""
        return self._paint("1;33", text)

    def _paint(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self.is_on and text else text
