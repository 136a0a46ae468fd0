"""``dualvariant plugins``: list, check, make, trust and distrust providers."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from dualvariant.cli._actions import take_action

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
    action = take_action("plugins", SUMMARY, ACTIONS, arguments)
    if isinstance(action, int):
        return action
    module = "trust" if action == "distrust" else action
    run: Callable[..., int] = import_module(f"dualvariant.cli._plugins_{module}").main
    return run(arguments[1:], trusted=action == "trust") if module == "trust" else run(arguments[1:])
