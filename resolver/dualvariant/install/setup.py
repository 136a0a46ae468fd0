"""What the settings and the target say of a run, before anything is locked or read from a source."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dualvariant.core.report import Reporter
from dualvariant.engines.choice import EngineStart, accepts_uv_configuration

if TYPE_CHECKING:
    from dualvariant.engines.options import EngineOptions
    from dualvariant.engines.protocol import Engine
    from dualvariant.host.read import Host
    from dualvariant.install.place import InstallPlace
    from dualvariant.install.report import ReportWish
    from dualvariant.settings.options import InstallOptions
    from dualvariant.settings.pip_config import PipConfig
    from dualvariant.target.interpreter import Interpreter

__all__ = ["Setup", "set_up"]

#: The modules that the choice needs; their import takes a large part of a short run.
_FOR_CHOICE = ("dualvariant.selection.session", "dualvariant.selection.plan", "dualvariant.install.announcements")
#: Those that it needs where there are variants, and that read what is installed.
_FOR_VARIANTS = (
    "dualvariant.repository.variant_metadata",
    "dualvariant.selection.chooser",
    "dualvariant.selection.settling",
    "dualvariant.install.exchange",
)


class Setup(NamedTuple):
    """Where a command installs, and with what.

    Args:
        options: what is asked for.
        engine_options: the options that the engine gets.
        host: what it supports.
        target: the interpreter to install for.
        engine: the installer.
        config: its settings.
        all_settings: these, and the options that it gets on its command line.
        wish: the report that the user asks for.
        place: where distributions are put.
        folders: what is locked.
    """

    options: InstallOptions
    engine_options: EngineOptions
    host: Host
    target: Interpreter
    engine: Engine
    config: PipConfig
    all_settings: PipConfig
    wish: ReportWish
    place: InstallPlace
    folders: Sequence[Path]

    @property
    def folder(self) -> Path:
        """Where ``download`` and ``wheel`` put the files."""
        return _find_folder(self.options, self.config)


def set_up(options: InstallOptions, engine_options: EngineOptions, start: EngineStart, reporter: Reporter) -> Setup:
    """Read the settings, and find out what the target is.

    Args:
        options: what is asked for.
        engine_options: the options that the engine gets.
        start: the start of the engine.
        reporter: gets messages about settings that do not count.

    Raises:
        DualvariantError: a setting or an option cannot be used.
    """
    from dualvariant.host.read import read_host
    from dualvariant.install.report import ReportWish
    from dualvariant.settings.engine import read_installer_config

    # Meanwhile the target introduces itself, and its pip gets ready. That takes longer than all these imports; uv is
    # ready at once, and does not wait for what few runs need.
    for module in (*_FOR_CHOICE, *(_FOR_VARIANTS if start.takes_time else ())):
        importlib.import_module(module)
    host = read_host(options.selection.host, reporter)
    target = start.target()
    engine = start.engine(target)
    on_line = options.selection.sources.network
    config = read_installer_config(
        options.engine,
        target.prefix,
        options.command,
        reporter.note,
        accepts_uv_configuration,
        isolated="isolated" in on_line,
    ).override(on_line)
    wish = ReportWish.read(engine_options.arguments, config, target, engine.name)
    engine.check(engine_options.arguments, report=options.report)
    wish.check(as_json=options.report)
    _name_unused_settings(options, target, reporter)
    all_settings = config.override(engine_options.settings)
    place = _find_place(engine, target, all_settings, engine_options)
    folders = place.folders if options.command == "install" else [_find_folder(options, config)]
    return Setup(options, engine_options, host, target, engine, config, all_settings, wish, place, folders)


def _find_place(
    engine: Engine, target: Interpreter, all_settings: PipConfig, engine_options: EngineOptions
) -> InstallPlace:
    """Where the installer puts distributions; settings of pip mean nothing to another one."""
    from dualvariant.install.place import InstallPlace

    if engine.name == "pip":
        return InstallPlace.for_pip(target, all_settings)
    on_line = engine_options.settings
    if all_settings.uv is None or "target" in on_line or "prefix" in on_line:
        return InstallPlace.for_options(target, on_line, user=False)
    of_files = {key: all_settings.uv.value_of_files(key) for key in ("target", "prefix")}
    named = {key: place for key, place in of_files.items() if isinstance(place, str)}
    return InstallPlace.for_options(target, named, user=False)


def _name_unused_settings(options: InstallOptions, target: Interpreter, reporter: Reporter) -> None:
    """Say which settings of uv do not count: who uses uv may expect it where the target has no pip."""
    if target.pip is not None or options.engine is not None or options.command != "install":
        return
    from dualvariant.settings.engine import find_unused_uv_sources

    unused = find_unused_uv_sources()
    if unused:
        reporter.note(
            f"pip installs, so uv's own sources do not count ({', '.join(unused)}); --engine uv uses uv and them"
        )


def _find_folder(options: InstallOptions, config: PipConfig) -> Path:
    setting = "dest" if options.command == "download" else "wheel-dir"
    return options.folder or Path(config.values.get(setting, "."))
