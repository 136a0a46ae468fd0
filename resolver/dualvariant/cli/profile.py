"""``dualvariant profile``: show, combine, limit, compare and check profiles."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from dualvariant.cli._actions import take_action

__all__ = ["ACTIONS", "SUMMARY", "main"]

#: What the command is about.
SUMMARY = "Profiles: what machines support. Each is a file, 'host' (this machine), or a name such as x86_64_v3 or zen4."
#: Action → what it does; the action ``x`` is ``main(arguments)`` of ``dualvariant.cli._profile_x``.
ACTIONS = {
    "show": "what a machine supports, as a table or as the document that --profile takes",
    "intersect": "what all of several machines support: one environment that runs on each",
    "limit": "a profile without what is better than a given value, or without a provider",
    "diff": "where two profiles differ",
    "check": "whether files are valid profiles",
}


def main(arguments: list[str]) -> int:
    """Run one of the actions."""
    action = take_action("profile", SUMMARY, ACTIONS, arguments)
    if isinstance(action, int):
        return action
    run: Callable[[list[str]], int] = import_module(f"dualvariant.cli._profile_{action}").main
    return run(arguments[1:])
