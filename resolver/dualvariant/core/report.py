"""Messages to the user: they go to standard error, data goes to standard output.

A message that cannot be written, because its reader has gone or the disk is full, is lost; the work goes on.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO

from dualvariant.core.colour import Palette
from dualvariant.core.printable import printable_message

__all__ = ["Reporter", "TerminalReporter", "mute", "print_message"]


def mute(stream: TextIO) -> None:
    """Send what a stream still has to write, and will be given, to the null device.

    For a stream that nobody can read: Python would try to write the rest again when it ends, and then exit with 120.
    """
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def print_message(text: str, stream: TextIO | None = None) -> None:
    """Print a line on standard error, or another stream; control characters of strangers are made visible.

    It is one write, or messages of several threads would run into each other.
    """
    stream = stream or sys.stderr
    try:
        stream.write(f"{_emphasize(printable_message(text), Palette.of(stream))}\n")
        stream.flush()
    except OSError:
        mute(stream)


def _emphasize(line: str, palette: Palette) -> str:
    """The line with the word that says what kind of message it is in colour."""
    for kind, paint in (("error:", palette.bad), ("warning:", palette.doubtful)):
        start = f"dualvariant: {kind}"
        if line.startswith(start):
            return f"dualvariant: {paint(kind)}{line[len(start) :]}"
    return line


class Reporter:
    """Receives messages about what happens; this one discards them."""

    def note(self, message: str) -> None:
        """Report something that the user may want to know; the work goes on."""

    def warn(self, message: str) -> None:
        """Report something that is not as it should be; the work goes on without it."""

    def progress(self, message: str) -> None:
        """Report that a step of a long piece of work is done."""

    def advance(self, done: int, total: int) -> None:
        """Report how much of a long piece of work is done, in parts of equal weight."""


class TerminalReporter(Reporter):
    """Writes each message as a line on stderr, under the program's name."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr

    def _write(self, text: str) -> None:
        print_message(f"dualvariant: {text}", self.stream)

    def note(self, message: str) -> None:
        self._write(message)

    def warn(self, message: str) -> None:
        self._write(f"warning: {message}")

    def progress(self, message: str) -> None:
        self._write(message)
