"""Several documents of one release as one: known answers, and the same answer in whichever order they come."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_documents import VECTORS, document, random_documents, static
from property_tests import examples
from variantlib.dialects.labels.combine import CombineError, combine
from variantlib.dialects.labels.document import dump_document, parse_document
from variantlib.label_meta import LabelMetadata

CASES = json.loads((VECTORS / "combine.json").read_text("utf-8"))["cases"]


def combine_all(documents: list[LabelMetadata]) -> str:
    """What combining them comes to, in words: the text of the document, or the path of the contradiction."""
    try:
        return dump_document(combine((f"{at}.json", one) for at, one in enumerate(documents)))
    except CombineError as error:
        return f"contradiction at {error.path.partition('.')[0]}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_known_answers(case: dict[str, Any]) -> None:
    documents = [(f"{at}.json", parse_document(json.dumps(text))) for at, text in enumerate(case["docs"])]
    if case["ref"][0] == "ok":
        combined = combine(documents)
        assert [sorted(combined.variants), list(combined.namespaces)] == case["ref"][1:]
        return
    with pytest.raises(CombineError) as caught:
        combine(documents)
    assert str(caught.value) == case["ref"][1]
    assert set(caught.value.names) == {"0.json", "1.json"}


def consistent(one: LabelMetadata, other: LabelMetadata) -> bool:
    """The rules of PEP 825 for two documents, word by word."""
    shorter, longer = sorted((one.namespaces, other.namespaces), key=len)
    return (
        list(longer[: len(shorter)]) == list(shorter)
        and all(other.variants.get(label, found) == found for label, found in one.variants.items())
        and all(other.providers.get(name, found) == found for name, found in one.providers.items())
    )


def parts_of(value: dict[str, Any], number: int) -> list[LabelMetadata]:
    """Documents that agree: each has some of the labels, and the first of the namespaces that these need."""
    whole = parse_document(json.dumps(value))
    parts = []
    for at in range(number):
        variants = {label: found for place, (label, found) in enumerate(whole.variants.items()) if place % number == at}
        used = {feature.namespace for found in variants.values() for feature in found}
        last = max((whole.namespaces.index(name) for name in used), default=0)
        names = whole.namespaces[: last + 1]
        parts.append(LabelMetadata(names, {name: whole.providers[name] for name in names}, variants))
    return parts


@examples(50)
@given(random_documents(), st.integers(2, 4))
def test_parts_of_one_document_make_it_again_in_any_order(value: dict[str, Any], number: int) -> None:
    parts = parts_of(value, number)
    expected = set(parse_document(json.dumps(value)).variants)
    for order in permutations(parts):
        combined = combine((str(at), part) for at, part in enumerate(order))
        assert set(combined.variants) == expected
        assert all(part.namespaces == combined.namespaces[: len(part.namespaces)] for part in parts)


@examples(100)
@given(st.lists(random_documents(2, 1, 2), min_size=2, max_size=3))
def test_the_order_of_the_documents_never_matters(values: list[dict[str, Any]]) -> None:
    documents = [parse_document(json.dumps(value)) for value in values]
    names = [f"{at}.json" for at in range(len(documents))]
    answers = set()
    for order in permutations(zip(names, documents, strict=True)):
        try:
            answers.add(dump_document(combine(order)))
        except CombineError as error:
            answers.add(f"{error} {error.names}")
    assert len(answers) == 1
    agree = all(consistent(one, other) for one, other in permutations(documents, 2))
    # All pairs of three may agree in their namespaces while two of them only extend the third in different ways.
    assert agree == (not any("two different" in answer or "does not begin" in answer for answer in answers))


def test_two_wheels_that_mean_something_else_by_one_label_are_named() -> None:
    providers = {"cpu": static({"level": ["v3", "v2"]})}
    one, other = (parse_document(document(providers, {"a": {"cpu": {"level": [value]}}})) for value in ("v3", "v2"))
    with pytest.raises(CombineError, match=r"variants\.a: two different sets of properties") as caught:
        combine([("b.whl", other), ("a.whl", one)])
    assert caught.value.names == ("a.whl", "b.whl")


def test_a_feature_order_that_differs_is_a_contradiction_and_a_schema_that_differs_is_none() -> None:
    one = document({"g": static({"a": ["1"], "z": ["1"]})}, {})
    other = document({"g": static({"z": ["1"], "a": ["1"]})}, {})
    assert combine_all([parse_document(one), parse_document(other)]) == "contradiction at providers"
    newer = one.replace("v0.2.0", "v0.3.0")
    assert combine_all([parse_document(one), parse_document(newer)]) == dump_document(parse_document(one))
