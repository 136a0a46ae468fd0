"""Processes: how they are ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dualvariant.core.interruptions import interruptible
from dualvariant.core.processes import Children, end_process

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the signals are POSIX signals")

#: Prints when it is ready, and what ended it.
SLEEPER = """
import signal, sys, time
def stop(number, frame):
    print(signal.Signals(number).name, flush=True)
    sys.exit(5)
for name in sys.argv[1:]:
    signal.signal(getattr(signal, name), stop)
print("ready", flush=True)
time.sleep(300)
"""


@pytest.fixture
def ignored_interrupt() -> Iterator[None]:
    """SIGINT is ignored here, as in a background job of a shell."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


def start(*handled: str) -> subprocess.Popen[str]:
    """A process that handles these signals and is ready."""
    process = subprocess.Popen([sys.executable, "-c", SLEEPER, *handled], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_a_process_is_interrupted_and_can_clean_up() -> None:
    with start("SIGINT", "SIGTERM") as process:
        end_process(process)
        assert process.stdout is not None
        assert (process.returncode, process.stdout.read()) == (5, "SIGINT\n")


@pytest.mark.usefixtures("ignored_interrupt")
def test_a_process_that_inherits_an_ignored_interrupt_is_terminated() -> None:
    with start("SIGTERM") as process:
        end_process(process)
        assert process.stdout is not None
        assert (process.returncode, process.stdout.read()) == (5, "SIGTERM\n")


def test_a_process_that_does_not_end_is_killed() -> None:
    code = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print(1, flush=True); time.sleep(300)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        end_process(process, patience=0.2)
        assert process.returncode == -signal.SIGKILL


def test_a_process_that_has_ended_stays_as_it_is() -> None:
    with subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"]) as process:
        end_process(process)
        assert process.returncode == 3


@pytest.mark.usefixtures("default_signals")
def test_a_second_interruption_kills_the_process() -> None:
    code = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); print(1, flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        timer = threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGTERM])
        timer.start()
        try:
            with pytest.raises(KeyboardInterrupt), interruptible():
                end_process(process)
            assert process.poll() == -signal.SIGKILL
        finally:
            timer.join()
            process.kill()


def test_stop_kills_what_a_process_has_started(tmp_path: Path) -> None:
    children, pid, log = Children(), tmp_path / "pid", tmp_path / "log"
    script = 'sleep 300 & echo $! > "$1.part"; mv "$1.part" "$1"; wait'
    errors: list[subprocess.CalledProcessError] = []

    def run() -> None:
        try:
            children.run(["sh", "-c", script, "sh", str(pid)], None, os.environ, log)
        except subprocess.CalledProcessError as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    deadline = time.monotonic() + 60
    while not pid.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    children.stop()
    thread.join(60)
    assert [error.returncode for error in errors] == [-signal.SIGKILL]
    assert _has_ended(int(pid.read_text()))
    with pytest.raises(subprocess.CalledProcessError):
        children.run(["true"], None, os.environ, log)


def _has_ended(pid: int) -> bool:
    """Whether a process is gone, or waits for its parent to collect it."""
    for _ in range(500):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False
