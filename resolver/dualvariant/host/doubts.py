"""Doubts about a property of an installed provider: a key or a value that it does not seem to know.

What a provider answers is about this host, so nothing here is an error: another host may have keys and values that this
one lacks. A provider knows what it answers, and what it has compiler flags for.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from dualvariant.core.errors import DualvariantError
from dualvariant.host.answer import ProviderAnswer
from dualvariant.host.detect import detect
from dualvariant.host.runner import ask_build_flags
from variantlib.meta import VariantMeta

__all__ = ["find_doubts"]


def find_doubts(metas: Iterable[VariantMeta]) -> dict[VariantMeta, str]:
    """What there is to ask about properties of installed providers, in a sentence each.

    Args:
        metas: properties; those of providers that are not installed, or not trusted, are skipped.
    """
    answers = {answer.name: answer for answer in detect().answers}
    wanted: dict[str, list[VariantMeta]] = {}
    for meta in dict.fromkeys(metas):
        answer = answers.get(meta.provider)
        if answer is not None and not _is_answered(answer, meta):
            wanted.setdefault(meta.provider, []).append(meta)
    found: dict[VariantMeta, str] = {}
    for provider, asked in wanted.items():
        unknown = _drop_buildable(answers[provider], asked)
        doubts = {meta: _explain(answers[provider], meta) for meta in unknown}
        found |= {meta: doubt for meta, doubt in doubts.items() if doubt is not None}
    return found


def _is_answered(answer: ProviderAnswer, meta: VariantMeta) -> bool:
    configs = answer.config.configs if answer.config else []
    return any(config.key == meta.key and meta.value in config.values for config in configs)


def _drop_buildable(answer: ProviderAnswer, metas: list[VariantMeta]) -> list[VariantMeta]:
    """The properties that the provider has no compiler flags for."""
    try:
        flags = ask_build_flags(answer.entry, [(meta.key, meta.value) for meta in metas], "gcc")
    except DualvariantError:
        return metas
    return [meta for meta, each in zip(metas, flags, strict=True) if each is None]


def _explain(answer: ProviderAnswer, meta: VariantMeta) -> str | None:
    if answer.config is None:
        return f"its provider reports nothing about this host, and has no compiler flags for it ({answer.entry})"
    values = {config.key: config.values for config in answer.config.configs}
    if meta.key not in values:
        near = _find_near(meta.key, values)
        known = f"did you mean {near!r}?" if near else f"here it knows {', '.join(values)}"
        return f"its provider does not know the key {meta.key!r}: {known} ({answer.entry})"
    near = _find_near(meta.value, values[meta.key])
    if near is None:
        return None
    return f"its provider does not know the value {meta.value!r}: did you mean {near!r}? ({answer.entry})"


def _find_near(word: str, known: Iterable[str]) -> str | None:
    """A word that may be meant. Numbers are never near to each other: ``12.3`` is not a slip for ``12.4``."""
    plain = {_simplify(each): each for each in known}
    if _simplify(word) in plain:
        return plain[_simplify(word)]
    words = [each for each in plain if _digits(each) == _digits(word)]
    near = get_close_matches(_simplify(word), words, 1, 0.7)
    return plain[near[0]] if near else None


def _simplify(word: str) -> str:
    return word.lower().replace("-", "").replace("_", "")


def _digits(word: str) -> str:
    return "".join(char for char in word if char.isdigit() or char == ".")
