"""Whether what is installed is verified: by the command line, else by ``verify`` in a settings file."""

from __future__ import annotations

import reprlib
from collections.abc import Callable

from dualvariant.settings.own_files import VERIFY_KEY, read_own_setting

__all__ = ["read_verify"]


def read_verify(command_line: bool | None, note: Callable[[str], None]) -> bool:
    """Whether the variants that are installed are imported.

    Args:
        command_line: ``--verify`` or ``--no-verify``; None if neither is given.
        note: gets a message for a value that cannot be used; the next file counts then.
    """
    if command_line is not None:
        return command_line
    for place, value in read_own_setting(VERIFY_KEY, _ignore):
        if isinstance(value, bool):
            return value
        note(f"{place}: {VERIFY_KEY} must be true or false, so it is not used: {reprlib.repr(value)}")
    return False


def _ignore(message: str) -> None:
    """What is wrong with a file is said when the order of the providers is read."""
