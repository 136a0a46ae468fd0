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
nothing, because it is loaded in every provider's process.
"""

__all__ = ["ContractError"]


class ContractError(Exception):
    """A provider breaks its contract; the message says how, without the name of the provider."""
