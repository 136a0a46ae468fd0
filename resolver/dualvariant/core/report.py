"""Messages to the user: they go to standard error, data goes to standard output."""

from __future__ import annotations

import sys
from typing import TextIO

from dualvariant.core.printable import printable_message

__all__ = ["Reporter", "TerminalReporter"]


class Reporter:
    """Receives messages about what happens; this one discards them."""

    def note(self, message: str) -> None:
        """Report something that the user may want to know; the work goes on."""

    def warn(self, message: str) -> None:
        """Report something that is not as it should be; the work goes on without it."""

    def progress(self, message: str) -> None:
        """Report that a step of a long piece of work is done."""


class TerminalReporter(Reporter):
    """Writes each message as a line on stderr, under the program's name."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr

    def _write(self, text: str) -> None:
        # One write, or messages of several threads run into each other.
        self.stream.write(f"dualvariant: {printable_message(text)}\n")
        self.stream.flush()

    def note(self, message: str) -> None:
        self._write(message)

    def warn(self, message: str) -> None:
        self._write(f"warning: {message}")

    def progress(self, message: str) -> None:
        self._write(message)
