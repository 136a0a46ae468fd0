"""Why an environment cannot be refitted, or one distribution in it is left alone."""

from __future__ import annotations

from dualvariant.core.errors import UsageError

__all__ = ["LeftAloneError", "NotInstalledError", "NotVirtualError", "TakenBackError", "UnwritableError"]


class LeftAloneError(Exception):
    """One distribution stays as it is; the message is the reason, for a finding."""


class TakenBackError(LeftAloneError):
    """What was exchanged does not run on this CPU; the old files are back."""


class NotInstalledError(UsageError):
    """A project is named that is not installed in the environment."""

    code = "not-installed"


class NotVirtualError(UsageError):
    """The target is no virtual environment, and ``--system`` was not given."""

    code = "not-virtual"


class UnwritableError(UsageError):
    """The environment cannot be changed by this user, or there is no space left."""

    code = "unwritable"
