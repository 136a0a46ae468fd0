"""Contracts with providers: one module for each, which knows how its providers are made and asked.

A contract's module runs in the provider's own process (:mod:`dualvariant.host._child` imports it there by name) and has
these functions. ``step`` is called with a few words before each piece of foreign code, so that a failure can say where
it happened. Every answer consists of JSON's types, and is checked by the parent.

``load(target, step)``
    The provider object behind an entry point's ``module:attribute``.
``identify(provider, step)``
    Its name and version, ``{"name": …, "version": …}``.
``read_dependencies(provider, step)``
    The state of what its answer depends on, as :func:`dualvariant.host._depends.read_states` gives it.
``ask_config(provider, step)``
    What the host supports, in the form of ``ProviderConfig.to_dict()``; None for nothing.
``ask_build_flags(provider, key, value, compiler, step)``
    Flags by variable; None where the provider has none.
``ask_why_not(provider, key, value, supported, step)``
    What the host lacks, in words; None where the provider does not know.

:data:`dualvariant.host.discovery.CONTRACTS` says which entry-point group has which contract. The package imports
next to nothing, because it is loaded in every provider's process.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["ContractError", "find_object", "read_attribute"]


class ContractError(Exception):
    """A provider breaks its contract; the message says how, without the name of the provider."""


def find_object(target: str) -> Any:
    """What an entry point's ``module:attribute`` names.

    Raises:
        ContractError: the module, or what it is to have, does not exist; the message says what may be meant.
    """
    name, _, attribute = target.partition(":")
    try:
        made: Any = import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # the module is there, and lacks another one
        raise ContractError(
            f"its import raised ModuleNotFoundError: the entry point {target!r} names no module {error.name!r}"
        ) from error
    for part in attribute.split(".") if attribute else ():
        made = read_attribute(made, part)
    return made


def read_attribute(owner: Any, name: str) -> Any:
    """An attribute of something foreign.

    Raises:
        AttributeError: it has none of that name; the message says what may be meant.
    """
    try:
        return getattr(owner, name)
    except AttributeError as error:
        if hasattr(type(owner), name):
            raise  # a property that failed
        what = f"module {owner.__name__!r}" if hasattr(owner, "__file__") else f"{_name_of(owner)!r}"
        raise AttributeError(f"{what} has no attribute {name!r}{_guess(owner, name)}") from error


def _name_of(owner: Any) -> str:
    return owner.__name__ if isinstance(owner, type) else type(owner).__name__


def _guess(owner: Any, name: str) -> str:
    from difflib import get_close_matches

    own = [*vars(owner)] if hasattr(owner, "__dict__") else []
    own += [] if hasattr(owner, "__file__") else dir(type(owner))
    candidates = [one for one in own if not one.startswith("__") or name.startswith("__")]
    near = get_close_matches(name, candidates, n=1, cutoff=0.75)
    return f" (it has {near[0]!r}: one of the two may be misspelt)" if near and near[0] != name else ""
