"""A selection: from options, pip's settings and requirement files to the wheels that are chosen for one target.

``explain`` and ``install`` open the same selection, so that they always agree.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from dualvariant.core.dirs import cache_dir
from dualvariant.core.report import Reporter
from dualvariant.host.identity import make_cpu_digest
from dualvariant.host.read import Host
from dualvariant.network.client import Client
from dualvariant.network.pages import PageCache
from dualvariant.network.transport import Transport
from dualvariant.repository.plain_page import describe_page, name_rules
from dualvariant.repository.sources import Sources
from dualvariant.requirements.direct import find_direct
from dualvariant.requirements.format_control import FORMAT_OPTIONS, FormatControl
from dualvariant.requirements.markers import applies
from dualvariant.requirements.release_rules import ReleaseRules
from dualvariant.requirements.request import Request, parse_request, read_preferences
from dualvariant.requirements.requirement_files import RequirementFiles
from dualvariant.requirements.uv_strategies import read_uv_strategies
from dualvariant.selection.choice import Choice
from dualvariant.selection.source_settings import read_source_settings
from dualvariant.selection.view import View
from dualvariant.settings.installer_options import asks
from dualvariant.settings.label_rules import read_label_rules
from dualvariant.settings.options import RequirementOptions, SelectionOptions
from dualvariant.settings.pip_config import PipConfig, make_transport
from dualvariant.settings.pip_version import is_at_least
from dualvariant.settings.priorities import apply_priority
from dualvariant.settings.property_rules import read_property_rules
from dualvariant.settings.upload_limits import UploadLimits, read_pip_limits, read_uv_limits
from dualvariant.settings.uv_config import UvConfig, find_used_indexes
from dualvariant.target.interpreter import Interpreter
from dualvariant.trial.failures import WheelFailure, read_failures

if TYPE_CHECKING:
    from dualvariant.repository.variant_metadata import MetadataReader

__all__ = ["Selection"]


class Selection(NamedTuple):
    """What is asked for, and the view that shows each project with the wheel that is chosen.

    Args:
        typed: the requests of the command line.
        requests: these, and the projects that requirement files ask for, as far as their markers admit the target.
        files: what the requirement files say, and the copies of them that an engine gets.
        direct: the projects of links and files, each with its places; None for those that only the installer can name.
        view: shows each project with one wheel a release.
    """

    typed: Sequence[Request]
    requests: Sequence[Request]
    files: RequirementFiles
    direct: Mapping[NormalizedName | None, Sequence[str]]
    view: View

    @classmethod
    def open(
        cls,
        options: SelectionOptions,
        host: Host,
        target: Interpreter,
        pip_config: PipConfig,
        scratch: Path,
        reporter: Reporter,
    ) -> Selection:
        """Read what is asked for and prepare the view. No index is read yet: the view does it when it is asked.

        Args:
            options: what the command line says.
            host: the host to choose for.
            target: the interpreter to choose for.
            pip_config: the settings of the installer that was asked for.
            scratch: an existing folder of ours; copies of requirement files go there.
            reporter: gets messages that may be of interest.

        Raises:
            UsageError: an option, a requirement or a setting cannot be used.
            BadDataError: a settings file cannot be used.
            SourceError: a requirement file is an address that does not answer.
        """
        typed = [parse_request(text) for text in options.requirements.requirements]
        transport = make_transport(pip_config)._replace(keyring_python=target.executable)
        if transport.cert:
            transport = transport._replace(trusts_system=_trusts_system(target, pip_config))
        configured = read_source_settings(options.sources, pip_config, target.tags, lambda message: None)
        rules = _make_rules(options, pip_config)
        files = _read_files(options.requirements, rules, pip_config, transport, configured.indexes, scratch, target)
        requests = [*typed, *(Request(str(requirement), requirement) for requirement in files.requirements)]
        requests = files.overrides.apply(requests, target.markers)
        requests = [request for request in requests if _applies(request, target, reporter)]
        named, others = read_preferences(options.variants, requests, no_variant=options.no_variant, force=options.force)
        wanted = read_property_rules(options.properties, host.providers, reporter.note)
        named = {name: wishes._replace(properties=wanted) for name, wishes in named.items()}
        others = others._replace(properties=wanted)
        limits = _read_limits(options, pip_config, target)
        settings = read_source_settings(options.sources, pip_config, target.tags, reporter.note, files, limits)
        settings = settings._replace(strict=options.host.strict)
        transport = _add_trusted_hosts(transport, files)
        profile = apply_priority(
            host.profile, host.providers, options.host.provider_priority, pip_config.variantlib, reporter.note
        )
        unchecked = pip_config.uv is not None and pip_config.uv.ignores_hashes(options.engine_arguments)
        hashes = {} if unchecked else dict(files.hashes)
        # uv compares the hashes of the pinned version alone, and an override may lead to any other. The standard wheel
        # is right in both cases.
        for name in hashes.keys() & files.overrides.replaced.keys():
            if not named.get(name, others).wanted:
                del hashes[name]
                named[name] = named.get(name, others)._replace(no_variant=True)
        choice = Choice(
            profile,
            target.tags,
            target.version,
            named,
            others,
            hashes,
            files.formats,
            limits,
            files.rules,
            read_label_rules(
                options.host.enabled_providers,
                () if options.host.profile is None else profile.names,
                host.packages,
                host.providers,
                reporter.note,
            ),
            _read_failures(options),
        )
        waiting = reporter.progress if sys.stderr.isatty() else lambda message: None
        pages = PageCache(cache_dir("pages"), describe=describe_page, describer=name_rules())
        client = Client(transport, settings.indexes, waiting, pages, settings.authenticate)
        sources = Sources(settings, client, reporter.warn)
        places = [*(request.text for request in typed if request.requirement is None), *files.links]
        direct = find_direct(places, lambda requirement: applies(requirement, target.markers))
        if _asks_for_more(files, pip_config):
            direct.setdefault(None, [])
        return cls(typed, requests, files, direct, View(sources, choice, lambda: _make_reader(client)))

    @property
    def is_offline(self) -> bool:
        """Whether no server may be asked."""
        return self.view.sources.client.transport.offline

    def add_limits(self, request: Request) -> Request:
        """The request with what constraint files and the other requests say of its project."""
        if request.requirement is None:
            return request
        project = canonicalize_name(request.requirement.name)
        limits = [
            other.requirement.specifier
            for other in self.requests
            if other.requirement is not None and other.project == project
        ]
        limits += [self.files.constraints[project]] if project in self.files.constraints else []
        requirement = Requirement(str(request.requirement))
        for limit in limits:
            requirement.specifier &= limit
        same = requirement.specifier == request.requirement.specifier
        return request if same else Request(str(requirement), requirement)


def _asks_for_more(files: RequirementFiles, config: PipConfig) -> bool:
    """Whether the installer reads more of what is asked for than we do."""
    return asks(config.values, besides="requirement") or not {"-r", "-c"}.issuperset(files.arguments[::2])


def _make_reader(client: Client) -> MetadataReader:
    """What reads variant metadata; imported when the first project with variants is asked for."""
    from dualvariant.repository.content_cache import ContentCache
    from dualvariant.repository.variant_metadata import MetadataReader

    return MetadataReader(client, ContentCache(cache_dir("metadata")))


def _add_trusted_hosts(transport: Transport, files: RequirementFiles) -> Transport:
    return transport._replace(trusted_hosts=[*transport.trusted_hosts, *files.trusted_hosts])


def _applies(request: Request, target: Interpreter, reporter: Reporter) -> bool:
    """Whether the request's marker (PEP 508) admits the target; a note names one that does not, as pip does."""
    if request.requirement is None or applies(request.requirement, target.markers):
        return True
    reporter.note(f"{request.text!r} is not for this interpreter")
    return False


