"""Properties and variants: what they are, what they are not, and the hash that names a set of them."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from attrs.exceptions import FrozenInstanceError
from hypothesis import given
from hypothesis import strategies as st

from strategies import NAMES, VALUES
from variantlib.meta import VariantDescription, VariantMeta, hash_properties

VECTORS = json.loads((Path(__file__).parent.parent / "data" / "seed_hash.json").read_text(encoding="utf-8"))

#: The properties of a variant as (provider, key) → value: one value each.
VARIANTS = st.dictionaries(st.tuples(NAMES, NAMES), VALUES, min_size=1, max_size=8)

META = VariantMeta("OmniCorp", "access_key", "secret_value")


def independent_hash(properties: dict[tuple[str, str], str]) -> str:
    """The hash as the founding documents describe it, written a second time."""
    shake = hashlib.shake_128()
    for (provider, key), value in sorted(properties.items(), key=lambda item: item[0]):
        shake.update(provider.encode("utf-8") + b" :: " + key.encode("utf-8") + b" :: " + value.encode("utf-8"))
    return shake.digest(4).hex()


def described(properties: dict[tuple[str, str], str]) -> VariantDescription:
    return VariantDescription([VariantMeta(provider, key, value) for (provider, key), value in properties.items()])


# --- VariantMeta


@pytest.mark.parametrize(
    ("fields", "error", "where", "value"),
    [
        ((None, "k", "v"), TypeError, "VariantMeta.provider must be a str (got NoneType)", "None"),
        (("p", 1, "v"), TypeError, "VariantMeta.key must be a str (got int)", "1"),
        (("p", "k", 12.2), TypeError, "VariantMeta.value must be a str (got float)", "12.2"),
        (("", "k", "v"), ValueError, "VariantMeta.provider must match", "''"),
        (("p.q", "k", "v"), ValueError, "VariantMeta.provider must match", "'p.q'"),
        (("p", "k-l", "v"), ValueError, "VariantMeta.key must match", "'k-l'"),
        (("p", "k\x00", "v"), ValueError, "VariantMeta.key must match", r"'k\x00'"),
        (("p", "k", ""), ValueError, "VariantMeta.value must match", "''"),
        (("p", "k", "v\n"), ValueError, "VariantMeta.value must match", r"'v\n'"),
        (("p", "k", ">=1"), ValueError, "VariantMeta.value must match", "'>=1'"),
        (("p", "k", "ünf"), ValueError, "VariantMeta.value must match", "'ünf'"),
    ],
)
def test_a_bad_field_of_a_property_is_named_together_with_its_value(
    fields: tuple[Any, Any, Any], error: type[Exception], where: str, value: str
) -> None:
    with pytest.raises(error, match=f"^{re.escape(where)}.*: {re.escape(value)}$"):
        VariantMeta(*fields)


def test_a_property_is_written_as_in_the_metadata_of_a_wheel() -> None:
    assert "OmniCorp :: access_key :: secret_value" == META.to_str() == str(META)


@given(provider=NAMES, key=NAMES, value=VALUES)
def test_a_property_survives_the_way_through_text(provider: str, key: str, value: str) -> None:
    meta = VariantMeta(provider, key, value)
    assert meta == VariantMeta.from_str(meta.to_str())
    assert (provider, key, value) == (meta.provider, meta.key, meta.value)


@pytest.mark.parametrize("text", ["a::b::c", " a :: b :: c ", "a  ::  b::c", "a :: b :: c\r"])
def test_blanks_around_the_parts_of_a_property_do_not_matter(text: str) -> None:
    assert VariantMeta("a", "b", "c") == VariantMeta.from_str(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a :: b",
        "a :: b ::",
        ":: b :: c",
        "a :: b :: c :: d",
        "a : b : c",
        "a :: b :: c d",
        "a :: b.c :: d",
        "a-b :: c :: d",
        "a :: b :: ç",
        "a :: b :: c\nVariant: d :: e :: f",
        "a :: b :: \x1b[31m",
    ],
)
def test_a_text_of_another_form_is_no_property_and_is_shown(text: str) -> None:
    with pytest.raises(ValueError, match=f"expected 'provider :: key :: value'.*: {re.escape(repr(text))}$"):
        VariantMeta.from_str(text)


@pytest.mark.parametrize("thing", [None, 1, b"a :: b :: c", ["a", "b", "c"]])
def test_what_is_no_text_is_no_property(thing: Any) -> None:
    expected = f"a property must be a str (got {type(thing).__name__}): {thing!r}"
    with pytest.raises(TypeError, match=f"^{re.escape(expected)}$"):
        VariantMeta.from_str(thing)


def test_a_property_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        META.value = "public"  # type: ignore[misc]  # that is the point


# --- VariantDescription


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (None, TypeError, "VariantDescription.data must be a list of VariantMeta (got NoneType): None"),
        (META, TypeError, f"VariantDescription.data must be a list of VariantMeta (got VariantMeta): {META!r}"),
        ((META,), TypeError, f"VariantDescription.data must be a list of VariantMeta (got tuple): {(META,)!r}"),
        ([META, "a :: b :: c"], TypeError, "VariantDescription.data[1] must be a VariantMeta (got str): 'a :: b :: c'"),
        ([], ValueError, "VariantDescription.data must not be empty: []"),
        (
            [META, META],
            ValueError,
            "VariantDescription.data must have one value for each provider and key (two for 'OmniCorp :: access_key'): "
            "['OmniCorp :: access_key :: secret_value', 'OmniCorp :: access_key :: secret_value']",
        ),
        (
            [VariantMeta("a", "b", "2"), VariantMeta("a", "c", "1"), VariantMeta("a", "b", "1")],
            ValueError,
            "VariantDescription.data must have one value for each provider and key (two for 'a :: b'): "
            "['a :: b :: 1', 'a :: b :: 2', 'a :: c :: 1']",
        ),
    ],
)
def test_bad_data_of_a_variant_is_named(data: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        VariantDescription(data)


def test_one_key_may_stand_under_two_providers() -> None:
    assert len(VariantDescription.from_strings(["a :: level :: 1", "b :: level :: 2"]).data) == 2


@given(VARIANTS, st.randoms(use_true_random=False))
def test_the_order_in_which_properties_are_given_does_not_matter(
    properties: dict[tuple[str, str], str], random: Any
) -> None:
    expected = described(properties)
    items = list(properties.items())
    random.shuffle(items)
    shuffled = described(dict(items))
    assert expected == shuffled
    assert hash(expected) == hash(shuffled)
    assert expected.hexdigest == shuffled.hexdigest
    assert sorted(properties) == [(meta.provider, meta.key) for meta in shuffled]


def test_the_callers_list_stays_as_it_is() -> None:
    data = [VariantMeta("b", "b", "b"), VariantMeta("a", "a", "a")]
    description = VariantDescription(data)
    assert [meta.provider for meta in data] == ["b", "a"]
    data.clear()
    assert description.properties == ["a :: a :: a", "b :: b :: b"]


@given(VARIANTS)
def test_a_variant_survives_the_way_through_text(properties: dict[tuple[str, str], str]) -> None:
    description = described(properties)
    assert description == VariantDescription.from_strings(description.properties)


def test_the_first_bad_text_among_properties_is_shown() -> None:
    with pytest.raises(ValueError, match=r"'x86_64 level v3'$"):
        VariantDescription.from_strings(["a :: b :: c", "x86_64 level v3"])


# --- the hash


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["hash"])
def test_the_founding_hashes(vector: dict[str, Any]) -> None:
    assert vector["hash"] == VariantDescription.from_strings(vector["properties"]).hexdigest
    assert vector["hash"] == VariantDescription.from_strings(reversed(vector["properties"])).hexdigest


def test_there_are_founding_hashes_to_check() -> None:
    assert {"5b7306b3", "64506ae7", "98a0872e", "36266d4d", "9091cdc4"} == {vector["hash"] for vector in VECTORS}


@given(VARIANTS)
def test_the_hash_equals_an_independent_implementation(properties: dict[tuple[str, str], str]) -> None:
    assert independent_hash(properties) == described(properties).hexdigest


@given(VARIANTS)
def test_the_hash_is_eight_digits_of_lower_case(properties: dict[tuple[str, str], str]) -> None:
    assert re.fullmatch("[0-9a-f]{8}", described(properties).hexdigest)


def test_two_variants_with_one_hash_are_two_variants() -> None:
    """32 bits without separators: the hash names a variant, it does not stand for it."""
    one = VariantDescription.from_strings(["a :: b :: cx", "d :: e :: f"])
    other = VariantDescription.from_strings(["a :: b :: c", "xd :: e :: f"])
    assert "98a0872e" == one.hexdigest == other.hexdigest
    assert one != other


def test_hashing_takes_properties_as_they_stand() -> None:
    assert (
        hash_properties(
            [
                "fictional_tech :: quantum :: SUPERPOSITION",
                "fictional_tech :: risk_exposure :: 25",
                "fictional_tech :: technology :: auto_chef",
            ]
        )
        == "9091cdc4"
    )
