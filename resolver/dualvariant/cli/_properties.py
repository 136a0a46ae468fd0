"""Question the properties that a user names: a level or a provider that nobody knows is a slip of the pen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dualvariant.core.errors import UsageError
from dualvariant.core.report import Reporter

if TYPE_CHECKING:
    from variantlib.meta import VariantMeta

__all__ = ["UnknownPropertyError", "question_properties", "warn_of_doubts"]


class UnknownPropertyError(UsageError):
    """A property that no host can have."""

    code = "unknown-property"


def question_properties(metas: Iterable[VariantMeta], reporter: Reporter, *, strangers: bool = True) -> None:
    """Refuse properties that no provider knows, and question those that an installed provider does not seem to know.

    Args:
        metas: the properties.
        reporter: hears of the questionable ones.
        strangers: whether a property of a provider that is not installed is questionable; it is not where a project
            says itself how to build for it.

    Raises:
        UnknownPropertyError: one cannot be meant.
    """
    from dualvariant.host.discovery import find_providers
    from variantlib.cpu.doubts import find_doubt

    providers = [entry.name for entry in find_providers()]
    named = list(dict.fromkeys(metas))
    for meta in named:
        doubt = find_doubt(meta, providers)
        if doubt is not None:
            raise UnknownPropertyError(
                f"there is no property '{meta}': {doubt}", "correct it; no host would get the wheel"
            )
        if meta.provider not in providers and strangers:
            reporter.warn(f"'{meta}' cannot be checked (no installed provider is called {meta.provider!r})")
    warn_of_doubts(named, reporter)


def warn_of_doubts(metas: Iterable[VariantMeta], reporter: Reporter) -> None:
    """Question properties that an installed provider does not seem to know; what the tables know is not asked."""
    from variantlib.cpu.doubts import ARCHITECTURES

    others = [meta for meta in metas if meta.provider not in ARCHITECTURES]
    if not others:
        return
    from dualvariant.host.doubts import find_doubts

    for meta, doubt in find_doubts(others).items():
        reporter.warn(f"'{meta}' is questionable: {doubt}")