def _make_rules(options: SelectionOptions, config: PipConfig) -> ReleaseRules:
    """Which releases count where no option of pip says so."""
    if config.uv is None:
        return ReleaseRules()
    return ReleaseRules(uv=read_uv_strategies(config.uv, options.engine_arguments, pre=options.requirements.pre))


def _read_files(
    options: RequirementOptions,
    rules: ReleaseRules,
    pip_config: PipConfig,
    transport: Transport,
    indexes: Sequence[str],
    scratch: Path,
    target: Interpreter,
) -> RequirementFiles:
    """Every file that ``-r`` and ``-c`` name, in pip's settings and on the command line; copies go to ``scratch``.

    Raises:
        UsageError: one cannot be read.
        SourceError: one is an address that does not answer.
    """

    def fetch(address: str) -> bytes:
        # A host that a file trusts counts at once, as in pip.
        return Client(_add_trusted_hosts(transport, files), indexes).read(address)

    def for_target(requirement: Requirement) -> bool:
        return applies(requirement, target.markers)

    files = RequirementFiles(
        scratch,
        fetch,
        for_target,
        leave_pipes=options.leave_pipes,
        find_pip=target.find_pip if pip_config.uv is None else lambda: None,
        formats=FormatControl(as_uv=pip_config.uv is not None),
        rules=rules,
    )
    controls = [(f"--{key}", value) for key, value in pip_config.controls]
    # A ":none:" clears what stands before it. uv puts the names in its files behind those of the command line.
    behind = [each for each in controls if pip_config.uv is not None and each[0] in FORMAT_OPTIONS]
    controls = [*(each for each in controls if each not in behind), *options.formats, *behind]
    for option, value in controls:
        files.apply(option, value)
    for key in ("prefer-binary", "ignore-requires-python", "pre"):
        if pip_config.flag(key) or (key == "pre" and options.pre):
            files.apply(f"--{key}", "")
    for place in (*pip_config.words("constraint"), *options.constraint_files):
        files.add("-c", place)
    for place in (*pip_config.words("requirement"), *options.requirement_files):
        files.add("-r", place)
    if pip_config.uv is not None:
        _read_of_uv(files, pip_config.uv, constrained=bool(options.constraint_files))
    return files


