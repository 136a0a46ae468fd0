"""Several documents of one release as one, in whichever order they come.

Source: PEP 825, "Metadata consistency"; the draft of PEP 850 for ``providers``.
"""

from __future__ import annotations

from collections.abc import Iterable

from variantlib.errors import IndexMetadataError
from variantlib.label_meta import FeatureValues, LabelMetadata, LabelProvider

__all__ = ["CombineError", "combine"]


class CombineError(IndexMetadataError):
    """Documents of one release that contradict each other; ``names`` are those of two that do."""

    def __init__(self, path: str, why: str, names: tuple[str, str]) -> None:
        super().__init__(path, why)
        self.names = names


def combine(documents: Iterable[tuple[str, LabelMetadata]]) -> LabelMetadata:
    """The union of documents of one release: of one index file and of wheels that are not in it, say.

    Args:
        documents: each with its name, for the error; at least one.

    Raises:
        CombineError: two of them contradict each other. Nothing is ever preferred or guessed.
    """
    # The order in which documents come must not decide which contradiction is found.
    ordered = sorted(documents, key=lambda pair: pair[0])
    providers: dict[str, tuple[str, LabelProvider]] = {}
    variants: dict[str, tuple[str, tuple[FeatureValues, ...]]] = {}
    for name, document in ordered:
        for namespace, provider in document.providers.items():
            known = providers.setdefault(namespace, (name, provider))
            if known[1] != provider:
                raise CombineError(f"providers.{namespace}", "two different contents", (known[0], name))
        for label, features in document.variants.items():
            seen = variants.setdefault(label, (name, features))
            if seen[1] != features:
                raise CombineError(f"variants.{label}", "two different sets of properties", (seen[0], name))
    return LabelMetadata(
        _combine_namespaces(ordered),
        {namespace: provider for namespace, (_, provider) in sorted(providers.items())},
        {label: features for label, (_, features) in sorted(variants.items())},
        max((document.version for _, document in ordered if document.version is not None), default=None),
    )


def _combine_namespaces(documents: Iterable[tuple[str, LabelMetadata]]) -> tuple[str, ...]:
    """The longest list, which must begin with every other one."""
    by_length = sorted(documents, key=lambda pair: len(pair[1].namespaces))
    longest_name, longest = by_length[-1][0], by_length[-1][1].namespaces
    for name, document in by_length:
        namespaces = document.namespaces
        if longest[: len(namespaces)] != namespaces:
            raise CombineError(
                "default-priorities.namespace",
                f"{list(namespaces)} does not begin {list(longest)}",
                (name, longest_name),
            )
    return longest
