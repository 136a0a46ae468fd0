"""A file that a source lists for a project, with what its name says: the release, and the wheel's tags."""

from __future__ import annotations

from string import hexdigits
from typing import NamedTuple

from packaging.utils import (
    NormalizedName,
    canonicalize_name,
    parse_sdist_filename,
)
from packaging.version import Version

from dualvariant.core.files import sha256_of
from dualvariant.core.iso_time import parse_iso_time
from dualvariant.network.urls import local_path
from dualvariant.repository.page import File
from dualvariant.repository.replaced_name import describe_replaced, find_replaced_name
from variantlib.errors import WheelNameError
from variantlib.versions import try_version
from variantlib.wheel_name import Dialect, WheelName, parse_wheel_name

__all__ = [
    "METADATA_ENDINGS",
    "SDIST_ENDINGS",
    "ListedFile",
    "find_malformed_value",
    "find_sha256",
    "parse_listed_file",
]

#: What pip takes for an archive of sources.
SDIST_ENDINGS = (
    ".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".tar", ".tbz", ".txz", ".tlz", ".tar.lz", ".tar.lzma",
)  # fmt: skip

#: How the names of the files end that describe the variants of a release, one dialect after the other.
METADATA_ENDINGS = ("~variants.json", "-variants.json")

#: uv reads a size into 64 bits.
_MOST_BYTES = 1 << 63
#: How many hexadecimal digits the digests of the algorithms have that installers know.
_DIGITS = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128, "blake2b": 128}


class ListedFile(NamedTuple):
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
    if file.other_name is not None and file.other_name.endswith((".whl", *SDIST_ENDINGS)):
        names = [each for each in (name, file.other_name) if _is_of(each, project) and not _is_variant(each)]
        return ListedFile(file, source) if names else None
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
    if file.egg is not None and _is_variant(file.filename):
        return None  # pip ends with an error at such a link
    if file.egg is not None:
        return ListedFile(file, source) if wheel is None or wheel.name == project else None
    if wheel is None or wheel.dialect is Dialect.LABEL:
        replaced = find_replaced_name(file.filename)
        if replaced is not None and replaced.name == project:
            return ListedFile(file, source, replaced, replaced.version, describe_replaced(replaced))
    if wheel is None:
        # The installer decides whether it takes a wheel with an unusual name; we only need its project. Only a variant
        # has a '~', and one whose name is damaged behind a build number would be a standard wheel to pip.
        return ListedFile(file, source) if _is_of(file.filename, project) and "~" not in file.filename else None
    return ListedFile(file, source, wheel, wheel.version) if wheel.name == project else None


def find_sha256(file: File) -> str | None:
    """The sha256 of a file in lower case: as its source lists it, else of the file itself if it is here, else None."""
    listed = file.hashes.get("sha256")
    if listed is not None:
        return listed.lower()
    path = None if file.is_foreign_path else local_path(file.url)
    try:
        return None if path is None else sha256_of(path)
    except OSError:
        return None  # the installer reports it, if it takes the file


def find_malformed_value(file: File) -> str | None:
    """What a page lists of a file, and an installer ends at because it has not that form; None if all is sound."""
    digests = [*file.hashes.items(), *(file.metadata or {}).items()]
    malformed = [name for name, digest in digests if not _is_digest(name, digest)]
    if file.upload_time is not None and parse_iso_time(file.upload_time) is None:
        malformed.append("time of upload")
    if file.size is not None and not 0 <= file.size < _MOST_BYTES:
        malformed.append("size")
    return next(iter(malformed), None)


def _is_digest(name: str, text: str) -> bool:
    return name not in _DIGITS or (len(text) == _DIGITS[name] and not set(text) - set(hexdigits))


def _is_variant(name: str) -> bool:
    """Whether a file name is that of a variant, which no installer takes by itself."""
    try:
        return "~" in name or parse_wheel_name(name).dialect is not Dialect.STANDARD
    except WheelNameError:
        return False


def _is_of(name: str, project: NormalizedName) -> bool:
    """Whether a file name begins as those of a project."""
    if name.endswith(".whl"):
        return canonicalize_name(name.split("-")[0]) == project
    return name.endswith(SDIST_ENDINGS) and _is_sdist_of(name, project)


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
