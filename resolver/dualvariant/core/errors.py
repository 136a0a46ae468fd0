"""What a user can run into, each with the exit code of its kind and, where there is one, the next step."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "BadDataError",
    "DualvariantError",
    "NothingFitsError",
    "ProviderFailedError",
    "UsageError",
    "did_you_mean",
]


class DualvariantError(Exception):
    """Base of every error that ends a command with a message instead of a traceback.

    Args:
        message: what is wrong, and why.
        hint: what to do next.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(DualvariantError):
    """The command line, or a setting, asks for something that cannot be."""

    exit_code = 2


class NothingFitsError(DualvariantError):
    """There is no wheel for this host and these wishes."""

    exit_code = 3


class ProviderFailedError(DualvariantError):
    """A provider failed, and ``--strict`` was given."""

    exit_code = 4


class BadDataError(DualvariantError):
    """An index, a wheel, a profile or a settings file that cannot be used as it is."""

    exit_code = 5


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """``did you mean 'x'?``, or None where nothing is near."""
    import difflib

    near = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else None
