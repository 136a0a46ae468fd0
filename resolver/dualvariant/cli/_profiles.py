"""Profiles on the command line: the words that name them, and how they are printed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from dualvariant.cli._json import print_document
from dualvariant.core.report import TerminalReporter

if TYPE_CHECKING:
    from dualvariant.profiles.read import NamedProfile
    from variantlib.config import KeyConfig
    from variantlib.profile import HostProfile

__all__ = ["THIS_HOST", "make_profile_document", "make_profile_table", "print_profile", "read_named_profile"]

#: The word that names the profile of this host.
THIS_HOST = "host"

_KEY = re.compile(r'\{\s+"key": "\w+",\s+"values": \[[\s\w.",]+\]\s+\}', re.ASCII)


def read_named_profile(word: str) -> NamedProfile:
    """The profile that a word names: ``host`` is this one, else it is a file or a machine of the catalogue.

    Raises:
        DualvariantError: there is none of that name, or it is no profile.
    """
    from dualvariant.profiles.read import NamedProfile, read_profile

    if word != THIS_HOST:
        return read_profile(word)
    from dualvariant.host.detect import detect

    detection = detect()
    detection.report(TerminalReporter())
    return NamedProfile(THIS_HOST, detection.profile)


def make_profile_document(profile: HostProfile, name: str | None = None) -> dict[str, Any]:
    """The JSON document of a profile, with its digest and perhaps its name."""
    named = {} if name is None else {"name": name}
    return {**profile.to_dict(), **named, "digest": profile.digest}


def print_profile(document: Mapping[str, Any]) -> None:
    """Print the JSON document of a profile, each key with its values on a line, as people edit it."""
    print_document(document, _KEY.sub(_on_one_line, json.dumps(document, indent=1)))


def _on_one_line(match: re.Match[str]) -> str:
    return json.dumps(json.loads(match[0]))


#: The fewest keys with the same value that share a line.
_FOLDED = 4


def make_profile_table(profile: HostProfile, *, everything: bool = False) -> str:
    """The profile as a table; keys that have the same value share a line, unless everything is shown."""
    from dualvariant.cli._table import table

    rows = [("provider", "key", "values, best first")]
    for provider in profile.providers:
        rows_of_provider = list(_list_rows(provider.configs, everything=everything))
        rows += [(provider.provider if n == 0 else "", *row) for n, row in enumerate(rows_of_provider)]
    return table(rows)


def _list_rows(configs: Sequence[KeyConfig], *, everything: bool) -> Iterator[tuple[str, str]]:
    """A row for each key; keys that follow each other and have the same value share one, such as instruction sets."""
    for values, group in groupby(configs, key=lambda config: tuple(config.values)):
        keys = [config.key for config in group]
        text = " ".join(values)
        if everything or len(keys) < _FOLDED or len(values) > 1:
            yield from ((key, text) for key in keys)
        else:
            yield f"{len(keys)} keys", f"{text}: {' '.join(keys)}"
