"""Damage to the link of a variant: its other values say anything, and its names still those of that release.

The installer that is the oracle never sees such a link. So whatever it says may cost the variant, and nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from random import Random
from urllib.parse import unquote

from law_cases import Listed
from mutations import Mutator

__all__ = ["damaged"]

#: How many changes are tried until one leaves the link that of a variant of its release.
_ATTEMPTS = 20
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{32,}")


def damaged(listed: Listed, values: Mapping[str, object], *, texts: bool) -> dict[str, object]:
    """The values of a link after damage.

    Args:
        listed: what it is a link to, and the seed.
        values: the attributes of an HTML link, or the entry of a JSON page.
        texts: they must all be texts.
    """
    if listed.damage is None:
        return dict(values)
    mutator = Mutator(Random(listed.damage))
    for _ in range(_ATTEMPTS):
        if texts:
            name = mutator.random.choice(sorted(values))
            changed = {**values, name: mutator.text(str(values[name]))}
        else:
            changed = mutator.document(dict(values))
        if _is_of_its_release(listed, values, changed) and _claims_no_other_digest(values, changed):
            return changed
    return dict(values)


def _is_of_its_release(listed: Listed, before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    """Whether each name that an installer may go by is that of a variant of the release, or none, in the same place."""
    sound = listed.blob.filename  # a damaged label may leave the name of a standard wheel
    begin = sound if listed.blob.called else sound.partition("~")[0] + "~"
    folder, names = _split(before)[0], []
    if isinstance(after.get("href", after.get("url")), str):
        changed, name = _split(after)
        if changed != folder:
            return False
        names.append(name)
    filename = after.get("filename")
    if isinstance(filename, str) and filename.endswith(".whl"):
        names.append(filename)
    return all(name.startswith(begin) for name in names)


def _split(values: Mapping[str, object]) -> tuple[str, str]:
    """The folder of a link's address, and the name in it."""
    folder, _, name = str(values.get("href", values.get("url"))).partition("#")[0].rpartition("/")
    return folder, unquote(name)


def _claims_no_other_digest(before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    """Whether no digest is exchanged for another one that could be one: an installer must end at such a file."""
    known = json.dumps(dict(before))
    return all(digest in known for digest in _HEXADECIMAL.findall(json.dumps(dict(after))))
