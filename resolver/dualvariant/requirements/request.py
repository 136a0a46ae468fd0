"""Requests: the requirements of the command line, and which variants of them are wanted."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

from dualvariant.core.errors import ConflictingOptionsError, UnreadableFileError, UsageError
from dualvariant.core.files import exists
from dualvariant.network.urls import redact_url
from variantlib.preferences import Preferences

__all__ = ["InvalidRequirementError", "Request", "parse_request", "read_preferences", "show_requirement"]

_ARCHIVES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".tar")
#: What stands in front of the address in a requirement.
_NAME = re.compile(r"\s*[\w.-]+\s*(?:\[[^\]]*\])?\s*@\s*")
_EXTRAS = re.compile(r"(?P<path>.+?)(?P<extras>\[[^\]/]*\])?")


class InvalidRequirementError(UsageError):
    """A text is neither a requirement (PEP 508) nor a path nor a URL."""

    code = "invalid-requirement"


class Request(NamedTuple):
    """One requirement of the command line.

    Args:
        text: as it was given; the engine gets this.
        requirement: the requirement, if it names a project that the index is to have.
        path: the file or folder that it names instead.
        extras: ``[…]`` behind the path.
    """

    text: str
    requirement: Requirement | None = None
    path: Path | None = None
    extras: str = ""

    @property
    def project(self) -> NormalizedName | None:
        """The project that the index is asked for."""
        return canonicalize_name(self.requirement.name) if self.requirement else None


def show_requirement(text: str) -> str:
    """A requirement as a message repeats it: what has an address, without its login."""
    if "://" not in text:
        return text
    name = _NAME.match(text)
    return redact_url(text) if name is None else name[0] + redact_url(text[name.end() :])


def parse_request(text: str) -> Request:
    """Tell apart what pip tells apart: a URL, a path, or a requirement (PEP 508).

    Raises:
        UnreadableFileError: it is a path, and there is no such file or folder.
        InvalidRequirementError: it is none of them.
    """
    text = text.rstrip("\n")  # as in pip; a line of a file ends so
    if "://" in text.partition("@")[0] or text.startswith(("git+", "hg+", "svn+", "bzr+", "file:")):
        return Request(text)
    match = _EXTRAS.fullmatch(text)
    path, extras = (match["path"], match["extras"] or "") if match else (text, "")
    if (os.sep in path or path.startswith(".") or path.endswith(_ARCHIVES)) and " @ " not in text:
        if not exists(path):
            raise UnreadableFileError(
                f"no such file or folder: {path!r}", "check the path; a project is named without a slash"
            )
        return Request(text, path=Path(path), extras=extras)
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        hint = "as in NAME, NAME==1.0 or 'NAME[extra]>=1.0'"
        if exists(text) and Path(text).is_dir():
            hint = f"there is a folder of that name: './{text}' means it"
        raise InvalidRequirementError(f"not a requirement ({reason}): {show_requirement(text)!r}", hint) from error
    return Request(text) if requirement.url else Request(text, requirement)


def read_preferences(
    options: Iterable[str],
    requests: Sequence[Request],
    *,
    no_variant: bool = False,
    force: bool = False,
) -> tuple[Mapping[NormalizedName, Preferences], Preferences]:
    """What ``--variant`` and ``--no-variant`` mean for each project, and for all that are not named.

    Args:
        options: the values of ``--variant``, each ``V[,V…]`` or ``NAME=V[,V…]``. Without a NAME it is about the
            projects of the command line, never about their dependencies.
        requests: the requirements of the command line.
        no_variant: standard wheels only, for every project.
        force: take a wanted variant even if the host does not support it.

    Raises:
        UsageError: a value cannot be read.
        ConflictingOptionsError: both options are given.
    """
    by_name: dict[NormalizedName, tuple[str, ...]] = {}
    for_all: tuple[str, ...] = ()
    for option in options:
        name, equals, rest = option.partition("=")
        wanted = tuple(part.strip() for part in (rest if equals else option).split(",") if part.strip())
        if not wanted or (equals and not name.strip()):
            raise UsageError(
                f"--variant needs V[,V…] or NAME=V[,V…]: {option!r}", "'dualvariant explain NAME' shows the variants"
            )
        if equals:
            key = canonicalize_name(name.strip())
            by_name[key] = by_name.get(key, ()) + wanted
        else:
            for_all += wanted
    if no_variant and (by_name or for_all):
        raise ConflictingOptionsError("--variant and --no-variant contradict each other", "use one of them")
    others = Preferences(no_variant=no_variant, force=force)
    named = {r.project: others._replace(wanted=for_all) for r in requests if r.project and for_all}
    named.update({name: others._replace(wanted=wanted) for name, wanted in by_name.items()})
    return named, others
