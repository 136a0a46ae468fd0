"""``dualvariant profile``: show, combine, limit, compare and check profiles."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from dualvariant.core.errors import UnknownNameError, did_you_mean

__all__ = ["main"]

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
    if not arguments or arguments[0] in ("--help", "-h"):
        lines = "\n".join(f"  {name:<9} {what}" for name, what in ACTIONS.items())
        print(
            "usage: dualvariant profile ACTION …\n\nProfiles: what machines support. Each is a file, 'host' (this "
            "machine), or the name of a machine,\nsuch as x86_64_v3 or zen4.\n\n"
            f"actions:\n{lines}\n\n'dualvariant profile ACTION --help' says more."
        )
        return 0 if arguments else 2
    action, rest = arguments[0], arguments[1:]
    if action not in ACTIONS:
        hint = did_you_mean(action, ACTIONS) or f"there are {', '.join(map(repr, ACTIONS))}"
        raise UnknownNameError(f"unknown action of 'profile': {action!r}", hint)
    run: Callable[[list[str]], int] = import_module(f"dualvariant.cli._profile_{action}").main
    return run(rest)
