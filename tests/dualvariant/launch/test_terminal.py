"""A program runs as if we were not there: streams, terminal, process group, signals, exit status."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from processes import PATIENCE, ended_at_last, wait_until

#: The runner in a process of its own: it holds signals, and ends itself as the program ended.
RUNNER = """
import os, sys
from dualvariant.launch.terminal import end_as, hold_signals, run_program
with hold_signals() as mask:
    code = run_program(sys.argv[1:], os.environ, mask)
sys.exit(end_as(code))
"""

#: Says that it runs, and then waits for signals; tells which one came, and ends with 7 at SIGTERM.
WAITER = """
import os, signal, sys, time
def tell(number, frame):
    os.write(1, signal.Signals(number).name.encode() + b"\\n")  # print is not for handlers
    if number == signal.SIGTERM:
        sys.exit(7)
for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"):
    signal.signal(getattr(signal, name), tell)
os.write(1, b"ready %d %d\\n" % (os.getpid(), os.getpgrp()))
while True:
    time.sleep(0.05)  # a signal that comes just before a sleep is seen after it
"""


#: Says that it runs, and ends with 1 at Ctrl-C, as many a tool does.
GIVES_UP = WAITER.replace("== signal.SIGTERM", "== signal.SIGINT").replace("exit(7)", "exit(1)")


def start(*command: str, **options: object) -> subprocess.Popen[str]:
    line = [sys.executable, "-c", RUNNER, *command]
    return subprocess.Popen(line, stdout=subprocess.PIPE, text=True, **options)  # type: ignore[call-overload,no-any-return]


@contextmanager
def running(*command: str, **options: object) -> Iterator[subprocess.Popen[str]]:
    process = start(*command, **options)
    assert process.stdout is not None
    with process.stdout, ended_at_last(process):
        yield process


@pytest.mark.parametrize("code", [0, 1, 42, 255])
def test_the_exit_code(code: int) -> None:
    with running(sys.executable, "-c", f"raise SystemExit({code})") as process:
        assert process.wait(PATIENCE) == code


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGSEGV", "SIGINT", "SIGPIPE"])
def test_a_signal_that_ends_the_program_ends_us(name: str) -> None:
    number = getattr(signal, name)
    code = f"import os, signal; signal.signal({int(number)}, signal.SIG_DFL)" if name != "SIGKILL" else "import os"
    with running(sys.executable, "-c", f"{code}; os.kill(os.getpid(), {int(number)})") as process:
        assert process.wait(PATIENCE) == -number


def test_signals_are_passed_on_once_and_the_group_is_ours() -> None:
    with running(sys.executable, "-c", WAITER, start_new_session=True) as process:
        assert process.stdout is not None
        ready, _, group = process.stdout.readline().split()
        assert (ready, int(group)) == ("ready", process.pid)
        for name in ("SIGUSR1", "SIGHUP", "SIGINT", "SIGUSR1"):
            process.send_signal(getattr(signal, name))
            assert process.stdout.readline() == f"{name}\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "SIGTERM\n"
        assert process.wait(PATIENCE) == 7
        assert process.stdout.read() == ""


def test_what_came_before_the_program_is_for_us() -> None:
    """Ctrl-C while the view is prepared: the program does not start."""
    code = RUNNER.replace("    code =", "    os.kill(os.getpid(), int(sys.argv.pop(1)))\n    code =")
    code = f"import os\nos.posix_spawn = lambda *_, **__: os.execvp('echo', ['echo', 'started'])\n{code}"
    for number, ends_with in ((signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, -signal.SIGINT)):
        line = [sys.executable, "-c", code, str(int(number)), "echo", "started"]
        done = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE)
        assert (done.returncode, done.stdout) == (ends_with, "")


#: The program has ended before we wait, and a thread that has no signals blocked was there to take its signal.
ENDS_EARLY = """
import os, signal, threading, time
threading.Thread(target=time.sleep, args=(3000,), daemon=True).start()
spawn = os.posix_spawn
def spawn_and_wait(*arguments, **options):
    child = spawn(*arguments, **options)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    while signal.SIGCHLD in signal.sigpending():
        time.sleep(0.001)
    return child
