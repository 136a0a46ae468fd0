"""From an exception to one clear message, a code that scripts can rely on, and an exit code."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from dualvariant.core.errors import BadDataError, DualvariantError, UnknownCommandError, did_you_mean
from dualvariant.core.report import mute, print_message

__all__ = ["ExitStatus", "raise_unknown_command", "report_failures", "report_os_error"]

INTERRUPTED = 130

#: What to do about an error of variantlib, by its code; its messages name the file and the fault.
_NEXT_STEPS = {
    "wheel-name": "a wheel is called NAME-VERSION-PYTHON-ABI-PLATFORM.whl",
    "wheel-file": "name another wheel, or build or download this one again",
    "index-metadata": "'dualvariant index DIR' writes the metadata of an index again",
    "profile": "'dualvariant host --json' prints a profile",
}

_FILE_FOR_FOLDER = "a file is where a folder has to be: remove it, or name another folder"

#: What to do about an error of the system, by its number.
_OS_STEPS = {
    errno.EEXIST: _FILE_FOR_FOLDER,
    errno.ENOTDIR: _FILE_FOR_FOLDER,
    errno.EISDIR: "a folder is where a file has to be: remove it, or name another file",
    errno.ENAMETOOLONG: "name a shorter path",
    errno.EAGAIN: "raise the limit on processes (ulimit -u), or end some",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.ENFILE: "end some programs: the machine has too many open files",
    errno.ENOMEM: "raise the limit on memory (ulimit -v), or run the command where more is free",
    errno.EROFS: "name a folder of a file system that can be written",
}
_FULL = (errno.ENOSPC, errno.EDQUOT)

#: What Python says where the system lets a process have no more threads; it has no class of its own for this error.
_NO_THREAD = "can't start new thread"


class ExitStatus:
    """The exit code that a command ends with."""

    code = 0


def raise_unknown_command(name: str, known: Iterable[str]) -> NoReturn:
    """Report that there is no such command."""
    raise UnknownCommandError(f"unknown command: {name!r}", did_you_mean(name, known) or "see 'dualvariant --help'")


def _report(code: str, message: str, next_step: str | None, *, as_json: bool) -> None:
    print_message(f"dualvariant: error: {message} [{code}]")
    if next_step:
        print_message(f"  hint: {next_step}")
    if as_json:
        from dualvariant.cli._json import print_error

        try:
            print_error(code, message, next_step)
        except OSError:
            mute(sys.stdout)  # nobody can read it; standard error has said the same


def _report_foreign_variantlib(error: ImportError, *, as_json: bool) -> None:
    """Say why a part of our ``variantlib`` cannot be imported.

    PyPI's project of that name, WheelNext's reference implementation, has the same import name. Installing it replaces
    files of ours, and uninstalling it removes them.
    """
    _report(
        "foreign-variantlib",
        f"a part of dualvariant is not there ({error}): PyPI's variantlib, which has the same import name, was "
        "installed into this environment or removed from it",
        "install dualvariant again (pip install --force-reinstall dualvariant), into an environment of its own: pipx "
        "or 'uv tool install' makes one",
        as_json=as_json,
    )


@contextmanager
def _notice_missing_parts(status: ExitStatus, *, as_json: bool) -> Iterator[None]:
    """Report a module of our ``variantlib`` that is gone; another import that fails stays a traceback."""
    try:
        yield
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "variantlib":
            raise
        _report_foreign_variantlib(error, as_json=as_json)
        status.code = 1


@contextmanager
def _notice_limits(status: ExitStatus, *, as_json: bool) -> Iterator[None]:
    """Report that the system lets this process have no more memory, or no more threads."""
    try:
        yield
    except MemoryError:
        _report("no-memory", "there is not enough memory", _OS_STEPS[errno.ENOMEM], as_json=as_json)
        status.code = 1
    except RuntimeError as error:
        if str(error) != _NO_THREAD:
            raise
        step = "raise the limits on processes (ulimit -u) and memory (ulimit -v), or lower that on stacks (ulimit -s)"
        _report("os-error", "no further thread can be started", step, as_json=as_json)
        status.code = 1


def report_os_error(error: OSError, *, as_json: bool) -> None:
    """Say what the system refused, and what to do about it."""
    step = _OS_STEPS.get(error.errno or 0)
    if error.errno in _FULL:
        _report("no-space", str(error), "free some space and run the command again", as_json=as_json)
    elif error.filename is None and not _has_working_directory():
        _report("os-error", "the working directory is gone", "change to another one", as_json=as_json)
    elif step is None and error.filename is None:
        # The message says what was tried: for temporary files, several folders.
        _report("os-error", str(error), "check the machine: its disks, its limits and TMPDIR", as_json=as_json)
    else:
        step = step or "check that the path exists and that you have permission to use it"
        _report("os-error", str(error), step, as_json=as_json)


def _has_working_directory() -> bool:
    from pathlib import Path

    try:
        Path.cwd()
    except FileNotFoundError:
        return False
    return True


@contextmanager
def report_failures(*, as_json: bool = False) -> Iterator[ExitStatus]:
    """Run a command: what a user can cause ends as a message, everything else stays a traceback.

    Args:
        as_json: the error also goes to standard output, as ``{"error": {"code", "message", "next"}}``, if the command
            has not printed a document of its own.
    """
    status = ExitStatus()
    if as_json:
        from dualvariant.cli._json import allow_document

        allow_document()
    try:
        from variantlib.errors import VariantError
    except ImportError as error:
        _report_foreign_variantlib(error, as_json=as_json)
        raise SystemExit(1) from None
    try:
        with _notice_missing_parts(status, as_json=as_json), _notice_limits(status, as_json=as_json):
            yield status
    except DualvariantError as error:
        _report(error.code, str(error), error.next_step, as_json=as_json)
        status.code = error.exit_code
    except VariantError as error:
        _report(error.code, str(error), _NEXT_STEPS[error.code], as_json=as_json)
        status.code = BadDataError.exit_code
    except KeyboardInterrupt:
        _report("interrupted", "interrupted", None, as_json=as_json)
        status.code = INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone, as with `| head`: nobody reads a message.
        status.code = 1
    except OSError as error:
        report_os_error(error, as_json=as_json)
        status.code = 1
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            mute(sys.stdout)
