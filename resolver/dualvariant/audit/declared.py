"""What a wheel records of the dispatch that its project declares (``[[tool.variantlib.build.audit.allow]]``).

The record is a property of the wheel's provenance document, ``.dist-info/sboms/dualvariant.cdx.json``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from variantlib.foreign_json import load_json
from variantlib.wheel_archive import WheelArchive

__all__ = ["PROPERTY", "RECORD", "Declared", "format_declared", "read_declared"]

#: The document's place in ``.dist-info``, and the name of the property.
RECORD, PROPERTY = "sboms/dualvariant.cdx.json", "dualvariant:audit-allow"


class Declared(NamedTuple):
    """What a project says of its own dispatch.

    Args:
        file: a file of the wheel, or a pattern of names (``fnmatch``).
        feature: an instruction set.
        reason: why it runs only where the processor has that.
    """

    file: str
    feature: str
    reason: str


def format_declared(declared: Iterable[Declared]) -> list[str]:
    """The values of the property, one for each declaration."""
    return [json.dumps({"file": each.file, "feature": each.feature, "reason": each.reason}) for each in declared]


def read_declared(archive: WheelArchive) -> tuple[Declared, ...]:
    """What a wheel records; nothing if it has no record, or one that cannot be read."""
    name = f"{archive.dist_info}/{RECORD}"
    if name not in archive.namelist():
        return ()
    try:
        document = load_json(archive.read(name))
        values = [each["value"] for each in document["metadata"]["component"]["properties"] if each["name"] == PROPERTY]
        found = [json.loads(value) for value in values]
        return tuple(Declared(str(each["file"]), str(each["feature"]), str(each["reason"])) for each in found)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ()
