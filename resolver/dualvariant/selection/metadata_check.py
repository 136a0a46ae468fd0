"""What an installer reads in a wheel before it takes it: its version, and the Python versions that it is for."""

from __future__ import annotations

from email.parser import HeaderParser

from packaging.version import Version

from dualvariant.selection.choice import Choice
from variantlib.wheel_name import WheelName

__all__ = ["find_contradiction"]


def find_contradiction(metadata: bytes, wheel: WheelName, choice: Choice) -> str | None:
    """Why an installer passes over a wheel with this METADATA, and takes another release; None if it does not.

    Source: ``resolvelib.candidates`` of pip 26.3, which discards a wheel of another version, and one for another
    Python, after it has read it.
    """
    headers = HeaderParser().parsestr(metadata.decode("utf-8", "replace"))
    version, requires_python = headers.get("Version"), headers.get("Requires-Python")
    try:
        if version is not None and Version(version) != wheel.version:
            return f"its METADATA says version {version.strip()}"
    except ValueError:  # InvalidVersion, or a number with more digits than Python reads
        return f"its METADATA says version {version!r}"
    if choice.rules.admits_python(requires_python, choice.python):
        return None
    return f"its METADATA needs Python {str(requires_python).strip()}"
