"""What a terminal shows after a recording: its lines, each with the second in which it got its last character.

As much of ECMA-48 as commands print that draw a bar: CR, LF, BS, cursor movements (CUU, CUD, CUF, CUB), erasing in a
line (EL), and bold letters (SGR). Other sequences are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Line", "read_recording"]

_TOKEN = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|\x1b\][^\x07]*\x07|\x1b.|([^\x1b])", re.DOTALL)


@dataclass(frozen=True)
class Line:
    """One line of a terminal.

    Args:
        text: its characters.
        bold: whether its first character is bold.
        second: when it was written, from the start of the recording.
    """

    text: str
    bold: bool
    second: float


class _Screen:
    """All lines since the start; the oldest ones would have left a real terminal at the top."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.rows: list[list[str]] = [[]]
        self.bold: list[bool] = [False]
        self.seconds: list[float] = [0.0]
        self._row = self._column = 0
        self._is_bold = False

    def feed(self, text: str, second: float) -> None:
        """What was printed in this second."""
        for match in _TOKEN.finditer(text):
            if match[2]:
                self._control(match[2], match[1])
            elif match[3]:
                self._put(match[3], second)

    def _control(self, name: str, arguments: str) -> None:
        count = int(arguments) if arguments.isdigit() else 1
        if name == "m":
            self._is_bold = "1" in arguments.split(";")
        elif name == "K":
            row = self.rows[self._row]
            if arguments == "2":
                row.clear()
            elif not arguments or arguments == "0":
                del row[self._column :]
        elif name == "A":
            self._row = max(0, self._row - count)
        elif name == "B":
            self._move_down(count)
        elif name in "CD":
            self._column = max(0, self._column + (count if name == "C" else -count))

    def _put(self, character: str, second: float) -> None:
        if character == "\r":
            self._column = 0
        elif character == "\n":
            self._move_down(1)
            self._column = 0
        elif character == "\b":
            self._column = max(0, self._column - 1)
        elif character >= " ":
            if self._column == self.columns:
                self._move_down(1)
                self._column = 0
            row = self.rows[self._row]
            row.extend(" " * (self._column + 1 - len(row)))
            row[self._column] = character
            if self._column == 0:
                self.bold[self._row] = self._is_bold
            self.seconds[self._row] = second
            self._column += 1

    def _move_down(self, count: int) -> None:
        self._row += count
        while len(self.rows) <= self._row:
            self.rows.append([])
            self.bold.append(False)
            self.seconds.append(self.seconds[-1])


def read_recording(path: Path) -> list[Line]:
    """The lines of an asciicast, version 2, without empty ones at the end."""
    head, *events = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    screen = _Screen(head["width"])
    for second, kind, text in events:
        if kind == "o":
            screen.feed(text, second)
    lines = [
        Line("".join(row).rstrip(), bold, second)
        for row, bold, second in zip(screen.rows, screen.bold, _in_order(screen.seconds), strict=True)
    ]
    while lines and not lines[-1].text:
        lines.pop()
    return lines


def _in_order(seconds: Sequence[float]) -> Sequence[float]:
    """No line appears after the one below it."""

    def backwards() -> Iterator[float]:
        earliest = float("inf")
        for second in reversed(seconds):
            earliest = min(earliest, second)
            yield earliest

    return list(backwards())[::-1]
