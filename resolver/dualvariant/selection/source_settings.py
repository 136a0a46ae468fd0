"""Which sources count, for all commands: the command line over the installer's settings, requirement files on top."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from packaging.utils import NormalizedName

from dualvariant.core.dirs import expand_home
from dualvariant.core.errors import ConflictingOptionsError
from dualvariant.core.iso_time import parse_iso_time
from dualvariant.network.urls import is_address, is_http
from dualvariant.repository.merge_rule import UV_FIRST_INDEX, MergeRule, make_best_match_rule
from dualvariant.repository.page import File
from dualvariant.repository.sources import PYPI, SourceSettings
from dualvariant.requirements.format_control import FormatControl
from dualvariant.requirements.requirement_files import RequirementFiles
from dualvariant.settings.failures import InvalidSettingError
from dualvariant.settings.options import SourceOptions
from dualvariant.settings.pip_config import PipConfig
from dualvariant.settings.upload_limits import UploadLimits
from dualvariant.settings.uv_config import UvConfig, UvIndex, find_used_indexes

__all__ = ["read_source_settings"]

#: uv's strategy with the older name that its files may have.
_FIRST_MATCH = ("unsafe-first-match", "unsafe-any-match")


def read_source_settings(
    options: SourceOptions,
    config: PipConfig,
    tags: Sequence[str],
    note: Callable[[str], None],
    files: RequirementFiles | None = None,
    limits: UploadLimits | None = None,
) -> SourceSettings:
    """The sources of the command line, of the installer's settings and of requirement files.

    Args:
        options: the command line.
        config: the settings of the installer that was asked for.
        tags: those of the target.
        note: gets a message where uv's index strategy cannot be followed.
        files: what requirement files say; None before they are read.
        limits: when files must have been uploaded; None before that is known.

    Raises:
        ConflictingOptionsError: an option of uv's is given, and uv is not.
        InvalidSettingError: uv's index strategy has a value that uv refuses.
    """
    files = files or RequirementFiles(Path(), lambda address: b"")
    if config.uv is not None:
        limits = limits or UploadLimits()
        admits = partial(_admits, files.formats, limits)
        settings = _read_for_uv(options, config.uv, files, _find_rule(options, config.uv, tags, note, admits))
        return settings._replace(lists=partial(_lists, limits)) if limits.of_sources else settings
    return _read_for_pip(options, config, files)


def _read_for_pip(options: SourceOptions, config: PipConfig, files: RequirementFiles) -> SourceSettings:
    """``--index-url`` replaces that of the settings, and one in a file replaces all indexes before it."""
    for option, value in (
        ("--default-index", options.uv_default_index),
        ("--index-strategy", options.uv_index_strategy),
    ):
        if value is not None:
            raise ConflictingOptionsError(f"{option} is an option of uv's: {value!r}", "--engine uv asks for uv")
    of_options = options.index_url or next(iter(options.uv_indexes), None)  # to pip, '--index' is short for it
    index_url = files.index_url or of_options or config.values.get("index-url") or PYPI
    before = () if files.index_url else (*config.words("extra-index-url"), *options.extra_index_urls)
    extra = (*before, *files.extra_index_urls)
    find_links = (*config.words("find-links"), *options.find_links, *files.find_links)
    return SourceSettings(
        _make_address(index_url),
        tuple(map(_make_address, extra)),
        tuple(map(_make_address, find_links)),
        options.no_index or config.flag("no-index") or files.no_index,
    )


def _read_for_uv(options: SourceOptions, config: UvConfig, files: RequirementFiles, rule: MergeRule) -> SourceSettings:
    """Each option replaces a variable, and uv's files add to both.

    Requirement files come last, so an index in one is the default one only if nothing else names one. Of find-links
    locations, uv takes addresses before paths, each in alphabetical order, wherever they are named (``flat_index.rs``).
    """
    of_files = [UvIndex(_make_address(url)) for url in files.extra_index_urls]
    of_files += [UvIndex(_make_address(files.index_url), default=True)] if files.index_url else []
    find_links = [*config.all_find_links(options), *map(_make_address, files.find_links)]
    used = find_used_indexes([*config.all_indexes(options), *of_files])
    return SourceSettings(
        used[0].url if used else PYPI,
        tuple(index.url for index in used[1:]),
        tuple(sorted(find_links, key=lambda place: (not is_http(place), place))),
        options.no_index or config.no_index or files.no_index or not used,
        rule=rule,
        flat=frozenset(index.url for index in used if index.flat),
        ignored_codes={index.url: index.ignored_codes for index in used},
        authenticate={index.url: index.authenticate for index in used},
    )


def _find_rule(
    options: SourceOptions,
    config: UvConfig,
    tags: Sequence[str],
    note: Callable[[str], None],
    admits: Callable[[File, NormalizedName], bool],
) -> MergeRule:
    strategy = options.uv_index_strategy or config.value("index-strategy")
    if strategy == "unsafe-best-match":
        return make_best_match_rule(tags, admits)
    if strategy in _FIRST_MATCH:
        note(
            "uv's index-strategy unsafe-first-match is taken for first-index: "
            "of each project only the first index that has it counts"
        )
    elif strategy not in (None, "first-index"):
        raise InvalidSettingError(
            f"uv's index-strategy must be first-index, unsafe-first-match or unsafe-best-match: {strategy!r}",
            "uv refuses this value too",
        )
    return UV_FIRST_INDEX


def _admits(formats: FormatControl, limits: UploadLimits, file: File, project: NormalizedName) -> bool:
    """Whether uv may take a file of an index by its kind and its upload time."""
    kind = formats.wheels(project) if file.filename.endswith(".whl") else formats.sources(project)
    limit = limits.find(project)
    return kind and (limit is None or limit.admits(parse_iso_time(file.upload_time)))


def _lists(limits: UploadLimits, index: str, project: NormalizedName, file: File) -> bool:
    """Whether a file counts as listed by an index."""
    return limits.admits_listed(index, project, file.upload_time)


def _make_address(place: str) -> str:
    """An address as it is; a path, as pip takes one too, as a ``file:`` address."""
    if is_address(place):
        return place
    return expand_home(place).absolute().as_uri()
