"""Takes the variants of a document apart as text: ten thousand labels repeat a few hundred pieces of it.

Making a table of every variant, only to look up what its few features are, takes most of the time that a large document
takes. Here each piece of text (a namespace with its features) is read as JSON once, and looked up after that.

Only a document as tools write it is taken apart: the variants come last, the same characters are between any two of
them, the namespaces of each are sorted, no text has a backslash. For any other, and for any that has something wrong in
it, there is None, and the reader of all documents (:mod:`variantlib.dialects.labels.document`) says what it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import chain
from typing import NamedTuple

from variantlib.label_meta import LABEL, NULL_LABEL, FeatureValues

__all__ = ["Entries", "cut_entries"]

_BLANKS = " \t\n\r"
_BLANK = f"[{_BLANKS}]*"
_START = re.compile(rf'"variants"{_BLANK}:{_BLANK}\{{')
#: Between two entries: the end of a last namespace, the end of its entry, a comma.
_BOUNDARY = re.compile(rf"\}}{_BLANK}\}}{_BLANK},")
_NULL = re.compile(rf'"{NULL_LABEL}"{_BLANK}:{_BLANK}\{{{_BLANK}\}}{_BLANK},')
_HEADS = re.compile(rf'(?:{_BLANK}"{LABEL.pattern}"{_BLANK}:{_BLANK}\{{)*')

Features = tuple[FeatureValues, ...]
#: Reads the JSON text of a table with one namespace.
NamespaceReader = Callable[[str], Features]


class Entries(NamedTuple):
    """A document in two parts.

    Args:
        rest: the text of the document with an empty table of variants.
        labels: the labels in the order of the document, without that of no properties.
        bodies: for each label the text of its namespaces, up to the brace that closes the last of them.
        has_null: whether the document has the label of no properties too.
    """

    rest: str
    labels: list[str]
    bodies: list[str]
    has_null: bool

    def read(self, read_namespace: NamespaceReader) -> dict[str, Features] | None:
        """The features of each label; None if one has its namespaces in another order, or one of them twice."""
        pieces = _Pieces(read_namespace)
        variants: dict[str, Features] = {}
        orders: set[tuple[str, ...]] = set()
        find_features, find_namespace = pieces.__getitem__, pieces.namespaces.__getitem__
        for label, body in zip(self.labels, self.bodies, strict=True):
            texts = f",{body}".split("}")
            variants[label] = tuple(chain.from_iterable(map(find_features, texts)))
            order = tuple(map(find_namespace, texts))
            if order not in orders:
                if list(order) != sorted(set(order)):
                    return None
                orders.add(order)
        return {**variants, NULL_LABEL: ()} if self.has_null else variants


class _Pieces(dict[str, Features]):
    """For each piece of text, a comma and a namespace without its closing brace, the features in it."""

    def __init__(self, read_namespace: NamespaceReader) -> None:
        super().__init__()
        #: The namespace of each piece.
        self.namespaces: dict[str, str] = {}
        self._read_namespace = read_namespace

    def __missing__(self, text: str) -> Features:
        blank, _, member = text.partition(",")
        found = self._read_namespace(f"{blank}{{{member}}}}}")
        self.namespaces[text] = found[0].namespace
        self[text] = found
        return found


def cut_entries(text: str) -> Entries | None:
    """Take a document apart; None if it has another form.

    Both parts together are valid if ``rest`` is, if it has an empty table of variants, and if each piece of
    :meth:`Entries.read` is: without a backslash each quotation mark begins or ends a text, and so the word that is
    found here is the only key of this name.
    """
    start = _START.search(text)
    end = text.rfind("}", 0, max(text.rfind("}"), 0))
    if start is None or end < start.end() or text.count('"variants"') != 1 or "\\" in text:
        return None
    section = text[start.end() : end].strip(_BLANKS) + ","
    boundary = _BOUNDARY.search(section)
    null = _NULL.search(section)
    if null is not None:
        before = section[: null.start()]
        if before and (boundary is None or not before.rstrip(_BLANKS).endswith(boundary[0])):
            return None
        section = before + section[null.end() :]
    *bodies, after = [section] if boundary is None else section.split(boundary[0])
    if after.strip(_BLANKS):
        return None
    parts = [body.partition("{") for body in bodies]
    joined = "".join([f"{head}{{" for head, _, _ in parts])
    labels = joined.split('"')[1::2]
    if not _HEADS.fullmatch(joined) or len({NULL_LABEL, *labels}) != 1 + len(bodies):
        return None
    bodies = [body for _, _, body in parts]
    return Entries(text[: start.end()] + text[end:], labels, bodies, null is not None)