os.posix_spawn = spawn_and_wait
"""


@pytest.mark.skipif(not hasattr(signal, "sigtimedwait"), reason="this system cannot wait for signals for a while")
def test_the_end_of_the_program_is_seen_without_its_signal() -> None:
    line = [sys.executable, "-c", ENDS_EARLY + RUNNER, "sh", "-c", "exit 5"]
    with subprocess.Popen(line) as process:
        try:
            assert process.wait(PATIENCE) == 5
        finally:
            process.kill()  # SIGKILL: others are held


def test_standard_input_is_the_programs() -> None:
    process = start(sys.executable, "-c", "import sys; print(sys.stdin.read().upper())", stdin=subprocess.PIPE)
    assert process.communicate("hello", timeout=PATIENCE)[0] == "HELLO\n"


def test_signals_that_python_ignores_are_not_ignored_by_the_program() -> None:
    command = ["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]
    plain = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    with running(*command) as process:
        assert process.stdout is not None
        assert _read_masks(process.stdout.read()) == _read_masks(plain)


def _read_masks(status: str) -> list[int]:
    """The masks, without signals 32 and 33, which are the C library's own: its posix_spawn has them ignored."""
    return [int(line.split()[1], 16) & ~0x180000000 for line in status.splitlines()]


def test_a_program_beside_another_one_has_no_streams_and_ctrl_c_is_for_both() -> None:
    code = f"import sys\nassert sys.stdin.read() == ''\n{GIVES_UP}"
    runner = RUNNER.replace("mask)", "mask, beside=True)")
    line = [sys.executable, "-c", runner, sys.executable, "-c", code]
    streams: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process = subprocess.Popen(line, text=True, **streams)
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    with process.stdin, process.stdout, process.stderr, ended_at_last(process):
        assert process.stderr.readline().startswith("ready")
        process.send_signal(signal.SIGINT)
        assert process.stderr.readline() == "SIGINT\n"
        assert process.wait(PATIENCE) == -signal.SIGINT
        assert process.stdout.read() == ""


def test_a_signal_that_is_ignored_is_not_the_end_of_a_program_beside_another_one() -> None:
    """As under nohup, where a terminal is closed meanwhile."""
    runner = RUNNER.replace("mask)", "mask, beside=True)")
    runner = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n{runner}"
    code = "import os\nfrom signal import *\npthread_sigmask(SIG_BLOCK, {SIGHUP})\n"
    code += "os.kill(os.getppid(), SIGHUP)\nsigwait({SIGHUP})\nraise SystemExit(3)"
    process = subprocess.Popen([sys.executable, "-c", runner, sys.executable, "-c", code])
    with ended_at_last(process):
        assert process.wait(PATIENCE) == 3


@contextmanager
def on_terminal(*command: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run a command on a terminal of its own, whose other end is given, too."""
    master, slave = pty.openpty()

    def own_terminal() -> None:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    line = [sys.executable, "-c", RUNNER, *command]
    try:
        process = subprocess.Popen(line, stdin=slave, stdout=slave, stderr=slave, preexec_fn=own_terminal)
        os.close(slave)
        with ended_at_last(process):
            yield process, master
    finally:
        os.close(master)


def test_a_program_that_stops_on_a_terminal_stops_us_and_goes_on_with_us() -> None:
    with on_terminal(sys.executable, "-c", WAITER) as (process, terminal):
        child = int(_read_until(terminal, "\n").split()[1])
        os.kill(child, signal.SIGSTOP)
        assert wait_until(lambda: _state_of(process.pid) == "T")
        os.kill(process.pid, signal.SIGCONT)
        process.send_signal(signal.SIGTERM)
        assert "SIGTERM" in _read_until(terminal, "SIGTERM")
        assert process.wait(PATIENCE) == 7


def test_without_a_terminal_a_program_stops_and_goes_on_by_itself() -> None:
    """Nobody but who has stopped it knows of it, and who has it go on does not know us."""
    with running(sys.executable, "-c", WAITER, start_new_session=True) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline().split()[1])
        os.kill(child, signal.SIGSTOP)
        assert wait_until(lambda: _state_of(child) == "T")
        os.kill(child, signal.SIGCONT)
        os.kill(child, signal.SIGTERM)
        assert process.stdout.readline() == "SIGTERM\n"
        assert process.wait(PATIENCE) == 7


def test_on_a_terminal_control_c_reaches_the_program_once() -> None:
    """The program has the terminal, and the key's signal is not passed on a second time."""
    code = f"import os\nassert os.isatty(0) and os.isatty(1)\n{WAITER}"
    with on_terminal(sys.executable, "-c", code) as (process, terminal):
        assert "ready" in _read_until(terminal, "\n")
        os.write(terminal, b"\x03")
        assert "SIGINT" in _read_until(terminal, "SIGINT")
        os.kill(process.pid, signal.SIGUSR1)
        said = _read_until(terminal, "SIGUSR1")
        assert "SIGINT" not in said.replace("^C", "")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 7


def _read_until(descriptor: int, word: str) -> str:
    found = b""
    with suppress(OSError):
        while word.encode() not in found:
            chunk = os.read(descriptor, 4096)
            if not chunk:
                break
            found += chunk
    return found.decode()


def _state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
