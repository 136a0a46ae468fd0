"""What a user can run into, each with the exit code of its kind and, where there is one, the next step."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "BadDataError",
    "ConflictingOptionsError",
    "DualvariantError",
    "InvalidUrlError",
    "NoInterpreterError",
    "NoNextStep",
    "NothingFitsError",
    "NothingToDoError",
    "ProviderFailedError",
    "RefusedOptionError",
    "UnknownCommandError",
    "UnknownNameError",
    "UnknownOptionError",
    "UnreadableFileError",
    "UsageError",
    "did_you_mean",
]


class NoNextStep(str):
    """A reason why an error has no next step, for the reader of the code; the user sees only the message."""

    __slots__ = ()


class DualvariantError(Exception):
    """Base of every error that ends a command with a message instead of a traceback.

    Each class has an exit code and a stable ``code``, which is printed behind the message and which scripts may rely
    on; the words may change.

    Args:
        message: what is wrong, with what, and why.
        next_step: what the user can do next; :class:`NoNextStep` where that is nothing.
    """

    exit_code = 1
    code = "failed"

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(message)
        self.next_step = None if isinstance(next_step, NoNextStep) else next_step


class UsageError(DualvariantError):
    """The command line, or a setting, asks for something that is not possible."""

    exit_code = 2
    code = "usage"


class UnknownCommandError(UsageError):
    """There is no command of that name."""

    code = "unknown-command"


class UnknownOptionError(UsageError):
    """A command has no option or argument of that name."""

    code = "unknown-option"


class UnknownNameError(UsageError):
    """A value names something that does not exist: a provider, an action, a configuration."""

    code = "unknown-name"


class ConflictingOptionsError(UsageError):
    """Two options that are given together contradict each other."""

    code = "conflicting-options"


class RefusedOptionError(UsageError):
    """An option, or a setting, would bypass the choice of variants."""

    code = "refused-option"


class NothingToDoError(UsageError):
    """Neither a requirement nor a file with requirements is given."""

    code = "nothing-to-do"


class UnreadableFileError(UsageError):
    """A file or folder that the command line names does not exist or cannot be read."""

    code = "unreadable-file"


class InvalidUrlError(UsageError):
    """An address cannot be taken apart: it is not a URL."""

    code = "invalid-url"


class NoInterpreterError(UsageError):
    """There is no interpreter to install for, or the one that is named does not work."""

    code = "no-interpreter"


class NothingFitsError(DualvariantError):
    """No wheel fits this host and these options."""

    exit_code = 3
    code = "nothing-fits"


class ProviderFailedError(DualvariantError):
    """A provider failed, and ``--strict`` was given."""

    exit_code = 4
    code = "provider-failed"


class BadDataError(DualvariantError):
    """An index, a wheel, a profile or a settings file that cannot be used as it is."""

    exit_code = 5
    code = "bad-data"


def did_you_mean(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """``did you mean 'x'?``, or None where nothing is near; the case of letters makes no difference, nor does - for _.

    Args:
        name: what is not known.
        known: what is.
        cutoff: how near it has to be, from 0 to 1 (:func:`difflib.get_close_matches`).
    """
    import difflib

    meant = {_fold(each): each for each in known}
    near = difflib.get_close_matches(_fold(name), list(meant), n=1, cutoff=cutoff)
    return f"did you mean {meant[near[0]]!r}?" if near else None


def _fold(name: str) -> str:
    return name.casefold().replace("-", "_")
