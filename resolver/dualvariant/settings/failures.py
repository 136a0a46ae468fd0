"""What can be wrong with settings: a value, or a file."""

from __future__ import annotations

from dualvariant.core.errors import BadDataError, UsageError

__all__ = ["InvalidSettingError", "InvalidSettingsFileError"]


class InvalidSettingError(UsageError):
    """A setting of pip has a value that pip does not accept."""

    code = "invalid-setting"


class InvalidSettingsFileError(BadDataError):
    """A settings file cannot be parsed, or has a value of a wrong type."""

    code = "invalid-settings-file"
