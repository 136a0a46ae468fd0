"""Which sources count, for all commands: the command line over pip's settings, requirement files on top."""

from __future__ import annotations

from urllib.parse import urlsplit

from dualvariant.core.dirs import expand_home
from dualvariant.repository.sources import PYPI, SourceSettings
from dualvariant.requirements.requirement_files import RequirementFiles
from dualvariant.settings.options import SourceOptions
from dualvariant.settings.pip_config import PipConfig

__all__ = ["add_sources_of_files", "read_source_settings"]


def read_source_settings(options: SourceOptions, pip_config: PipConfig) -> SourceSettings:
    """Sources of the command line over those of pip's settings: ``--index-url`` replaces, the others add."""
    index_url = options.index_url or pip_config.values.get("index-url") or PYPI
    return SourceSettings(
        _make_address(index_url),
        tuple(map(_make_address, (*pip_config.words("extra-index-url"), *options.extra_index_urls))),
        tuple(map(_make_address, (*pip_config.words("find-links"), *options.find_links))),
        options.no_index or pip_config.flag("no-index"),
    )


def add_sources_of_files(settings: SourceSettings, files: RequirementFiles) -> SourceSettings:
    """The sources of requirement files on top, as pip adds them: an index in a file replaces all those before it."""
    return SourceSettings(
        _make_address(files.index_url) if files.index_url else settings.index_url,
        (*(() if files.index_url else settings.extra_index_urls), *map(_make_address, files.extra_index_urls)),
        (*settings.find_links, *map(_make_address, files.find_links)),
        settings.no_index or files.no_index,
    )


def _make_address(place: str) -> str:
    """An address as it is; a path, as pip takes one too, as a ``file:`` address."""
    if len(urlsplit(place).scheme) > 1:  # one letter is a drive, not a scheme
        return place
    return expand_home(place).absolute().as_uri()
