"""What an installer reads in a wheel before it takes it: its version, and the Python versions that it is for."""

from __future__ import annotations

import re

from dualvariant.selection.choice import Choice
from variantlib.versions import try_version
from variantlib.wheel_name import WheelName

__all__ = ["find_contradiction", "find_variant_marker"]

#: The marker variables of PEP 825. They are not settled, and no released installer evaluates them.
_VARIANT_MARKER = re.compile(r"\bvariant_(?:label|properties|features|namespaces)\b")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


def find_contradiction(metadata: bytes, wheel: WheelName, choice: Choice) -> str | None:
    """Why an installer passes over a wheel with this METADATA, and takes another release; None if it does not.

    Source: ``resolvelib.candidates`` of pip 26.3, which discards a wheel of another version, and one for another
    Python, after it has read it.
    """
    from email.parser import HeaderParser

    headers = HeaderParser().parsestr(metadata.decode("utf-8", "replace"))
    version, requires_python = headers.get("Version"), headers.get("Requires-Python")
    if version is not None and try_version(version) != wheel.version:
        return f"its METADATA says version {version.strip()!r}"
    if choice.rules.admits_python(requires_python, choice.python):
        return None
    return f"its METADATA needs Python {str(requires_python).strip()}"


def find_variant_marker(metadata: bytes) -> str | None:
    """Why no installer can tell the dependencies of a variant with this METADATA; None if it can."""
    from email.parser import HeaderParser

    headers = HeaderParser().parsestr(metadata.decode("utf-8", "replace"))
    for requirement in map(str, headers.get_all("Requires-Dist", [])):
        marker = _VARIANT_MARKER.search(_QUOTED.sub("", requirement.partition(";")[2]))
        if marker is not None:
            return f"no installer evaluates the marker {marker[0]!r} of a dependency: {requirement!r}"
    return None
