"""A file that a source offers: whose it is and which release it belongs to, by its name."""

from __future__ import annotations

from attrs import frozen
from packaging.utils import (
    InvalidSdistFilename,
    NormalizedName,
    canonicalize_name,
    parse_sdist_filename,
)
from packaging.version import InvalidVersion, Version

from dualvariant.repository.page import File
from variantlib.errors import WheelNameError
from variantlib.wheel_name import WheelName, parse_wheel_name

__all__ = ["SDIST_ENDINGS", "Offer", "offer_of"]

SDIST_ENDINGS = (".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".tar")


@frozen
class Offer:
    """One file of a project, and who offers it.

    Args:
        file: the file as its page lists it.
        source: the position of its source.
        wheel: what its name says, if it is a wheel whose name can be read.
        version: the release that it belongs to, or None if the name does not tell.
        foreign: why it is nobody's choice although it is listed, or None.
    """

    file: File
    source: int
    wheel: WheelName | None = None
    version: Version | None = None
    foreign: str | None = None


def offer_of(file: File, source: int, project: NormalizedName) -> Offer | None:
    """The file as an offer of this project, or None if it is another's or nothing that can be installed."""
    name = file.filename
    if name.endswith(".whl"):
        try:
            wheel = parse_wheel_name(name)
        except WheelNameError:
            # Whether an odd name is a wheel at all is the installer's business; only its project is ours.
            mine = canonicalize_name(name.split("-")[0]) == project
            return Offer(file, source) if mine else None
        return Offer(file, source, wheel, wheel.version) if wheel.name == project else None
    if name.endswith(SDIST_ENDINGS):
        return Offer(file, source, version=_sdist_version(name, project)) if _is_sdist_of(name, project) else None
    return None


def _is_sdist_of(name: str, project: NormalizedName) -> bool:
    # Old sdists have dashes in the project's name, so the name alone does not tell where the version begins.
    return canonicalize_name(name).startswith(f"{project}-")


def _sdist_version(name: str, project: NormalizedName) -> Version | None:
    try:
        found, version = parse_sdist_filename(name)
        if found == project:
            return version
    except InvalidSdistFilename:
        pass
    for ending in SDIST_ENDINGS:
        if name.endswith(ending):
            try:
                return Version(name.removesuffix(ending)[len(project) + 1 :])
            except InvalidVersion:
                return None
    return None
