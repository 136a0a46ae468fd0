"""The environment in which a tool's installers see the view: each sees the one of its own sources.

pip's sources and uv's may differ, so a tool that may call either gets two views. Both are served lazily: what nobody
asks for is never read.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

from dualvariant.core.errors import RefusedOptionError
from dualvariant.core.report import Reporter
from dualvariant.engines.choice import accepts_uv_configuration
from dualvariant.engines.environment import add_loopback_exception, use_general_proxy
from dualvariant.engines.failures import EngineNotFoundError
from dualvariant.engines.uv import configure_uv
from dualvariant.host.read import Host
from dualvariant.install.announcements import warn_of_problems
from dualvariant.launch.pythons import ViewsByPython
from dualvariant.launch.recognize import Recognized
from dualvariant.launch.requirement_files import find_requirement_files
from dualvariant.selection.session import Selection
from dualvariant.serve.handover import ClientAbilities
from dualvariant.serve.loopback import LoopbackServer, NoLoopbackError
from dualvariant.settings.engine import read_installer_config
from dualvariant.settings.failures import InvalidSettingError, InvalidSettingsFileError
from dualvariant.settings.installer_options import find_options
from dualvariant.settings.options import SelectionOptions, SourceOptions
from dualvariant.settings.pip_config import PipConfig, make_variable, read_pip_config
from dualvariant.settings.uv_config import SOURCE_VARIABLES
from dualvariant.settings.uv_network import is_offline
from dualvariant.target.interpreter import Interpreter

__all__ = ["ServedViews", "ViewOrder", "serve_views"]

#: pip's variables that name sources, and the file that may: the view takes their place.
_PIP_SOURCES = ("PIP_INDEX_URL", "PIP_PYPI_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX")


class ViewOrder(NamedTuple):
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


class ServedViews(NamedTuple):
    """Views that are being served.

    Args:
        environment: the whole environment of the tool.
        marks: the beginnings of the views' addresses, which no lock file may hold.
    """

    environment: dict[str, str]
    marks: tuple[str, ...]


def serve_views(order: ViewOrder, stack: ExitStack) -> ServedViews:
    """Serve the views that a tool needs until the stack closes.

    Raises:
        DualvariantError: a setting, or a requirement file of the command line, cannot be used.
    """
    environment = dict(os.environ)
    marks: list[str] = []
    tool = order.recognized.tool
    for installer in tool.installers if tool is not None else ():
        config = _read_config(installer, order)
        if config is None:
            continue
        options = order.options._replace(requirements=find_requirement_files(order.recognized))
        selection = Selection.open(options, order.host, order.target, config, order.scratch, order.reporter)
        selection.view.announce = partial(warn_of_problems, reporter=order.reporter)
        selection.view.warn = order.reporter.warn
        try:
            server = stack.enter_context(LoopbackServer(order.reporter.warn, stable=installer == "uv"))
        except NoLoopbackError as error:
            order.reporter.warn(f"{error}; {installer} runs as it is")
            continue
        publish = partial(server.serve, abilities=ClientAbilities(client_certificate=installer == "pip"))
        found = ViewsByPython(selection, order.target, publish)
        server.choose_view = found.find
        if installer == "pip":
            _change_for_pip(environment, config, found.base.index_url)
        else:
            limits_are_met = selection.view.choice.uploads.of_sources
            _change_for_uv(environment, config, found.base.index_url, order.scratch, limits_are_met=limits_are_met)
        marks.append(server.address)
    add_loopback_exception(environment)
    return ServedViews(environment, tuple(marks))


def _read_config(installer: str, order: ViewOrder) -> PipConfig | None:
    """The settings of an installer; None if it runs as it is.

    It does so if it is not there, if it refuses its own settings, and if they ask for the wheels of another machine.
    """
    if installer == "pip":
        words = order.recognized.command[order.recognized.start : order.recognized.end]
        command = next((word for word in ("install", "download", "wheel") if word in words), "install")
        return read_pip_config(order.target.prefix, command, refuse=False)
    try:
        config = read_installer_config(
            "uv",
            order.target.prefix,
            "install",
            order.reporter.note,
            accepts_uv_configuration,
            of_project=not order.recognized.is_for_user,
        )
    except (EngineNotFoundError, InvalidSettingError, InvalidSettingsFileError):
        return None
    except RefusedOptionError as error:
        order.reporter.warn(f"{error}; uv runs as it is")
        return None
    if config.uv is not None and is_offline(config.uv):
        order.reporter.warn("uv is offline, and would not ask the view; it runs as it is")
        return None
    return config


def _change_for_pip(environment: dict[str, str], config: PipConfig, index_url: str) -> None:
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


def _change_for_uv(
    environment: dict[str, str], config: PipConfig, index_url: str, scratch: Path, *, limits_are_met: bool
) -> None:
    """uv's settings without its sources, in a file of ours."""
    for name in SOURCE_VARIABLES:
        environment.pop(name, None)
    document = {} if config.uv is None else config.uv.document_without_sources(config.uv.all_indexes(SourceOptions()))
    configure_uv(environment, document, index_url, scratch, limits_are_met=limits_are_met)
