"""An index's ``~variants.json``: what is written is read again, and what is wrong is named with its place."""

from __future__ import annotations

import json
import re
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import SHORT_NAMES
from variantlib.dialects import hashes
from variantlib.errors import IndexMetadataError
from variantlib.meta import VariantDescription, VariantMeta, hash_properties
from variantlib.wheel_name import parse_wheel_name

CONTRACT = Path(__file__).parent.parent / "data" / "contracts" / "sandbox_project-0.0.1~variants.json"
SUPERPOSITION = [
    "fictional_tech :: quantum :: SUPERPOSITION",
    "fictional_tech :: risk_exposure :: 25",
    "fictional_tech :: technology :: auto_chef",
]

DESCRIPTIONS = st.dictionaries(st.tuples(SHORT_NAMES, SHORT_NAMES), SHORT_NAMES, min_size=1, max_size=5).map(
    lambda properties: VariantDescription([VariantMeta(p, k, v) for (p, k), v in properties.items()])
)


def document(variants: Any) -> str:
    return json.dumps({"schema": hashes.SCHEMA, "variants": variants})


def test_the_contracts_file_is_read() -> None:
    variants = hashes.parse_index(CONTRACT.read_bytes())
    assert list(variants) == ["36266d4d", "9091cdc4"]
    assert variants["9091cdc4"].properties == SUPERPOSITION
    assert variants == hashes.parse_index(CONTRACT.read_text(encoding="utf-8"))


def test_the_contracts_file_is_written() -> None:
    variants = hashes.parse_index(CONTRACT.read_bytes())
    assert json.loads(CONTRACT.read_bytes()) == json.loads(hashes.dump_index(variants))


def test_hashes_and_properties_are_written_sorted() -> None:
    """The same wheels give the same bytes, however they were found."""
    some = {"9091cdc4": VariantDescription.from_strings(SUPERPOSITION)}
    other = {"5b7306b3": VariantDescription.from_strings(["provider :: key :: value"])}
    text = hashes.dump_index({**some, **other})
    assert text == hashes.dump_index({**other, **some})
    assert list(json.loads(text)["variants"]) == ["5b7306b3", "9091cdc4"]
    assert json.loads(text)["variants"]["9091cdc4"] == SUPERPOSITION


@given(st.lists(DESCRIPTIONS, max_size=6))
def test_what_is_written_is_read_again(descriptions: list[VariantDescription]) -> None:
    variants = {description.hexdigest: description for description in descriptions}
    assert variants == hashes.parse_index(hashes.dump_index(variants))


@pytest.mark.parametrize(
    ("wheel", "filename"),
    [
        ("sandbox_project-0.0.1~9091cdc4-py3-none-any.whl", "sandbox_project-0.0.1~variants.json"),
        ("Sandbox.Project-0.0.1-7-py3-none-any.whl", "sandbox_project-0.0.1~variants.json"),
        ("a-1!1.0.0+CU118-py3-none-any.whl", "a-1!1.0.0+cu118~variants.json"),
    ],
)
def test_the_file_is_named_after_the_release(wheel: str, filename: str) -> None:
    assert filename == hashes.make_index_filename(parse_wheel_name(wheel))


def test_no_installer_takes_the_file_for_a_wheel_or_for_the_label_dialects_metadata() -> None:
    filename = hashes.make_index_filename(parse_wheel_name("a-1-py3-none-any.whl"))
    assert not filename.endswith((".whl", "-variants.json"))


@pytest.mark.parametrize(
    "properties",
    [
        pytest.param(SUPERPOSITION[::-1], id="unsorted"),
        pytest.param([text.replace(" :: ", "::") for text in SUPERPOSITION], id="other blanks"),
        pytest.param([f" {text} " for text in SUPERPOSITION], id="blanks around"),
    ],
)
def test_a_list_written_by_hand_means_the_same_variant(properties: list[str]) -> None:
    variants = hashes.parse_index(document({"9091cdc4": properties}))
    assert {"9091cdc4": VariantDescription.from_strings(SUPERPOSITION)} == variants
    assert variants["9091cdc4"].properties == SUPERPOSITION


def test_keys_that_it_does_not_know_are_passed_over() -> None:
    text = json.dumps({"schema": hashes.SCHEMA, "variants": {"9091cdc4": SUPERPOSITION}, "generated-by": {"a": [1]}})
    assert list(hashes.parse_index(text)) == ["9091cdc4"]


def test_memory_grows_with_the_document_and_not_with_its_square() -> None:
    """Where each property has a provider and key of its own, too."""

    def measure(size: int) -> int:
        document = {"schema": hashes.SCHEMA, "variants": {"00000000": [f"p :: {i} :: v" for i in range(size)]}}
        text = json.dumps(document)
        tracemalloc.start()
        try:
            with pytest.raises(IndexMetadataError, match="another hash"):
                hashes.parse_index(text)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert measure(16_000) < 12 * measure(2_000)


