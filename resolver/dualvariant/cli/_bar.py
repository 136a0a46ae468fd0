"""A bar below the messages of a long command, where standard error is a terminal."""

from __future__ import annotations

import shutil
import threading
import time
from typing import TextIO

from dualvariant.core.report import TerminalReporter

__all__ = ["BarReporter"]

_WIDTH = 30
#: Back to the beginning of the line, and erase it (ECMA-48: CR, EL).
_ERASE = "\r\x1b[K"


class BarReporter(TerminalReporter):
    """Writes messages as lines; on a terminal the last line is a bar, which is erased at the end.

    Args:
        stream: where to; standard error by default.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__(stream)
        self._lock = threading.RLock()
        self._started = time.monotonic()
        self._bar = ""
        self._has_bar = self.stream.isatty()

    def _write(self, text: str) -> None:
        with self._lock:
            self._erase()
            super()._write(text)
            self._draw(self._bar)

    def advance(self, done: int, total: int) -> None:
        """Draw the bar; it goes when everything is done."""
        with self._lock:
            self._erase()
            self._bar = "" if done >= total else self._describe(done, total)
            self._draw(self._bar)

    def close(self) -> None:
        """Erase the bar, however the work ended."""
        self.advance(1, 1)

    def _describe(self, done: int, total: int) -> str:
        full = _WIDTH * done // total
        minutes, seconds = divmod(int(time.monotonic() - self._started), 60)
        text = f"[{'#' * full}{'-' * (_WIDTH - full)}] {done} of {total}, {minutes}:{seconds:02d}"
        return text[: shutil.get_terminal_size().columns - 1]

    def _erase(self) -> None:
        if self._bar:
            self._draw(_ERASE)

    def _draw(self, text: str) -> None:
        if self._has_bar and text:
            try:
                self.stream.write(text)
                self.stream.flush()
            except OSError:
                self._has_bar = False
