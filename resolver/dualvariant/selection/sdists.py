"""Fetch a source distribution by our own client: nothing of the project runs, as it would in pip, which asks its build.

The sources and their settings are pip's. The file is written as it comes and has to have the hash that its page names.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from dualvariant.core.dirs import cache_dir
from dualvariant.core.errors import DualvariantError
from dualvariant.core.files import read_regular
from dualvariant.core.report import Reporter
from dualvariant.network.client import Client
from dualvariant.network.pages import PageCache
from dualvariant.network.urls import local_path, redact_url
from dualvariant.repository.listed_file import ListedFile
from dualvariant.repository.page import File
from dualvariant.repository.sources import Sources
from dualvariant.selection.source_settings import read_source_settings
from dualvariant.settings.options import SourceOptions
from dualvariant.settings.pip_config import make_transport, read_pip_config

__all__ = ["SdistError", "fetch_sdist"]

_ENDINGS = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar", ".zip")
_LARGEST = 8 << 30  # bytes


class SdistError(DualvariantError):
    """There is no source distribution of a project, or it is not what its page says."""

    code = "no-sdist"


def fetch_sdist(requirement: str, folder: Path, reporter: Reporter) -> Path:
    """Fetch the newest source distribution that fits a requirement; a pre-release only where nothing else fits.

    Args:
        requirement: as in PEP 508.
        folder: an existing folder of ours.
        reporter: hears of sources that are passed over.

    Raises:
        SdistError: there is none, or its hash is another one.
        SourceError: a source cannot be read.
    """
    wanted = Requirement(requirement)
    config = read_pip_config(Path(sys.prefix), "download", refuse=False)
    settings = read_source_settings(SourceOptions(), config, (), reporter.note)
    client = Client(make_transport(config), settings.indexes, reporter.note, PageCache(cache_dir("pages")))
    project = canonicalize_name(wanted.name)
    found = Sources(settings, client, reporter.warn).list_files(project)
    files = [] if found is None else [each for each in found.files if _is_sdist(each)]
    if found is None:
        raise SdistError(
            f"no source distribution of {requirement!r} could be fetched (no source has a project of that name)",
            "check the name and the indexes in the settings of pip",
        )
    versions = [each.version for each in files if each.version is not None]
    fitting = set(wanted.specifier.filter(versions))
    best = max((each for each in files if each.version in fitting), key=_rank, default=None)
    if best is None:
        newest = f"there is {max(versions)}" if versions else "it has none" if found.files else "it has no files"
        raise SdistError(
            f"no source distribution of {requirement!r} could be fetched ({newest})",
            "check the version (NAME==VERSION); a project without source distributions is built from its repository",
        )
    return _download(client, best.file, folder)


def _is_sdist(listed: ListedFile) -> bool:
    return (
        listed.wheel is None
        and listed.version is not None
        and listed.file.filename.endswith(_ENDINGS)
        and not listed.file.is_foreign_path
    )


def _rank(listed: ListedFile) -> tuple[bool, Version, bool]:
    """Files that are not yanked first, then new versions, then ``.tar.gz``."""
    assert listed.version is not None
    return listed.file.yanked is None, listed.version, listed.file.filename.endswith(".tar.gz")


def _download(client: Client, file: File, folder: Path) -> Path:
    target = folder / Path(file.filename).name
    path = local_path(file.url)
    if path is not None:
        target.write_bytes(read_regular(path, _LARGEST))
    else:
        with client.open(file.url) as response, target.open("wb+") as opened:
            client.spool(file.url, response, opened)
    expected = file.hashes.get("sha256")
    if expected is not None and hashlib.sha256(target.read_bytes()).hexdigest() != expected.lower():
        raise SdistError(
            f"the source distribution is not the one that its page names (sha256): {redact_url(file.url)}", "try again"
        )
    return target
