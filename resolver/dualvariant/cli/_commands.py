"""The help of every command, read from the parsers that the commands use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib import import_module

from dualvariant.cli._parser import read_parser
from dualvariant.core.errors import UnknownCommandError, did_you_mean
from dualvariant.help.model import CommandHelp, OptionHelp

__all__ = ["list_commands", "list_names", "read_command"]


def list_names(commands: Iterable[str]) -> list[str]:
    """The names of all commands; one that has actions is there with each of them (``plugins list``)."""
    return [name for command in commands for name in (_with_actions(command) or [command])]


def list_commands(commands: Iterable[str]) -> list[CommandHelp]:
    """The help of all commands, in order."""
    return [read_command(name.split(), commands) for name in list_names(commands)]


def read_command(words: list[str], commands: Iterable[str]) -> CommandHelp:
    """The help of one command.

    Args:
        words: its name, such as ``["install"]`` or ``["plugins", "list"]``.
        commands: the names of all commands.

    Raises:
        UnknownCommandError: there is no such command.
    """
    name = " ".join(words)
    actions = _with_actions(name) if name in commands else []
    if actions:
        return _describe_actions(name)
    known = list_names(commands)
    if name not in known:
        raise UnknownCommandError(f"unknown command: {name!r}", did_you_mean(name, known) or "see 'dualvariant --help'")
    main: Callable[[list[str]], int] = import_module(f"dualvariant.cli.{words[0]}").main
    if len(words) == 1:
        return read_parser(main).describe()
    return read_parser(partial(_call, main, words[1])).describe()


def _describe_actions(command: str) -> CommandHelp:
    """The help of a command that is divided into actions: each of them is an argument, with what it does."""
    module = import_module(f"dualvariant.cli.{command}")
    actions = tuple(OptionHelp((), action, words) for action, words in module.ACTIONS.items())
    summary: str = getattr(module, "SUMMARY", None) or (module.__doc__ or "").partition(": ")[2].capitalize()
    return CommandHelp(command, summary, "ACTION …", actions, ())


def _call(main: Callable[[list[str]], int], action: str, arguments: list[str]) -> int:
    return main([action, *arguments])


def _with_actions(command: str) -> list[str]:
    """``plugins list``, ``plugins check`` … of a command that is divided into actions, each with its own parser."""
    actions: Mapping[str, str] = getattr(import_module(f"dualvariant.cli.{command}"), "ACTIONS", {})
    return [f"{command} {action}" for action in actions]
