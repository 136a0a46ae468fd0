"""From options, pip's settings and requirement files to the view that they describe."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from attrs import evolve
from packaging.utils import canonicalize_name
from platformdirs import user_cache_path

from dualvariant.core.errors import BadDataError, ProviderFailedError, UsageError
from dualvariant.core.report import Reporter
from dualvariant.network.client import Client
from dualvariant.repository.content_cache import ContentCache
from dualvariant.repository.sources import PYPI, Sources, SourceSettings
from dualvariant.repository.variant_metadata import MetadataReader
from dualvariant.requirements.request import Request, preferences_by_project
from dualvariant.requirements.requirement_files import RequirementFiles
from dualvariant.selection.choice import Choice
from dualvariant.selection.view import View
from dualvariant.settings.pip_config import PipConfig, read_pip_config, transport_of
from dualvariant.settings.priorities import prioritized
from dualvariant.target.interpreter import Interpreter
from variantlib.errors import ProfileError
from variantlib.profile import HostProfile

__all__ = ["combined", "host_profile", "pip_settings", "read_requirement_files", "requests_of_files", "view_of"]


def host_profile(args: argparse.Namespace, reporter: Reporter) -> tuple[HostProfile, list[str]]:
    """The profile to choose for (``--profile``, else this host's), and the name of every provider there is.

    Raises:
        BadDataError: the file is no profile.
        ProviderFailedError: a provider failed, and ``--strict`` was given.
    """
    if args.profile is not None:
        try:
            profile = HostProfile.from_json(args.profile.read_bytes())
            return profile, profile.names
        except OSError as error:
            raise UsageError(f"the profile cannot be read ({error.strerror}): {str(args.profile)!r}") from error
        except ProfileError as error:
            raise BadDataError(
                f"not a profile ({error}): {str(args.profile)!r}",
                "'dualvariant host --json' prints one",
            ) from error
    from dualvariant.host.detect import detect

    detection = detect()
    detection.report(reporter)
    if detection.failures and args.strict:
        raise ProviderFailedError("a provider failed, and --strict was given")
    return detection.profile, [answer.name for answer in detection.answers]


def pip_settings(args: argparse.Namespace, target: Interpreter, command: str = "install") -> PipConfig:
    """pip's settings for a command, with the options of ours that say how to reach the network on top."""
    config = read_pip_config(target.prefix, command)
    return evolve(config, values={**config.values, **args.network})


def read_requirement_files(args: argparse.Namespace, pip_config: PipConfig, scratch: Path) -> RequirementFiles:
    """Every file that ``-r`` and ``-c`` name, on the command line and in pip's settings; copies go to ``scratch``.

    Raises:
        UsageError: one cannot be read.
        SourceError: one is an address that does not answer.
    """
    client = Client(transport_of(pip_config), _configured(args, pip_config).indexes)
    files = RequirementFiles(scratch, client.read, pre=args.pre or pip_config.flag("pre"))
    for option, value in _format_settings(args, pip_config):
        files.formats = files.formats.changed(option, value)
    for place in [*args.constraint, *pip_config.words("constraint")]:
        files.add("-c", place)
    for place in [*args.requirement, *pip_config.words("requirement")]:
        files.add("-r", place)
    return files


def _format_settings(args: argparse.Namespace, pip_config: PipConfig) -> list[tuple[str, str]]:
    settings = [(f"--{key}", word) for key in ("no-binary", "only-binary") for word in pip_config.words(key)]
    return [*settings, *args.formats]


def requests_of_files(files: RequirementFiles) -> list[Request]:
    """The projects that the files ask for, as requests of the command line are."""
    return [Request(str(requirement), requirement) for requirement in files.requirements]


def view_of(
    args: argparse.Namespace,
    host: tuple[HostProfile, list[str]],
    target: Interpreter,
    pip_config: PipConfig,
    requests: Sequence[Request],
    files: RequirementFiles,
    reporter: Reporter,
) -> View:
    """The view that all of it describes.

    Args:
        args: the options of :mod:`dualvariant.cli._selection`.
        host: the profile to choose for, and the names of all providers.
        target: the interpreter to choose for.
        pip_config: pip's settings.
        requests: what is asked for, files included.
        files: what the requirement files say.
        reporter: told what may be of interest.
    """
    named, others = preferences_by_project(args.variant, requests, no_variant=args.no_variant, force=args.force)
    settings = _with_files(_configured(args, pip_config), files)
    waiting = reporter.progress if sys.stderr.isatty() else lambda message: None
    client = Client(transport_of(pip_config), settings.indexes, waiting)
    profile = prioritized(*host, args.provider_priority, pip_config.variantlib, reporter.note)
    choice = Choice(profile, target.tags, target.version, named, others, dict(files.hashes), files.formats)
    cache = os.environ.get("DUALVARIANT_CACHE_DIR") or user_cache_path("dualvariant", appauthor=False)
    reader = MetadataReader(client, ContentCache(Path(cache) / "metadata"))
    return View(Sources(settings, client, reporter.warn), choice, reader)


def _configured(args: argparse.Namespace, pip_config: PipConfig) -> SourceSettings:
    """Sources of the command line over those of pip's settings: ``--index-url`` replaces, the others add."""
    index_url = args.index_url or pip_config.values.get("index-url") or pip_config.values.get("pypi-url") or PYPI
    extra = [*args.extra_index_url, *pip_config.words("extra-index-url")]
    links = [*args.find_links, *pip_config.words("find-links")]
    return SourceSettings(
        _address(index_url),
        tuple(map(_address, extra)),
        tuple(map(_address, links)),
        args.no_index or pip_config.flag("no-index"),
    )


def _with_files(settings: SourceSettings, files: RequirementFiles) -> SourceSettings:
    """And those of requirement files on top, as pip adds them: an index in a file replaces the first one."""
    return SourceSettings(
        _address(files.index_url) if files.index_url else settings.index_url,
        (*settings.extra_index_urls, *map(_address, files.extra_index_urls)),
        (*settings.find_links, *map(_address, files.find_links)),
        settings.no_index or files.no_index,
    )


def _address(place: str) -> str:
    """An address as it is; a path, as pip takes one too, as a ``file:`` address."""
    if len(urlsplit(place).scheme) > 1:  # one letter is a drive, not a scheme
        return place
    return Path(place).expanduser().absolute().as_uri()


def combined(request: Request, files: RequirementFiles) -> Request:
    """The request with what a constraint file says of its project."""
    if request.requirement is None:
        return request
    limit = files.constraints.get(canonicalize_name(request.requirement.name))
    if limit is None:
        return request
    requirement = type(request.requirement)(str(request.requirement))
    requirement.specifier &= limit
    return Request(request.text, requirement)
