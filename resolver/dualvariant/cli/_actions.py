"""Commands that have actions of their own: ``dualvariant plugins list``."""

from __future__ import annotations

from collections.abc import Mapping

from dualvariant.core.errors import UnknownNameError, did_you_mean

__all__ = ["take_action"]


def take_action(command: str, summary: str, actions: Mapping[str, str], arguments: list[str]) -> str | int:
    """The action that is asked for; an exit code where help was asked for, and printed.

    Args:
        command: the command's name.
        summary: what it is about.
        actions: its actions, each with what it does.
        arguments: what follows the command on the command line.

    Raises:
        UnknownNameError: there is no such action.
    """
    if not arguments or arguments[0] in ("--help", "-h"):
        lines = "\n".join(f"  {name:<9} {what}" for name, what in actions.items())
        print(
            f"usage: dualvariant {command} ACTION …\n\n{summary}\n\n"
            f"actions:\n{lines}\n\n'dualvariant {command} ACTION --help' says more."
        )
        return 0 if arguments else 2
    action = arguments[0]
    if action not in actions:
        hint = did_you_mean(action, actions) or f"there are {', '.join(map(repr, actions))}"
        raise UnknownNameError(f"unknown action of '{command}': {action!r}", hint)
    return action
