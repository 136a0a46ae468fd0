"""Question the properties that a user names: a level or a provider that nobody knows is a slip of the pen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dualvariant.core.errors import UsageError
from dualvariant.core.report import Reporter

if TYPE_CHECKING:
    from variantlib.meta import VariantMeta

__all__ = ["UnknownPropertyError", "question_properties"]


class UnknownPropertyError(UsageError):
    """A property that no host can have."""

    code = "unknown-property"


def question_properties(metas: Iterable[VariantMeta], reporter: Reporter | None = None) -> None:
    """Refuse properties that no provider knows, and question those that no installed provider knows.

    Args:
        metas: the properties.
        reporter: hears of the questionable ones; without one they pass, as where a project says itself how to build.

    Raises:
        UnknownPropertyError: one cannot be meant.
    """
    from dualvariant.host.discovery import find_providers
    from variantlib.cpu.doubts import find_doubt

    providers = [entry.name for entry in find_providers()]
    for meta in dict.fromkeys(metas):
        doubt = find_doubt(meta, providers)
        if doubt is not None:
            raise UnknownPropertyError(f"'{meta}' cannot be meant: {doubt}", "correct it; no host would get the wheel")
        if meta.provider not in providers and reporter is not None:
            reporter.warn(f"no installed provider knows {meta.provider!r}, so nobody can say whether '{meta}' exists")
