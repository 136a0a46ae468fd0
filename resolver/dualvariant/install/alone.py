"""An order without the view: the installer runs by itself, with the user's own sources, and no variant is chosen.

So it is where uv is set to be offline, and only its cache may have what its indexes have: uv keeps what it has read
under the addresses of the indexes, and the view has another one. And where the loopback interface cannot be used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from dualvariant.engines.protocol import InstallOrder
from dualvariant.selection.session import Selection
from dualvariant.settings.options import InstallOptions, SourceOptions
from dualvariant.settings.property_rules import read_property_rules

__all__ = ["insists_on_choice", "make_order_alone", "needs_cache"]


def insists_on_choice(options: InstallOptions) -> bool:
    """Whether the user asks for what means nothing without the choice: then the installer does not run by itself.

    Raises:
        UsageError: a property on the command line is none.
    """
    selection = options.selection
    required = read_property_rules(selection.properties, (), lambda message: None).require
    return bool(required or selection.variants or selection.host.strict or options.report or options.verify)


def needs_cache(selection: Selection) -> bool:
    """Whether uv is offline, and a source or a requirement is not on this machine."""
    if not selection.is_offline:
        return False
    settings = selection.view.sources.settings
    direct = [place for places in selection.direct.values() for place in places]
    texts = [*settings.indexes, *settings.find_links, *direct, *(request.text for request in selection.typed)]
    return any("://" in text.lower().replace("file://", "") for text in texts)


def make_order_alone(
    options: InstallOptions, arguments: Sequence[str], settings: Mapping[str, str], scratch: Path, lock: int | None
) -> InstallOrder:
    """What was asked for, in words of the installer's own.

    Args:
        options: the call.
        arguments: the options of the installer in it.
        settings: its settings for the network, as ``PIP_*`` variables.
        scratch: a folder of ours.
        lock: the descriptor of the environment's lock.
    """
    asked = options.selection.requirements
    files = [("-r", path) for path in asked.requirement_files] + [("-c", path) for path in asked.constraint_files]
    return InstallOrder(
        command=options.command,
        index_url="",
        options=[*arguments, *_list_sources(options.selection.sources)],
        requirements=[*(word for pair in files for word in pair), *asked.requirements],
        exchanges=(),
        settings=settings,
        scratch=scratch,
        lock=lock,
    )


def _list_sources(sources: SourceOptions) -> list[str]:
    several = {
        "--extra-index-url": sources.extra_index_urls,
        "--find-links": sources.find_links,
        "--index": sources.uv_indexes,
        "--index-url": [sources.index_url],
        "--default-index": [sources.uv_default_index],
        "--index-strategy": [sources.uv_index_strategy],
    }
    words = [word for name, values in several.items() for value in values if value for word in (name, value)]
    return [*words, *(["--no-index"] if sources.no_index else [])]
