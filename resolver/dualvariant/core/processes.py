"""Processes that belong to us: each with a log of what it says, and none that outlives the build."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

__all__ = ["Children", "interruptible"]


class Children:
    """Runs commands, from any thread, until it is told to stop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    @property
    def stopped(self) -> bool:
        """Whether :meth:`stop` was called: processes that end from then on have not failed by themselves."""
        return self._stopped

    def run(
        self,
        command: Sequence[str],
        cwd: str | None,
        environ: Mapping[str, str],
        log: Path,
        timeout: float | None = None,
    ) -> None:
        """Run a command in a process group of its own; what it prints is added to ``log``.

        Raises:
            subprocess.CalledProcessError: it failed, or everything was stopped.
            subprocess.TimeoutExpired: it took longer than ``timeout`` seconds, and was ended.
        """
        with log.open("ab") as output, self._lock:
            if self._stopped:
                raise subprocess.CalledProcessError(-signal.SIGKILL, command)
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._running.add(process)
        try:
            code = process.wait(timeout)
        finally:
            with self._lock:
                self._running.discard(process)
                _end(process)
            process.wait()
        if code:
            raise subprocess.CalledProcessError(code, command)

    def stop(self) -> None:
        """End every process and all that it started; none is started from now on."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def interruptible() -> Iterator[None]:
    """Have the signals that end a program arrive as Ctrl-C does, so that it can clean up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), interrupt) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


#: Seconds that an installer gets to clean up after Ctrl-C before it is killed.
PATIENCE = 10.0


def end_process(process: subprocess.Popen[bytes]) -> None:
    """Have an installer end: by itself, if it has been told already, or by Ctrl-C, or at last by force."""
    # On Ctrl-C the terminal has told it as well; a second signal would disturb its cleaning up.
    for step in (None, signal.SIGINT, signal.SIGKILL):
        if process.poll() is None and step is not None:
            process.send_signal(step)
        try:
            process.wait(PATIENCE if step == signal.SIGINT else 1.0)
            return
        except subprocess.TimeoutExpired:
            continue
