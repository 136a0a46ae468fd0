"""Signals that ask us to end: they interrupt a block, or wait for the end of one."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import time
from types import FrameType
from typing import Any

import pytest

from dualvariant.core import interruptions
from dualvariant.core.interruptions import interruptible, uninterrupted
from processes import PATIENCE
from tracing import tracing

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the signals are POSIX signals")

NAMES = ["SIGINT", "SIGTERM", "SIGHUP"]


@pytest.fixture(params=NAMES)
def number(request: pytest.FixtureRequest, default_signals: None) -> int:
    """A signal whose action is the system's own."""
    number: int = getattr(signal, request.param)
    signal.signal(number, signal.SIG_DFL)
    return number


def test_signals_interrupt_the_block(number: int) -> None:
    """Then they are ignored: what is left is to say so."""
    with pytest.raises(KeyboardInterrupt), interruptible():
        os.kill(os.getpid(), number)
        time.sleep(10)
    assert signal.getsignal(number) == signal.SIG_IGN


def test_a_block_that_ends_leaves_signals_as_they_were(number: int) -> None:
    with interruptible():
        assert callable(signal.getsignal(number))
    assert signal.getsignal(number) == signal.SIG_DFL


def test_signals_that_come_together_are_one(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The block cleans up undisturbed; a later one interrupts that."""
    done = []
    monkeypatch.setattr("dualvariant.core.interruptions._TOGETHER", PATIENCE)
    with pytest.raises(KeyboardInterrupt), interruptible():
        try:
            os.kill(os.getpid(), number)
            time.sleep(10)
        finally:
            os.kill(os.getpid(), number)
            time.sleep(0.01)
            done.append("first")
            monkeypatch.setattr("dualvariant.core.interruptions._TOGETHER", 0)
            os.kill(os.getpid(), number)
            time.sleep(0.01)
            done.append("second")
    assert done == ["first"]


def test_what_comes_in_a_finalizer_is_not_lost(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Python itself would print a traceback, and go on."""

    class Finalized:
        def __del__(self) -> None:
            os.kill(os.getpid(), number)
            time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt), interruptible():
        Finalized()
        time.sleep(10)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("block", [interruptible, uninterrupted])
def test_an_ignored_signal_stays_ignored(block: type, number: int) -> None:
    """``nohup`` ignores SIGHUP."""
    signal.signal(number, signal.SIG_IGN)
    with block():
        os.kill(os.getpid(), number)
        time.sleep(0.1)
    assert signal.getsignal(number) == signal.SIG_IGN


@pytest.mark.parametrize("error", [None, OSError])
def test_signals_wait_for_the_end_of_the_block(error: type[Exception] | None, number: int) -> None:
    """They take effect then, also where it has failed."""
    done = []
    with pytest.raises(KeyboardInterrupt) as caught, interruptible():
        try:
            with uninterrupted():
                os.kill(os.getpid(), number)
                os.kill(os.getpid(), number)
                time.sleep(0.01)
                done.append("whole")
                if error is not None:
                    raise error
        finally:
            done.append("ended")
    assert done == ["whole", "ended"]
    assert isinstance(caught.value.__context__, error or type(None))
    assert signal.getsignal(number) == signal.SIG_IGN


@pytest.mark.parametrize("early", [False, True])
def test_signals_are_let_through_in_a_part_of_the_block(early: bool, number: int) -> None:
    """One that came before takes effect at its beginning; what cleans up is not disturbed by another."""
    done = []
    with pytest.raises(KeyboardInterrupt), interruptible(), uninterrupted() as let_through:
        if early:
            os.kill(os.getpid(), number)
        done.append("made")
        try:
            with let_through():
                if not early:
                    os.kill(os.getpid(), number)
                time.sleep(10)
        finally:
            os.kill(os.getpid(), number)
            time.sleep(0.01)
            done.append("cleaned")
    assert done == ["made", "cleaned"]
    assert signal.getsignal(number) == signal.SIG_IGN


def test_a_signal_while_the_block_begins_or_ends_is_as_one_in_it(number: int) -> None:
    """At each line of the module: after an interruption, the next signal does not get its earlier handler."""
    earlier: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        earlier.append(number)

    interrupted = lines = 0
    for moment in range(1000):
        signal.signal(number, handle)
        passed = itertools.count()

        def trace(frame: FrameType, event: str, argument: object) -> Any:
            if frame.f_code.co_filename == interruptions.__file__:
                if event == "line" and next(passed) == moment:  # noqa: B023 -- it is called in this round
                    signal.raise_signal(number)
                return trace
            return None

        try:
            with tracing(trace), interruptible():
                pass
        except KeyboardInterrupt:
            interrupted += 1
            assert signal.getsignal(number) is not handle, moment
        if next(passed) <= moment:
            break
        lines += 1
    assert lines > 20 and interrupted > 5 and len(earlier) + interrupted == lines
