"""What an installer reads in a wheel before it takes it: its name and version, what it needs, and for which Pythons."""

from __future__ import annotations

import re
from email.message import Message

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidName, canonicalize_name

from dualvariant.selection.choice import Choice
from variantlib.versions import try_version
from variantlib.wheel_name import WheelName

__all__ = ["find_contradiction", "find_obstacle", "is_utf8"]

#: The marker variables of PEP 825. They are not settled, and no released installer evaluates them.
_VARIANT_MARKER = re.compile(r"\bvariant_(?:label|properties|features|namespaces)\b")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


def find_contradiction(headers: Message, wheel: WheelName, choice: Choice) -> str | None:
    """Why an installer passes over a wheel with these headers, and takes another release; None if it does not.

    Source: ``resolvelib.candidates`` of pip 26.3, which discards a wheel of another project or version, and one for
    another Python, after it has read it.
    """
    name, version, requires_python = (headers.get(each) for each in ("Name", "Version", "Requires-Python"))
    if name is not None and canonicalize_name(str(name).strip()) != wheel.name:
        return f"its METADATA is that of the project {str(name).strip()!r}"
    if version is not None and try_version(str(version)) != wheel.version:
        return f"its METADATA says version {str(version).strip()!r}"
    if choice.rules.admits_python(requires_python, choice.python):
        return None
    return f"its METADATA needs Python {str(requires_python).strip()}"


def find_obstacle(headers: Message) -> str | None:
    """Why an installer ends when it reads these headers, or cannot tell the dependencies; None if there is no reason.

    This is for variants. A standard wheel is left to the installer, which may accept what another one does not.
    """
    for name in ("Name", "Version"):
        if name not in headers:
            return f"its METADATA has no {name}"
    try:
        canonicalize_name(headers["Name"], validate=True)
    except InvalidName:
        return f"its METADATA has an invalid name, {headers['Name']!r}"
    for requirement in map(str, headers.get_all("Requires-Dist", [])):
        marker = _VARIANT_MARKER.search(_QUOTED.sub("", requirement.partition(";")[2]))
        if marker is not None:
            return f"no installer evaluates the marker {marker[0]!r} of a dependency: {requirement!r}"
        try:
            Requirement(requirement)
        except InvalidRequirement:
            return f"its METADATA has an invalid dependency, {requirement!r}"
    return None


def is_utf8(metadata: bytes) -> bool:
    """Whether METADATA has the encoding that it must have; pip ends where it has another one."""
    try:
        metadata.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
