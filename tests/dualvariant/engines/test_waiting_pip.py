"""The process that waits to become pip, and what interrupts it before it has."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from dualvariant.engines.pip import WaitingPip

pytestmark = pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="there are no signal masks here")


@pytest.mark.parametrize("moment", [0.0, 0.005, 0.02, 0.1])
def test_an_interruption_at_any_moment_is_quiet(moment: float, capfd: pytest.CaptureFixture[str]) -> None:
    """Also while Python starts: it would print a traceback."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with WaitingPip(Path(sys.executable)) as waiting:
        assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before
        time.sleep(moment)
        os.kill(waiting._process.pid, signal.SIGINT)
        assert waiting._process.wait() == -signal.SIGINT
    assert capfd.readouterr().err == ""


def test_what_is_blocked_here_stays_blocked_there() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGINT})
    try:
        with WaitingPip(Path(sys.executable)) as waiting:
            waiting.interpreter()  # it has come so far
            status = Path(f"/proc/{waiting._process.pid}/status")
            if not status.exists():
                pytest.skip("this system does not show the masks of processes")
            (line,) = [line for line in status.read_text().splitlines() if line.startswith("SigBlk")]
            blocked = int(line.split()[1], 16)
            assert [bool(blocked >> (number - 1) & 1) for number in (signal.SIGINT, signal.SIGUSR1)] == [True, True]
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
