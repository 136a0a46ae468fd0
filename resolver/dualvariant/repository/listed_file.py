"""A file that a source lists for a project, with what its name says: the release, and the wheel's tags."""

from __future__ import annotations

from attrs import frozen
from packaging.utils import (
    NormalizedName,
    canonicalize_name,
    parse_sdist_filename,
)
from packaging.version import Version

from dualvariant.core.files import sha256_of
from dualvariant.network.urls import local_path
from dualvariant.repository.page import File
from dualvariant.repository.replaced_name import describe_replaced, find_replaced_name
from variantlib.errors import WheelNameError
from variantlib.versions import try_version
from variantlib.wheel_name import Dialect, WheelName, parse_wheel_name

__all__ = ["METADATA_ENDINGS", "SDIST_ENDINGS", "ListedFile", "find_sha256", "parse_listed_file"]

#: What pip takes for an archive of sources.
SDIST_ENDINGS = (
    ".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".tar", ".tbz", ".txz", ".tlz", ".tar.lz", ".tar.lzma",
)  # fmt: skip

#: How the names of the files end that describe the variants of a release, one dialect after the other.
METADATA_ENDINGS = ("~variants.json", "-variants.json")


@frozen
class ListedFile:
    """One file of a project.

    Args:
        file: the file as its source lists it.
        source: the position of its source.
        wheel: what its name says, if it is a wheel whose name can be parsed.
        version: the release that it belongs to, or None if the name does not tell.
        excluded: why it cannot be chosen although it is listed, or None.
        from_find_links: whether its source is a find-links location, and no index.
    """

    file: File
    source: int
    wheel: WheelName | None = None
    version: Version | None = None
    excluded: str | None = None
    from_find_links: bool = False


def parse_listed_file(file: File, source: int, project: NormalizedName) -> ListedFile | None:
    """The file with what its name says; None if it is not this project's, or nothing that can be installed.

    Args:
        file: the file as its source lists it.
        source: the position of the source.
        project: the project.
    """
    name = file.filename
    if name.endswith(".whl"):
        return _parse_listed_wheel(file, source, project)
    if name.endswith(SDIST_ENDINGS) and _is_sdist_of(name, project):
        return ListedFile(file, source, version=None if file.egg else _parse_sdist_version(name, project))
    return None


def _parse_listed_wheel(file: File, source: int, project: NormalizedName) -> ListedFile | None:
    try:
        wheel = parse_wheel_name(file.filename)
    except WheelNameError:
        wheel = None
    if file.egg is not None and "~" in file.filename:
        return None  # pip ends with an error at such a link
    if file.egg is not None:
        return ListedFile(file, source) if wheel is None or wheel.name == project else None
    if wheel is None or wheel.dialect is Dialect.LABEL:
        replaced = find_replaced_name(file.filename)
        if replaced is not None and replaced.name == project:
            return ListedFile(file, source, replaced, replaced.version, describe_replaced(replaced))
    if wheel is None:
        # The installer decides whether it takes a wheel with an unusual name; we only need its project.
        return ListedFile(file, source) if canonicalize_name(file.filename.split("-")[0]) == project else None
    return ListedFile(file, source, wheel, wheel.version) if wheel.name == project else None


def find_sha256(file: File) -> str | None:
    """The sha256 of a file: as its source lists it, else computed if the file is on this machine, else None."""
    listed = file.hashes.get("sha256")
    if listed is not None:
        return listed
    path = None if file.is_foreign_path else local_path(file.url)
    try:
        return None if path is None else sha256_of(path)
    except OSError:
        return None  # the installer reports it, if it takes the file


def _is_sdist_of(name: str, project: NormalizedName) -> bool:
    # Old sdists have dashes in the project's name, so the file name alone does not show where the version begins.
    return canonicalize_name(name).startswith(f"{project}-")


def _parse_sdist_version(name: str, project: NormalizedName) -> Version | None:
    try:
        found, version = parse_sdist_filename(name)
        if found == project:
            return version
    except ValueError:  # InvalidSdistFilename, or a number with more digits than Python reads
        pass
    for ending in SDIST_ENDINGS:
        if name.endswith(ending):
            return try_version(name.removesuffix(ending)[len(project) + 1 :])
    return None
