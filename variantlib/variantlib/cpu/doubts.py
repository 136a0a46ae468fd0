"""Properties that cannot be meant: a level, an instruction set or a provider that nobody knows.

The tables know everything of ``x86_64`` and ``aarch64``. Of other providers only the names are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from variantlib.cpu.tables import load_table, load_x86_64
from variantlib.meta import VariantMeta
from variantlib.property_rules import PropertyPattern

__all__ = ["ARCHITECTURES", "find_doubt", "find_provider_doubt", "is_unknown"]

#: The providers whose keys and values the tables know.
ARCHITECTURES = ("x86_64", "aarch64")


def is_unknown(meta: VariantMeta) -> bool:
    """Whether no host can ever have a property of ``x86_64`` or ``aarch64``, because the tables have no such thing."""
    return meta.provider in ARCHITECTURES and find_doubt(meta) is not None


def find_doubt(meta: VariantMeta | PropertyPattern, providers: Iterable[str] = ()) -> str | None:
    """Why a property cannot be meant, in a sentence; None if nothing speaks against it.

    Args:
        meta: the property, or the beginning of one.
        providers: the names of the installed providers, beside those of the tables.
    """
    if meta.provider not in ARCHITECTURES or meta.key is None:
        return find_provider_doubt(meta.provider, providers)
    table = load_table(meta.provider)
    if meta.key == table.key:
        if meta.value is None or table.level(meta.value) is not None:
            return None
        return f"{meta.provider} has no {meta.key} {meta.value!r}; it has {', '.join(table.values[::-1])}"
    features = [feature.name for feature in load_x86_64().features] if meta.provider == "x86_64" else []
    if meta.key not in features:
        return f"{meta.provider} has no {meta.key!r}{_suggest(meta.key, [table.key, *features])}"
    if meta.value in (None, "on"):
        return None
    return f"the value of {meta.provider} :: {meta.key} is 'on', not {meta.value!r}"


def find_provider_doubt(name: str, providers: Iterable[str] = ()) -> str | None:
    """The name of a provider that may be meant, in a sentence; None if the name is known, or near to no other.

    Args:
        name: the name.
        providers: those of the installed providers, beside those of the tables.
    """
    known = list(dict.fromkeys([*ARCHITECTURES, *providers]))
    if name in known:
        return None
    lower = name.lower().replace("-", "_")
    near = lower if lower in known else next(iter(get_close_matches(lower, known, 1, 0.8)), None)
    return None if near is None else f"no installed provider is called {name!r}; did you mean {near!r}?"


def _suggest(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word.lower(), known, 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; it has {', '.join(known[:1])} and instruction sets"
