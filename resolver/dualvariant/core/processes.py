"""Processes that we start: how they are run with a log, and how they are ended.

Signals that we ignore are ignored by the processes we start as well (POSIX, ``execve``). A shell starts background
jobs with SIGINT ignored, and ``nohup`` ignores SIGHUP. Both stay ignored, and :func:`end_process` sends SIGTERM where a
process cannot receive SIGINT.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from dualvariant.core.guard import ending_with_us
from dualvariant.core.interruptions import uninterrupted

__all__ = ["PATIENCE", "Children", "capture", "end_process", "kill_process_group", "make_own_environment"]

#: Seconds that a process gets to clean up after it was asked to end, before it is killed.
PATIENCE = 10.0

# Seconds that a process gets to end without being asked: on Ctrl-C the terminal has sent it SIGINT as well, and a
# second signal would disturb its cleaning up.
_GRACE = 1.0

_KILLED = -9  # the exit status of a process that SIGKILL ended


def make_own_environment() -> dict[str, str]:
    """The environment for a process of our own interpreter, which has to find the modules that we find.

    It lacks ``PYTHONPATH`` if the entry point has dropped its folders (:mod:`dualvariant.__main__`).
    """
    environment = dict(os.environ)
    if not {*environment.get("PYTHONPATH", "").split(os.pathsep)} & {*sys.path}:
        environment.pop("PYTHONPATH", None)
    return environment


def capture(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float | None = None,
    check: bool = False,
    errors: str = "replace",
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, without input, and read what it prints.

    Other programs print any bytes: names of files, or messages in the encoding of somebody else.

    Args:
        command: the program and its arguments.
        env: its environment; ours without it.
        cwd: its working directory; ours without it.
        timeout: seconds that it may take.
        check: another exit code than 0 is an error.
        errors: what becomes of bytes that are no text; ``surrogateescape`` where they may be those of a file's name.

    Raises:
        OSError: it cannot be started.
        subprocess.SubprocessError: it takes too long, or fails with ``check``.
    """
    return subprocess.run(
        command,
        env=env,
        cwd=cwd,
        timeout=timeout,
        check=check,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding=sys.getfilesystemencoding(),
        errors=errors,
    )


class Children:
    """Runs commands, from any thread, until :meth:`stop` is called."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    @property
    def stopped(self) -> bool:
        """Whether :meth:`stop` was called: a process that ends after that was ended by us, it did not fail."""
        return self._stopped

    def run(
        self,
        command: Sequence[str],
        cwd: str | None,
        environ: Mapping[str, str],
        log: Path,
        timeout: float | None = None,
    ) -> None:
        """Run a command in a process group of its own and append its output to ``log``.

        Args:
            command: program and arguments.
            cwd: the working directory; ours if None.
            environ: the whole environment.
            log: a file.
            timeout: seconds after which the command is killed.

        Raises:
            subprocess.CalledProcessError: it failed, or :meth:`stop` was called.
            subprocess.TimeoutExpired: it took longer than ``timeout`` seconds.
        """
        with ending_with_us() as guard:
            with log.open("ab") as output, self._lock:
                if self._stopped:
                    raise subprocess.CalledProcessError(_KILLED, command)
                process = subprocess.Popen(
                    command,
                    cwd=cwd,
                    env=dict(environ),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    pass_fds=guard.descriptors,
                )
                guard.watch(process)
                self._running.add(process)
            try:
                code = process.wait(timeout)
            finally:
                with self._lock:
                    self._running.discard(process)
                    kill_process_group(process)
                process.wait()
        if code:
            raise subprocess.CalledProcessError(code, command)

    def stop(self) -> None:
        """Kill every running process with all processes that it started; later calls of :meth:`run` fail."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                kill_process_group(process)


def kill_process_group(process: subprocess.Popen[Any]) -> None:
    """Kill a process that leads a process group, and the whole group, at once; on Windows the process alone."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def end_process(process: subprocess.Popen[Any], patience: float = PATIENCE) -> None:
    """End a process so that it can clean up: wait a second, then interrupt it, at last kill it.

    It is interrupted by SIGINT, as Ctrl-C does. Where we ignore SIGINT the process may have inherited that, and gets
    SIGTERM instead. If we are interrupted meanwhile, it is killed at once.

    Args:
        process: a process in our own process group.
        patience: seconds between the interruption and the kill.
    """
    interrupt = signal.SIGTERM if signal.getsignal(signal.SIGINT) is signal.SIG_IGN else signal.SIGINT
    try:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
            return
        process.send_signal(interrupt)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            return
    finally:
        with uninterrupted():
            if process.poll() is None:
                process.kill()
                process.wait()
