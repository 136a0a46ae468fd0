"""The environment in which a tool's installers see the view: each sees the one of its own sources.

pip's sources and uv's may differ, so a tool that may call either gets two views. Both are served lazily: what nobody
asks for is never read.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from attrs import evolve, field, frozen

from dualvariant.core.report import Reporter
from dualvariant.engines.choice import accepts_uv_configuration
from dualvariant.engines.environment import add_loopback_exception, use_general_proxy
from dualvariant.engines.failures import EngineNotFoundError
from dualvariant.host.read import Host
from dualvariant.install.announcements import warn_of_problems
from dualvariant.launch.pythons import ViewsByPython
from dualvariant.launch.recognize import Recognized
from dualvariant.selection.session import Selection
from dualvariant.serve.handover import ClientAbilities
from dualvariant.serve.loopback import LoopbackServer
from dualvariant.settings.engine import read_installer_config
from dualvariant.settings.installer_options import find_options
from dualvariant.settings.options import RequirementOptions, SelectionOptions, SourceOptions
from dualvariant.settings.pip_config import PipConfig, make_variable, read_pip_config
from dualvariant.settings.uv_config import SOURCE_VARIABLES
from dualvariant.target.interpreter import Interpreter

__all__ = ["ServedViews", "ViewOrder", "serve_views"]

#: pip's variables that name sources, and the file that may: the view takes their place.
_PIP_SOURCES = ("PIP_INDEX_URL", "PIP_PYPI_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX")


@frozen
class ViewOrder:
    """What the views depend on.

    Args:
        options: which variant is asked for.
        host: the host to choose for.
        target: an interpreter of this machine: the tags of others follow from its own.
        recognized: the command.
        scratch: a folder of ours.
        reporter: gets messages.
    """

    options: SelectionOptions
    host: Host
    target: Interpreter
    recognized: Recognized
    scratch: Path
    reporter: Reporter


@frozen
class ServedViews:
    """Views that are being served.

    Args:
        environment: the whole environment of the tool.
        marks: the beginnings of the views' addresses, which no lock file may hold.
        views: the views.
    """

    environment: dict[str, str]
    marks: tuple[str, ...]
    views: Sequence[ViewsByPython] = field(factory=list)


def serve_views(order: ViewOrder, stack: ExitStack) -> ServedViews:
    """Serve the views that a tool needs until the stack closes.

    Raises:
        DualvariantError: a setting, or a requirement file of the command line, cannot be used.
    """
    environment = dict(os.environ)
    marks: list[str] = []
    views: list[ViewsByPython] = []
    tool = order.recognized.tool
    for installer in tool.installers if tool is not None else ():
        config = _read_config(installer, order)
        if config is None:
            continue
        options = evolve(order.options, requirements=_read_requirements(order.recognized))
        selection = Selection.open(options, order.host, order.target, config, order.scratch, order.reporter)
        selection.view.announce = partial(warn_of_problems, reporter=order.reporter)
        selection.view.warn = order.reporter.warn
        server = stack.enter_context(LoopbackServer(order.reporter.warn, stable=installer == "uv"))
        publish = partial(server.serve, abilities=ClientAbilities(client_certificate=installer == "pip"))
        found = ViewsByPython(selection, order.target, publish)
        server.choose_view = found.find
        change = _change_for_pip if installer == "pip" else _change_for_uv
        change(environment, config, found.base.index_url, order.scratch)
        marks.append(server.address)
        views.append(found)
    add_loopback_exception(environment)
    return ServedViews(environment, tuple(marks), views)


def _read_config(installer: str, order: ViewOrder) -> PipConfig | None:
    """The settings of an installer; None if it is not there."""
    if installer == "pip":
        words = order.recognized.command[order.recognized.start : order.recognized.end]
        command = next((word for word in ("install", "download", "wheel") if word in words), "install")
        return read_pip_config(order.target.prefix, command, refuse=False)
    try:
        return read_installer_config(
            "uv", order.target.prefix, "install", order.reporter.note, accepts_uv_configuration
        )
    except EngineNotFoundError:
        return None


def _read_requirements(recognized: Recognized) -> RequirementOptions:
    """The requirement and constraint files on the command line of pip, or of ``uv pip``: their hashes count.

    A chosen variant has another hash than the standard wheel. A file that lists hashes means that nothing else will do.
    """
    words = list(recognized.command[recognized.end :])
    command = " ".join(recognized.command[recognized.start : recognized.end])
    if recognized.name not in ("pip", "uv") or "tool" in command.split():
        return RequirementOptions()
    found: dict[str, list[str]] = {"-r": [], "-c": []}
    names = {"-r": ("-r", "--requirement", "--requirements"), "-c": ("-c", "--constraint", "--constraints")}
    for position, word in enumerate(words):
        for short, spelled in names.items():
            name, equals, value = word.partition("=")
            if word in spelled and position + 1 < len(words):
                found[short].append(words[position + 1])
            elif equals and name in spelled[1:]:
                found[short].append(value)
            elif word.startswith(short) and not word.startswith("--") and len(word) > 2:
                found[short].append(word[2:])
    if recognized.name == "uv" and "sync" in command.split():
        found["-r"] += [word for word in words if word.endswith((".txt", ".in")) and word not in found["-c"]]
    files = {short: tuple(name for name in names if not name.endswith(".toml")) for short, names in found.items()}
    return RequirementOptions(requirement_files=files["-r"], constraint_files=files["-c"])


def _change_for_pip(environment: dict[str, str], config: PipConfig, index_url: str, scratch: Path) -> None:
    """pip's settings without its sources; no file counts, or the real indexes would be asked too."""
    for name in _PIP_SOURCES:
        environment.pop(name, None)
    for key, value in config.values.items():
        option = find_options(key)
        if (option is None or option.engine != "view") and (key != "no-proxy-env" or config.flag(key)):
            environment[make_variable(key)] = value
    environment["PIP_CONFIG_FILE"] = os.devnull
    environment["PIP_INDEX_URL"] = index_url
    use_general_proxy(environment)


def _change_for_uv(environment: dict[str, str], config: PipConfig, index_url: str, scratch: Path) -> None:
    """uv's settings without its sources, in a file of ours."""
    for name in SOURCE_VARIABLES:
        environment.pop(name, None)
    environment["UV_DEFAULT_INDEX"] = index_url
    document = {} if config.uv is None else config.uv.document_without_sources(config.uv.all_indexes(SourceOptions()))
    if not document:
        environment["UV_NO_CONFIG"] = "1"
        return
    from dualvariant.core.toml import format_toml

    path = scratch / "uv.toml"
    path.write_text(format_toml(document), encoding="utf-8")
    environment["UV_CONFIG_FILE"] = str(path)
