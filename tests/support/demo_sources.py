"""Sources that list files of the project ``demo``: what tests ask them, and what they list."""

from __future__ import annotations

from typing import Any

from packaging.utils import canonicalize_name

from dualvariant.network.transport import Transport
from dualvariant.repository.listed_file import ListedFile
from dualvariant.repository.merge_rule import UV_FIRST_INDEX, MergeRule
from dualvariant.repository.sources import ProjectFiles, Sources, SourceSettings
from processes import PATIENCE

__all__ = ["DEMO", "LEVEL", "TRANSPORT", "list_by_name", "list_wheels", "uv_settings"]

DEMO = canonicalize_name("demo")
#: A server on this machine always answers in this time, however busy the machine is.
TRANSPORT = Transport(timeout=PATIENCE, retries=0)
LEVEL = "x86_64 :: level :: {}"


def uv_settings(*indexes: str, rule: MergeRule = UV_FIRST_INDEX, **more: Any) -> SourceSettings:
    """Indexes in uv's order."""
    return SourceSettings(indexes[0], indexes[1:], rule=rule, **more)


def list_by_name(sources: Sources) -> dict[str, ListedFile]:
    """The files of ``demo`` by name; of several with one name, the last one."""
    listed = sources.list_files(DEMO)
    return {file.file.filename: file for file in listed.files} if listed else {}


def list_wheels(sources: Sources) -> tuple[list[ListedFile], ProjectFiles]:
    """The wheels of ``demo``, and all that the sources list for it."""
    listed = sources.list_files(DEMO)
    assert listed is not None
    return [file for file in listed.files if file.wheel is not None], listed
