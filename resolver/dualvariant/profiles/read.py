"""A profile that the user names: a file, or a machine of the catalogue."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from dualvariant.core.errors import BadDataError, UnreadableFileError
from dualvariant.core.files import exists, read_named
from variantlib.errors import ProfileError
from variantlib.profile import HostProfile

__all__ = ["PROFILE_VARIABLE", "NamedProfile", "is_file_name", "read_profile"]

#: The variable that names a profile where no ``--profile`` does.
PROFILE_VARIABLE = "DUALVARIANT_PROFILE"

#: The most bytes of a profile that are read; that of a real host has 2,000.
LARGEST_PROFILE = 4 << 20

_NEXT = "'dualvariant host --json' prints the profile of this host"
_LONGEST_NAME = 80
_SHOWN_PROBLEMS = 3
_LONGEST_PROBLEM = 300


class NamedProfile(NamedTuple):
    """A profile, and what it is called.

    Args:
        name: what the document says (``name``), else the name of the file, or of the machine.
        profile: what it supports.
    """

    name: str
    profile: HostProfile


def is_file_name(word: str) -> bool:
    """Whether a word names a file: it has a slash or an ending, or there is such a file; a folder is none."""
    return os.sep in word or "." in word.casefold().removeprefix("armv8.") or (exists(word) and not Path(word).is_dir())


def read_profile(word: str) -> NamedProfile:
    """The profile of a file, or of a machine in the catalogue.

    Args:
        word: a path, or the name of a machine.

    Raises:
        UnreadableFileError: the file cannot be read.
        BadDataError: the file is no profile; the message has every problem with its path in the document.
        UnknownNameError: there is neither a file nor a machine of that name.
    """
    if not is_file_name(word):
        from dualvariant.profiles.catalogue import find_machine

        return NamedProfile(word, find_machine(word))
    try:
        content = read_named(Path(word), LARGEST_PROFILE)
        profile = HostProfile.from_json(content)
    except OSError as error:
        raise UnreadableFileError(f"the profile cannot be read ({error.strerror}): {word!r}", _NEXT) from error
    except ProfileError as error:
        raise BadDataError(f"not a profile ({_summarize(error.problems)}): {word!r}", _NEXT) from error
    said = json.loads(content).get("name")
    has_name = isinstance(said, str) and said.strip() and said.isprintable() and len(said) <= _LONGEST_NAME
    return NamedProfile(said if has_name else Path(word).name.removesuffix(".json"), profile)


def _summarize(problems: Sequence[str]) -> str:
    """The first problems of a document, and how many more there are."""
    shown = [
        problem if len(problem) <= _LONGEST_PROBLEM else f"{problem[:_LONGEST_PROBLEM]}…"
        for problem in problems[:_SHOWN_PROBLEMS]
    ]
    more = len(problems) - len(shown)
    return "; ".join(shown + ([f"and {more} more, which 'dualvariant profile check' names"] if more else []))