def _read_of_uv(files: RequirementFiles, uv: UvConfig, *, constrained: bool) -> None:
    """The requirements that uv's variables and files name; ``-c`` takes the place of the variable for constraints."""
    for option, place in uv.named_files():
        if option != "-c" or not constrained:
            files.add(option, place)
    for option, text in uv.named_requirements():
        files.note(option, text)


def _trusts_system(target: Interpreter, pip_config: PipConfig) -> bool:
    """Whether pip trusts the system's certificates beside those that are named: since 24.2, on Python 3.10 or newer."""
    if pip_config.uv is not None or "legacy-certs" in pip_config.words("use-deprecated"):
        return False
    python = tuple(map(int, target.version.split(".")[:2]))
    return python >= (3, 10) and is_at_least(target.find_pip(), "24.2")


def _read_failures(options: SelectionOptions) -> dict[tuple[str, str], WheelFailure]:
    """The wheels that have failed on this CPU; what happened here says nothing of the host of a profile."""
    if options.host.profile is not None or options.retry_failed:
        return {}
    return {failure.key[:2]: failure for failure in read_failures(make_cpu_digest)}


def _read_limits(options: SelectionOptions, config: PipConfig, target: Interpreter) -> UploadLimits:
    """The limits on upload times, by the settings of the installer that was asked for."""
    if config.uv is None:
        return read_pip_limits(config, target.find_pip)
    indexes = find_used_indexes(config.uv.all_indexes(options.sources))
    return read_uv_limits(config.uv, indexes, options.engine_arguments)
