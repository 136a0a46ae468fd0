"""Options as values: what the command line says, without the command line.

:mod:`dualvariant.cli` makes these from its arguments; a server, a test or another front end makes them directly.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

__all__ = [
    "InstallOptions",
    "ProfileOptions",
    "PropertyOptions",
    "RequirementOptions",
    "SelectionOptions",
    "SourceOptions",
]


class ProfileOptions(NamedTuple):
    """Which host to choose for.

    Args:
        profile: a file with the profile of a host, or the name of a machine in the catalogue; None for this host.
        provider_priority: provider names with commas between them, most important first; None if the settings decide.
        strict: a provider that fails is an error.
        refresh: every provider is asked again, instead of using kept answers.
        enabled_providers: the values of ``--enable-provider``: namespaces of optional providers, commas between them.
        foreign_code: whether providers that are not built in may be asked.
    """

    profile: str | None = None
    provider_priority: str | None = None
    strict: bool = False
    refresh: bool = False
    enabled_providers: tuple[str, ...] = ()
    foreign_code: bool = True


class SourceOptions(NamedTuple):
    """Where to look for files, and how to reach them.

    Args:
        index_url: the index that takes the place of the configured one.
        extra_index_urls: further indexes.
        find_links: folders, pages or files.
        no_index: no index counts.
        network: pip's settings that say how to reach the network (``cert``, ``proxy``, …), by their names in pip.
        uv_indexes: the values of uv's ``--index``.
        uv_default_index: the value of uv's ``--default-index``.
        uv_index_strategy: the value of uv's ``--index-strategy``.
    """

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    network: Mapping[str, str] = MappingProxyType({})
    uv_indexes: tuple[str, ...] = ()
    uv_default_index: str | None = None
    uv_index_strategy: str | None = None


class RequirementOptions(NamedTuple):
    """What is asked for.

    Args:
        requirements: requirements, paths and addresses, as pip takes them.
        requirement_files: paths or addresses of requirement files.
        constraint_files: paths or addresses of constraint files.
        pre: pre-releases count too.
        formats: ``--no-binary``, ``--only-binary``, ``--all-releases`` and ``--only-final`` with their values, in the
            order in which they were given.
        leave_pipes: what a requirement file names counts only if it can be read again: somebody else reads it, too.
    """

    requirements: tuple[str, ...] = ()
    requirement_files: tuple[str, ...] = ()
    constraint_files: tuple[str, ...] = ()
    pre: bool = False
    formats: tuple[tuple[str, str], ...] = ()
    leave_pipes: bool = False


class PropertyOptions(NamedTuple):
    """Rules about properties; an empty one leaves it to the settings.

    Args:
        prefer: the values of ``--prefer-property``, ``P[,P…]`` each.
        avoid: the values of ``--avoid-property``.
        require: the values of ``--require-property``.
    """

    prefer: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    require: tuple[str, ...] = ()


class SelectionOptions(NamedTuple):
    """Everything on the command line that decides which wheel is chosen.

    Args:
        requirements: what is asked for.
        sources: where to look.
        host: which host to choose for.
        variants: the values of ``--variant``, ``V[,V…]`` or ``NAME=V[,V…]`` each.
        no_variant: standard wheels only.
        force: take a variant of ``variants`` even if the host does not support it.
        engine_arguments: the options of the engine; uv has limits on upload times among them.
        retry_failed: wheels that have failed on this CPU count as the others.
        properties: rules about properties.
    """

    requirements: RequirementOptions = RequirementOptions()
    sources: SourceOptions = SourceOptions()
    host: ProfileOptions = ProfileOptions()
    variants: tuple[str, ...] = ()
    no_variant: bool = False
    force: bool = False
    engine_arguments: tuple[str, ...] = ()
    retry_failed: bool = False
    properties: PropertyOptions = PropertyOptions()


class InstallOptions(NamedTuple):
    """One call of ``install``, ``download`` or ``wheel``.

    Args:
        command: the command of pip that does the work.
        selection: what decides which wheels are chosen.
        python: what ``--python`` says.
        engine: the name of the installer; None if the target decides.
        report: the verdicts of what is installed are wanted.
        folder: where ``download`` and ``wheel`` put the files; None if pip's settings decide.
        known: options of the installer that are among ours, with their values.
        passed_on: options of the installer behind ``--``, with their values.
        verify: whether the installed variants are imported; None if the settings decide.
    """

    command: str
    selection: SelectionOptions
    python: str | None = None
    engine: str | None = None
    report: bool = False
    folder: Path | None = None
    known: tuple[str, ...] = ()
    passed_on: tuple[str, ...] = ()
    verify: bool | None = None
