"""Run a program as if we were not there: its terminal, streams, process group, signals and exit status are ours.

It is started in our process group, so the terminal's Ctrl-C, Ctrl-\\ and Ctrl-Z reach it as they reach us. We take
no notice of those: it decides. What somebody sends to us alone is passed on to it. If it stops on a terminal, we stop,
so that the shell sees what it would see without us; if a signal ends it, the same signal ends us.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from dualvariant.core.errors import DualvariantError, UsageError

__all__ = ["ProgramNotFoundError", "end_as", "hold_signals", "replace_process", "run_program"]

#: What a shell makes of a program that cannot be run, and of one that is not there.
_CANNOT_RUN, _NOT_FOUND = 126, 127

#: What we pass on if it was sent to us alone.
_PASSED_ON = tuple(
    getattr(signal, name)
    for name in ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGALRM")
    if hasattr(signal, name)
)
#: Those of them that ask a program to end.
_INTERRUPTIONS = frozenset(_PASSED_ON) - {signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM}
_HELD = frozenset({*_PASSED_ON, signal.SIGCHLD, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU})
#: Python ignores these, and what it starts would inherit that (POSIX, ``execve``).
_IGNORED_BY_PYTHON = tuple(getattr(signal, name) for name in ("SIGPIPE", "SIGXFSZ") if hasattr(signal, name))
#: Seconds after which we look at the program although no signal has come.
_LOOK_EVERY = 1.0
#: The streams of a program that runs beside another one: the null device, and standard error twice.
_BESIDE = ((os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), (os.POSIX_SPAWN_DUP2, 2, 1))
#: ``si_code`` of a signal that the kernel sent, as for a key of the terminal.
_BY_KERNEL = 0x80


class ProgramNotFoundError(UsageError):
    """There is no such program."""

    exit_code = _NOT_FOUND
    code = "program-not-found"


class ProgramFailedError(DualvariantError):
    """The program is there and cannot be started."""

    exit_code = _CANNOT_RUN
    code = "program-failed"


def _find(program: str, environment: Mapping[str, str]) -> str:
    found = shutil.which(program, path=environment.get("PATH", os.defpath))
    if found is not None:
        return found
    if os.sep in program and os.path.exists(program):  # noqa: PTH110  # as the user wrote it
        raise ProgramFailedError(f"the program cannot be run: {program!r}", "it needs the permission to be executed")
    raise ProgramNotFoundError(f"no such program: {program!r}", "'dualvariant exec -- PROGRAM …' takes one on PATH")


def replace_process(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Become a program; returns only by an exception.

    Raises:
        DualvariantError: it cannot be started.
    """
    path = _find(command[0], environment)
    sys.stdout.flush()
    for number in _IGNORED_BY_PYTHON:
        signal.signal(number, signal.SIG_DFL)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    try:
        os.execve(path, list(command), dict(environment))
    except OSError as error:
        raise _start_error(command[0], error) from error


def _start_error(program: str, error: OSError) -> ProgramFailedError:
    return ProgramFailedError(f"the program does not start ({error.strerror}): {program!r}", "check what it is")


@contextmanager
def hold_signals() -> Iterator[frozenset[int]]:
    """Hold the signals that :func:`run_program` deals with; gives the mask from before, for the program.

    Threads inherit the mask, so the block begins before any is started.
    """
    before = frozenset(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)))
    try:
        yield before
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def run_program(
    command: Sequence[str], environment: Mapping[str, str], mask: frozenset[int], *, beside: bool = False
) -> int:
    """Run a program to its end, within :func:`hold_signals`.

    A signal that came before there is a program is for us: the program does not start if it ends us.

    Args:
        command: program and arguments.
        environment: the whole of it.
        mask: the signals that it has blocked.
        beside: our streams are another program's: it has nothing to read, and what it prints goes to standard error.
            If it fails after a signal that we do not ignore, the signal counts as its end, so that Ctrl-C is for the
            other program, too.

    Returns:
        Its exit code; minus the number of the signal that ended it.

    Raises:
        DualvariantError: it cannot be started.
    """
    path = _find(command[0], environment)
    sys.stdout.flush()
    _receive_held(mask)
    streams = _BESIDE if beside else ()
    try:
        child = os.posix_spawn(
            path,
            list(command),
            dict(environment),
            file_actions=streams,
            setsigmask=list(mask),
            setsigdef=_IGNORED_BY_PYTHON,
        )
    except OSError as error:
        raise _start_error(command[0], error) from error
    interruption = 0
    while True:
        number, is_ours_alone = _wait()
        if number is None or number == signal.SIGCHLD:
            code = _look(child)
            if code is not None:
                return -interruption if beside and code and interruption else code
        elif number in _PASSED_ON:
            if number in _INTERRUPTIONS and signal.getsignal(number) is not signal.SIG_IGN:
                interruption = number
            if is_ours_alone:
                with suppress(ProcessLookupError):
                    os.kill(child, number)


def _receive_held(mask: frozenset[int]) -> None:
    """Have the signals that are held delivered to us, and hold those that come from now on."""
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)


def _wait() -> tuple[int | None, bool]:
    """The next signal, and whether it was sent to us alone; a key of the terminal reaches the whole group.

    None if none comes for a while: a thread that was there before the signals were held may have taken the one of a
    child that has ended.
    """
    if hasattr(signal, "sigtimedwait"):
        received = signal.sigtimedwait(_HELD, _LOOK_EVERY)
        return (None, False) if received is None else (received.si_signo, received.si_code != _BY_KERNEL)
    number = signal.sigwait(_HELD)  # macOS does not say who has sent it
    return number, number not in (signal.SIGINT, signal.SIGQUIT)


def _look(child: int) -> int | None:
    """The exit code of a child that has ended; if it has stopped on a terminal, we stop too, and it goes on when we do.

    Without a terminal there is no shell that would have us go on: what has stopped the child has it go on.
    """
    pid, status = os.waitpid(child, os.WNOHANG | os.WUNTRACED)
    if pid == 0:
        return None
    if not os.WIFSTOPPED(status):
        return os.waitstatus_to_exitcode(status)
    if _has_terminal():
        os.kill(os.getpid(), signal.SIGSTOP)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGCONT)
    return None


def _has_terminal() -> bool:
    """Whether our session has a terminal."""
    try:
        os.close(os.open(os.ctermid(), os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


def end_as(code: int) -> int:
    """End as a program ended: by the signal that ended it, or, returned, with its exit code.

    Args:
        code: as :func:`run_program` returns it.
    """
    if code >= 0:
        return code
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    with suppress(OSError, ValueError):
        if -code not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(-code, signal.SIG_DFL)
        sys.stdout.flush()
        os.kill(os.getpid(), -code)
    return 128 - code
