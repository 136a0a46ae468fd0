"""What is said to the person at the terminal: talk goes to stderr, data to stdout."""

from __future__ import annotations

import sys
from typing import TextIO

__all__ = ["Reporter", "TerminalReporter"]


class Reporter:
    """Receives what happens on the way; this one says nothing."""

    def note(self, message: str) -> None:
        """Something that the user may want to know; the work goes on."""

    def warn(self, message: str) -> None:
        """Something that is not as it should be; the work goes on without it."""

    def progress(self, message: str) -> None:
        """A step of a long piece of work is done."""


class TerminalReporter(Reporter):
    """Writes each message as a line on stderr, under the program's name."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr

    def _say(self, text: str) -> None:
        # In one piece, or messages of several threads run into each other.
        self.stream.write(f"dualvariant: {text}\n")
        self.stream.flush()

    def note(self, message: str) -> None:
        self._say(message)

    def warn(self, message: str) -> None:
        self._say(f"warning: {message}")

    def progress(self, message: str) -> None:
        self._say(message)
