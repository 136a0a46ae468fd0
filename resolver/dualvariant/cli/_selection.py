"""The options that change which wheel is chosen, shared by every command that chooses."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dualvariant.errors import BadDataError, ProviderFailedError, UsageError
from dualvariant.report import Reporter

if TYPE_CHECKING:
    from dualvariant.index.sources import Settings
    from dualvariant.index.view import View
    from dualvariant.install.pip_config import PipConfig
    from dualvariant.install.request import Request
    from dualvariant.install.target import Interpreter
    from variantlib.profile import HostProfile

__all__ = ["add_options", "host_profile", "view_of"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Selection and source options, with pip's names where pip has one."""
    selection = parser.add_argument_group("which variant")
    selection.add_argument(
        "--variant",
        action="append",
        default=[],
        metavar="[NAME=]V[,V…]",
        help="take this variant: a label, a hash or a property; the first that exists",
    )
    selection.add_argument("--no-variant", action="store_true", help="standard wheels only")
    selection.add_argument("--force", action="store_true", help="take a --variant that this host does not support")
    selection.add_argument("--profile", type=Path, metavar="F", help="choose for the host that this profile describes")
    selection.add_argument("--provider-priority", metavar="A,B", help="the order of providers, most important first")
    selection.add_argument("--python", metavar="P", help="the interpreter, or environment, to choose for")
    selection.add_argument("--strict", action="store_true", help="end with code 4 if a provider fails")
    sources = parser.add_argument_group("where from, as in pip")
    sources.add_argument("-i", "--index-url", metavar="U")
    sources.add_argument("--extra-index-url", action="append", default=[], metavar="U")
    sources.add_argument("-f", "--find-links", action="append", default=[], metavar="D")
    sources.add_argument("--no-index", action="store_true")


def host_profile(args: argparse.Namespace, reporter: Reporter) -> tuple[HostProfile, list[str]]:
    """The profile to choose for (``--profile``, else this host's), and the name of every provider there is.

    Raises:
        BadDataError: the file is no profile.
        ProviderFailedError: a provider failed, and ``--strict`` was given.
    """
    from variantlib.errors import ProfileError
    from variantlib.profile import HostProfile

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


def view_of(
    args: argparse.Namespace,
    host: tuple[HostProfile, list[str]],
    target: Interpreter,
    pip_config: PipConfig,
    requests: Sequence[Request],
    reporter: Reporter,
    *,
    base: str = "",
) -> View:
    """The view that these options describe."""
    from platformdirs import user_cache_path

    from dualvariant.config import prioritized
    from dualvariant.index.fetch import Client, Transport
    from dualvariant.index.metadata import MetadataReader
    from dualvariant.index.remembered import Remembered
    from dualvariant.index.sources import Sources
    from dualvariant.index.view import Choice, View
    from dualvariant.install.request import preferences_by_project

    named, others = preferences_by_project(args.variant, requests, no_variant=args.no_variant, force=args.force)
    settings = _sources(args, pip_config)
    timeout = pip_config.values.get("timeout") or pip_config.values.get("default-timeout")
    transport = Transport(
        cert=pip_config.values.get("cert"),
        client_cert=pip_config.values.get("client-cert"),
        trusted_hosts=pip_config.words("trusted-host"),
        proxy=pip_config.values.get("proxy"),
        timeout=float(timeout) if timeout else 15.0,
        retries=int(pip_config.values.get("retries", 5)),
    )
    client = Client(transport, settings.indexes)
    cache = os.environ.get("DUALVARIANT_CACHE_DIR") or user_cache_path("dualvariant", appauthor=False)
    choice = Choice(
        prioritized(*host, args.provider_priority, pip_config.variantlib, reporter.note),
        target.tags,
        target.version,
        named,
        others,
    )
    reader = MetadataReader(client, Remembered(Path(cache) / "metadata"))
    return View(Sources(settings, client), choice, reader, base=base)


def _sources(args: argparse.Namespace, pip_config: PipConfig) -> Settings:
    """Command line over pip's settings: ``--index-url`` replaces, the others add."""
    from dualvariant.index.sources import PYPI, Settings

    index_url = args.index_url or pip_config.values.get("index-url")
    index_url = index_url or pip_config.values.get("pypi-url") or PYPI
    extra = [*args.extra_index_url, *pip_config.words("extra-index-url")]
    return Settings(
        _address(index_url),
        tuple(_address(url) for url in extra),
        tuple(_address(place) for place in [*args.find_links, *pip_config.words("find-links")]),
        args.no_index or pip_config.flag("no-index"),
    )


def _address(place: str) -> str:
    """An address as it is; a path, as pip takes one too, as a ``file:`` address."""
    from urllib.parse import urlsplit

    if len(urlsplit(place).scheme) > 1:  # one letter is a drive, not a scheme
        return place
    return Path(place).expanduser().absolute().as_uri()
