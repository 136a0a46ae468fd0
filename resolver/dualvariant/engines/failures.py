"""Why an engine cannot do what it is asked to do."""

from __future__ import annotations

from dualvariant.core.errors import UsageError

__all__ = ["EngineLacksOptionError", "EngineNotFoundError"]


class EngineNotFoundError(UsageError):
    """The engine that is asked for, or needed, is not installed."""

    code = "engine-not-found"


class EngineLacksOptionError(UsageError):
    """The engine has no such option, or only a newer version of it has."""

    code = "engine-lacks-option"
