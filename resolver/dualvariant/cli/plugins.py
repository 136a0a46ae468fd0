"""``dualvariant plugins``: list, check, make, trust and distrust providers."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from dualvariant.core.errors import UnknownNameError, did_you_mean

__all__ = ["ACTIONS", "SUMMARY", "main"]

#: What the command is about.
SUMMARY = "Providers: plugins that report what this host supports."
#: Action → what it does; the action ``x`` is ``main(arguments)`` of ``dualvariant.cli._plugins_x``.
ACTIONS = {
    "list": "one line for each provider: what it says, its age, the time it took, where it comes from",
    "check": "run a provider, and check every point of the contract",
    "new": "write a distribution with a provider, to start from",
    "trust": "allow the plugins of a distribution",
    "distrust": "never ask the plugins of a distribution",
}


def main(arguments: list[str]) -> int:
    """Run one of the actions."""
    if not arguments or arguments[0] in ("--help", "-h"):
        lines = "\n".join(f"  {name:<9} {what}" for name, what in ACTIONS.items())
        print(
            f"usage: dualvariant plugins ACTION …\n\n{SUMMARY}\n\n"
            f"actions:\n{lines}\n\n'dualvariant plugins ACTION --help' says more."
        )
        return 0 if arguments else 2
    action, rest = arguments[0], arguments[1:]
    if action not in ACTIONS:
        hint = did_you_mean(action, ACTIONS) or f"there are {', '.join(map(repr, ACTIONS))}"
        raise UnknownNameError(f"unknown action of 'plugins': {action!r}", hint)
    module = "trust" if action == "distrust" else action
    run: Callable[..., int] = import_module(f"dualvariant.cli._plugins_{module}").main
    return run(rest, trusted=action == "trust") if module == "trust" else run(rest)
