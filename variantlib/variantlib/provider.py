"""The contract between dualvariant and a provider plugin.

A provider is a class that an installed distribution names in the entry-point group ``variantlib.plugins``::

    [project.entry-points."variantlib.plugins"]
    my_plugin = "my_plugin.plugin:MyVariantPlugin"

It is found by that entry, and needs the attributes below, not a base class; :class:`Provider` documents the contract
for readers and type checkers. Each provider is instantiated and asked in a short-lived process of its
own, with a time limit and a size limit; what it prints is discarded. Its answer must name it:
``ProviderConfig.provider`` equals ``__provider_name__``. A name that two installed providers claim is refused for both.

Optional attributes:

``__depends_on__``
    Strings that name what the answer depends on beyond this CPU, this kernel and the plugin's own version: an absolute
    path of a file (a driver's version file), ``env:NAME`` for an environment variable, or ``lib:SONAME`` for a shared
    library that the system's loader finds (``lib:libcuda.so.1``). When one appears, changes or goes, a cached answer is
    no longer used. The libraries that the provider loads, or tries to load by ``ctypes``, need not be named: they are
    noticed. The values of variables are not in the cache, only digests of them.
``build_flags(key, value, compiler)``
    For builders: see :class:`FlagProvider`.
``why_not(key, value, supported)``
    For people: see :class:`ReasonProvider`.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from variantlib.config import ProviderConfig

__all__ = ["ENTRY_POINT_GROUP", "FlagProvider", "Provider", "ReasonProvider"]

#: Where installed distributions name their providers.
ENTRY_POINT_GROUP = "variantlib.plugins"


@runtime_checkable
class Provider(Protocol):
    """What every provider has."""

    __provider_name__: str
    __version__: str

    def run(self) -> ProviderConfig | None:
        """What this host supports, most important key and best value first; None if there is nothing to say."""


@runtime_checkable
class FlagProvider(Protocol):
    """What a provider has that also knows how to build for its properties."""

    def build_flags(self, key: str, value: str, compiler: str) -> dict[str, list[str]] | None:
        """The flags that make ``compiler`` produce code for ``key :: value``.

        Args:
            key: one of the provider's keys.
            value: one of that key's values.
            compiler: ``gcc``, ``clang``, ``zig``, or ``rustc`` for a project that cargo builds.

        Returns:
            Environment variables (``CFLAGS``, ``CXXFLAGS``, ``LDFLAGS``, ``RUSTFLAGS``) with the flags to add to
            each, or None for a property that this compiler has no flags for.
        """


@runtime_checkable
class ReasonProvider(Protocol):
    """What a provider has that can say what a host lacks for a value."""

    def why_not(self, key: str, value: str, supported: dict[str, list[str]]) -> str | None:
        """In a few words, what a host lacks for ``key :: value``: ``this CPU lacks avx512bw, avx512f``.

        Args:
            key: one of the provider's keys.
            value: a value that the host does not support.
            supported: what the host does support, values by key: a profile's entry for this provider, perhaps
                of another machine than the one that is asked.

        Returns:
            The words, or None if nothing is known.
        """