@pytest.mark.parametrize(
    ("text", "path", "why"),
    [
        pytest.param("", "", "it is not JSON: Expecting value", id="empty"),
        pytest.param("<!DOCTYPE html>", "", "it is not JSON: Expecting value", id="html"),
        pytest.param('{"schema": "dualvariant/hashes/1", "variants"', "", "it is not JSON", id="cut off"),
        pytest.param(b"\xff\xfe\x00", "", "it is not JSON", id="bytes of another encoding"),
        pytest.param(b'{"schema": "\xff"}', "", "it is not JSON: 'utf-8' codec", id="no UTF-8"),
        pytest.param("[" * 100_000, "", "it is not JSON", id="deep nesting"),
        pytest.param("9" * 5000, "", "it is not JSON", id="a number without end"),
        pytest.param("[]", "", "it must be a JSON object (got list)", id="a list"),
        pytest.param("null", "", "it must be a JSON object (got NoneType)", id="null"),
        pytest.param("{}", "schema", "must be 'dualvariant/hashes/1' (got None)", id="no schema"),
        pytest.param(
            '{"schema": "dualvariant/hashes/2", "variants": {}}',
            "schema",
            "(got 'dualvariant/hashes/2')",
            id="a later schema",
        ),
        pytest.param(
            '{"schema": ["dualvariant/hashes/1"], "variants": {}}',
            "schema",
            "(got ['dualvariant/hashes/1'])",
            id="a list of schemas",
        ),
        pytest.param(
            '{"schema": "dualvariant/hashes/1"}',
            "variants",
            "must be an object of hashes (got NoneType)",
            id="no variants",
        ),
        pytest.param(document([]), "variants", "must be an object of hashes (got list)", id="a list of variants"),
        pytest.param(
            document({"9091cdc4": {}}),
            "variants.9091cdc4",
            "must be a list of properties (got dict)",
            id="an object of properties",
        ),
        pytest.param(
            document({"9091cdc4": SUPERPOSITION[0]}), "variants.9091cdc4", "(got str)", id="a property without a list"
        ),
        pytest.param(document({"9091cdc4": None}), "variants.9091cdc4", "(got NoneType)", id="null properties"),
        pytest.param(document({"9091cdc4": []}), "variants.9091cdc4", "must not be empty", id="no properties"),
        pytest.param(
            document({"9091cdc4": [SUPERPOSITION[0], 25]}),
            "variants.9091cdc4[1]",
            "a property must be a str (got int): 25",
            id="a number",
        ),
        pytest.param(
            document({"9091cdc4": [[]]}),
            "variants.9091cdc4[0]",
            "a property must be a str (got list): []",
            id="a list in the list",
        ),
        pytest.param(
            document({"9091cdc4": [*SUPERPOSITION, None]}),
            "variants.9091cdc4[3]",
            "(got NoneType): None",
            id="a null in the list",
        ),
        pytest.param(
            document({"9091cdc4": [*SUPERPOSITION, "a :: b"]}),
            "variants.9091cdc4[3]",
            "Invalid format",
            id="half a property",
        ),
        pytest.param(
            document({"9091cdc4": ["a :: b :: \ud800"]}),
            "variants.9091cdc4[0]",
            r"'a :: b :: \ud800'",
            id="half a character",
        ),
        pytest.param(
            document({"9091cdc4": SUPERPOSITION[:2]}),
            "variants.9091cdc4",
            "its properties have another hash, ",
            id="a property too few",
        ),
        pytest.param(
            document({"9091CDC4": SUPERPOSITION}),
            "variants.9091CDC4",
            "its properties have another hash, 9091cdc4",
            id="a hash in upper case",
        ),
        pytest.param(
            document({"v3": SUPERPOSITION}), "variants.v3", "its properties have another hash, 9091cdc4", id="a label"
        ),
        pytest.param(
            document({"": SUPERPOSITION}), "variants.", "its properties have another hash, 9091cdc4", id="an empty hash"
        ),
        pytest.param(
            document({"9091cdc4": SUPERPOSITION, "36266d4d": SUPERPOSITION}),
            "variants.36266d4d",
            "its properties have another hash, 9091cdc4",
            id="the second of two",
        ),
        pytest.param(
            document({"9091cdc4": [SUPERPOSITION[0], *SUPERPOSITION]}),
            "variants.9091cdc4",
            "(two for 'fictional_tech :: quantum')",
            id="a property twice",
        ),
        pytest.param(
            document({"9091cdc4": ["fictional_tech :: quantum :: FOAM", *SUPERPOSITION]}),
            "variants.9091cdc4",
            "(two for 'fictional_tech :: quantum')",
            id="two values of one key",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str | bytes, path: str, why: str) -> None:
    with pytest.raises(IndexMetadataError, match=re.escape(why)) as caught:
        hashes.parse_index(text)
    assert path == caught.value.path
    assert str(caught.value).startswith(f"{path}: " if path else "it ")


@pytest.mark.parametrize(
    ("properties", "why"),
    [
        (["a :: b :: 1", "a :: b :: 2"], "(two for 'a :: b')"),
        (["a :: b :: 1", "a :: b :: 1"], "(two for 'a :: b')"),
        (["c :: d :: 1", "a :: b :: 1"], "its properties have another hash, "),
        (["a::b::1", "c::d::1"], "its properties have another hash, "),
        (["a::b::1"], "its properties have another hash, "),
        ([], "must not be empty"),
    ],
)
def test_the_hash_of_the_strings_as_they_stand_excuses_nothing(properties: list[str], why: str) -> None:
    """The way that spares a second look at lists in canonical form takes nothing else."""
    label = hash_properties(properties)
    with pytest.raises(IndexMetadataError, match=re.escape(why)) as caught:
        hashes.parse_index(document({label: properties}))
    assert caught.value.path == f"variants.{label}"


def test_a_hash_is_verified_even_where_the_properties_collide() -> None:
    """Two sets under one hash are both true to it; which one a wheel means, the wheel says."""
    for properties in (["a :: b :: cx", "d :: e :: f"], ["a :: b :: c", "xd :: e :: f"]):
        assert properties == hashes.parse_index(document({"98a0872e": properties}))["98a0872e"].properties
