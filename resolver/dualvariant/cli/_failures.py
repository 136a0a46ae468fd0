"""From an exception to one clear message and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from dualvariant.core.errors import BadDataError, DualvariantError, UsageError, did_you_mean

__all__ = ["Outcome", "reported", "unknown_command"]

INTERRUPTED = 130


class Outcome:
    """The exit code that a command ends with."""

    code = 0


def unknown_command(name: str, known: Iterable[str]) -> NoReturn:
    """There is no such command."""
    raise UsageError(f"unknown command: {name!r}", did_you_mean(name, known) or "see 'dualvariant --help'")


def _say(message: str, hint: str | None = None) -> None:
    # A message may quote names from an index: control characters must not reach the terminal.
    clean = "".join(char if char.isprintable() or char == "\n" else "?" for char in message)
    print(f"dualvariant: error: {clean}", file=sys.stderr)
    if hint:
        print(f"  hint: {hint}", file=sys.stderr)


@contextmanager
def reported() -> Iterator[Outcome]:
    """Run a command; whatever a user can cause ends as a message, everything else stays a traceback."""
    outcome = Outcome()
    try:
        from variantlib.errors import VariantError
    except ImportError as error:
        _say(
            f"another package called variantlib is in this environment ({error}); PyPI has one",
            "dualvariant needs an environment of its own: pipx or 'uv tool install' makes one",
        )
        raise SystemExit(1) from None
    try:
        yield outcome
    except DualvariantError as error:
        _say(str(error), error.next_step)
        outcome.code = error.exit_code
    except VariantError as error:
        _say(str(error))
        outcome.code = BadDataError.exit_code
    except KeyboardInterrupt:
        _say("interrupted")
        outcome.code = INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone, as `| head` does: nothing to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        outcome.code = 1
    except OSError as error:
        hint = "free some room and run it again" if error.errno == errno.ENOSPC else None
        _say(str(error), hint)
        outcome.code = 1
