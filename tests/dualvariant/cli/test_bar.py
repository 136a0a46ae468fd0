"""The bar below the messages of a build."""

from __future__ import annotations

import io
import re

from dualvariant.cli._bar import BarReporter


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True

    def show(self) -> list[str]:
        """What a terminal shows: each line after its last erasure."""
        return [line.rpartition("\r\x1b[K")[2] for line in self.getvalue().split("\n")]


def test_a_bar_stays_below_the_messages_and_goes_at_the_end() -> None:
    terminal = Terminal()
    reporter = BarReporter(terminal)
    reporter.progress("reading .")
    reporter.advance(0, 4)
    reporter.advance(1, 4)
    reporter.warn("a warning")
    *lines, bar = terminal.show()
    assert lines == ["dualvariant: reading .", "dualvariant: \x1b[1;33mwarning:\x1b[0m a warning"]
    assert re.fullmatch(r"\[#{7}-{23}\] 1 of 4, 0:0\d", bar)
    reporter.advance(4, 4)
    assert terminal.show() == [*lines, ""]


def test_a_failure_leaves_no_bar() -> None:
    terminal = Terminal()
    reporter = BarReporter(terminal)
    reporter.advance(1, 3)
    reporter.close()
    assert terminal.show() == [""]


def test_a_file_gets_no_bar() -> None:
    stream = io.StringIO()
    reporter = BarReporter(stream)
    reporter.advance(1, 3)
    reporter.progress("done")
    reporter.close()
    assert stream.getvalue() == "dualvariant: done\n"
