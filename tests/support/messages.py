"""What the command prints on stderr when it ends with an error."""

from __future__ import annotations

import re

__all__ = ["error_code"]

#: From the beginning of an error to its hint, or to the end of the output where it has none.
_ERROR = re.compile(r"^dualvariant: error: (.*?)(?=^  hint: |\Z)", re.MULTILINE | re.DOTALL)
#: A code at the end of a line; a message may have several lines.
_CODE = re.compile(r"\[([a-z][a-z0-9]*(?:-[a-z0-9]+)*)\]$", re.MULTILINE)


def error_code(stderr: str) -> str | None:
    """Find the code in brackets behind the last error message, or None if there is none.

    Args:
        stderr: what the command printed: ``dualvariant: error: MESSAGE [code]`` and perhaps ``  hint: …`` below.
    """
    errors = _ERROR.findall(stderr)
    codes = _CODE.findall(errors[-1]) if errors else []
    return codes[-1] if codes else None
