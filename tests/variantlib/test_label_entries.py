"""A document that is taken apart as text says the same as one that is read as JSON: each is the other's oracle."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from label_documents import document, random_documents, static
from variantlib.dialects.labels.document import parse_document
from variantlib.dialects.labels.entries import cut_entries
from variantlib.errors import IndexMetadataError

LAYOUTS: list[dict[str, Any]] = [
    {},
    {"indent": 1},
    {"indent": "\t", "separators": (",", " : ")},
    {"separators": (",", ":")},
]
#: What an edit puts into a document: what its form is made of, and words that mean something in it.
SCRAPS = ["", *'{}[],:" x\n\\', "}}", "},", "{}", '"null"', '"null": {},', '"variants"', '"variants": {', ', "a"', "::"]


def read(text: str) -> object:
    """The metadata with the order of its parts, or what is wrong with it."""
    try:
        found = parse_document(text)
    except IndexMetadataError as error:
        return error.path, error.why.partition(": line ")[0]
    return found.namespaces, found.providers, found.version, sorted(found.variants.items())


def read_as_json(text: str) -> object:
    """As :func:`read`, of the same document with a backslash, which is never taken apart."""
    escaped = text.replace('"$schema"', '"\\u0024schema"', 1)
    assert "\\" in escaped and cut_entries(escaped) is None
    return read(escaped)


@given(random_documents(), st.sampled_from(LAYOUTS), st.booleans())
def test_a_document_as_tools_write_it_is_taken_apart(
    value: dict[str, Any], layout: dict[str, Any], null_first: bool
) -> None:
    variants = {label: features for label, features in value["variants"].items() if label != "null"}
    value["variants"] = {"null": {}, **variants} if null_first else {**variants, "null": {}}
    text = json.dumps({**value, "variants": value["variants"]}, **layout)
    assert cut_entries(text) is not None
    assert read(text) == read_as_json(text)


@given(random_documents(), st.sampled_from(LAYOUTS), st.data())
def test_a_damaged_document_is_judged_the_same(
    value: dict[str, Any], layout: dict[str, Any], data: st.DataObject
) -> None:
    text = json.dumps(value, **layout)
    start = text.index('"variants"')
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.integers(start, len(text)))
        text = text[:at] + data.draw(st.sampled_from(SCRAPS)) + text[at + data.draw(st.integers(0, 4)) :]
    assert read(text) == read_as_json(text)


def test_a_namespace_that_is_called_null_is_not_the_label() -> None:
    text = document({"cpu": static({"level": ["v3"]}), "null": static({"f": ["1"]})}, {})
    for table in ('{"a": {"null": {}, "cpu": {"level": ["v3"]}}}', '{"a": {"cpu": {"level": ["v3"]}, "null": {}}}'):
        changed = text.replace('"variants": {}', f'"variants": {table}')
        assert changed != text and read(changed) == read_as_json(changed)
        assert "null" not in parse_document(changed).variants
