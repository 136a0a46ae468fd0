"""What a provider answers: values are checked when they are made, and every complaint names field and value."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from attrs.exceptions import FrozenInstanceError
from hypothesis import example, given
from hypothesis import strategies as st

from strategies import FOREIGN_NAMES, NAMES, VALUES
from variantlib.config import KeyConfig, ProviderConfig

LEVEL = KeyConfig("level", ["v2", "v1"])


@pytest.mark.parametrize(
    ("kind", "fields", "error", "where", "value"),
    [
        (KeyConfig, (None, ["a"]), TypeError, "KeyConfig.key must be a str (got NoneType)", "None"),
        (KeyConfig, (b"k", ["a"]), TypeError, "KeyConfig.key must be a str (got bytes)", "b'k'"),
        (KeyConfig, (7, ["a"]), TypeError, "KeyConfig.key must be a str (got int)", "7"),
        (KeyConfig, ("", ["a"]), ValueError, "KeyConfig.key must match", "''"),
        (KeyConfig, ("a-b", ["a"]), ValueError, "KeyConfig.key must match", "'a-b'"),
        (KeyConfig, ("a.b", ["a"]), ValueError, "KeyConfig.key must match", "'a.b'"),
        (KeyConfig, ("a\n", ["a"]), ValueError, "KeyConfig.key must match", r"'a\n'"),
        (KeyConfig, ("é", ["a"]), ValueError, "KeyConfig.key must match", "'é'"),
        (KeyConfig, ("٣", ["a"]), ValueError, "KeyConfig.key must match", "'٣'"),
        (KeyConfig, ("k", None), TypeError, "KeyConfig.values must be a list of str (got NoneType)", "None"),
        (KeyConfig, ("k", "abc"), TypeError, "KeyConfig.values must be a list of str (got str)", "'abc'"),
        (KeyConfig, ("k", ("a",)), TypeError, "KeyConfig.values must be a list of str (got tuple)", "('a',)"),
        (KeyConfig, ("k", []), ValueError, "KeyConfig.values must not be empty", "[]"),
        (KeyConfig, ("k", ["a", 2]), TypeError, "KeyConfig.values[1] must be a str (got int)", "2"),
        (KeyConfig, ("k", ["a", ""]), ValueError, "KeyConfig.values[1] must match", "''"),
        (KeyConfig, ("k", ["a b"]), ValueError, "KeyConfig.values[0] must match", "'a b'"),
        (KeyConfig, ("k", ["a\n"]), ValueError, "KeyConfig.values[0] must match", r"'a\n'"),
        (KeyConfig, ("k", ["a::b"]), ValueError, "KeyConfig.values[0] must match", "'a::b'"),
        (KeyConfig, ("k", ["a", "b", "a"]), ValueError, "KeyConfig.values must not repeat a name", "'a'"),
        (ProviderConfig, (3, [LEVEL]), TypeError, "ProviderConfig.provider must be a str (got int)", "3"),
        (ProviderConfig, ("a b", [LEVEL]), ValueError, "ProviderConfig.provider must match", "'a b'"),
        (ProviderConfig, ("x86-64", [LEVEL]), ValueError, "ProviderConfig.provider must match", "'x86-64'"),
        (
            ProviderConfig,
            ("p", LEVEL),
            TypeError,
            "ProviderConfig.configs must be a list of KeyConfig (got KeyConfig)",
            "KeyConfig(key='level', values=['v2', 'v1'])",
        ),
        (ProviderConfig, ("p", []), ValueError, "ProviderConfig.configs must not be empty", "[]"),
        (
            ProviderConfig,
            ("p", [LEVEL, {"key": "k"}]),
            TypeError,
            "ProviderConfig.configs[1] must be a KeyConfig (got dict)",
            "{'key': 'k'}",
        ),
        (
            ProviderConfig,
            ("p", [LEVEL, KeyConfig("level", ["v9"])]),
            ValueError,
            "ProviderConfig.configs must not repeat a name",
            "'level'",
        ),
    ],
)
def test_a_bad_field_is_named_together_with_its_value(
    kind: Callable[..., object], fields: tuple[object, ...], error: type[Exception], where: str, value: str
) -> None:
    with pytest.raises(error, match=f"^{re.escape(where)}.*: {re.escape(value)}($| is not )"):
        kind(*fields)


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        (
            KeyConfig,
            ("k", ["Zynq 7000"]),
            "'Zynq 7000' is not a value (letters, digits, _ and .): did you mean 'Zynq_7000'?",
        ),
        (KeyConfig, ("a-b", ["1"]), "'a-b' is not a key (letters, digits and _): did you mean 'a_b'?"),
        (KeyConfig, ("k", ["é"]), "'é' is not a value (letters, digits, _ and .)"),
        (
            ProviderConfig,
            ("x86-64", [KeyConfig("level", ["v9"])]),
            "'x86-64' is not a provider name (letters, digits and _): did you mean 'x86_64'?",
        ),
    ],
)
def test_what_may_be_meant(kind: Callable[..., object], fields: tuple[object, ...], words: str) -> None:
    with pytest.raises(ValueError, match=f"{re.escape(words)}$"):
        kind(*fields)


@given(key=NAMES, values=st.lists(VALUES, min_size=1, unique=True))
def test_every_name_of_the_founding_alphabet_is_accepted_in_the_given_order(key: str, values: list[str]) -> None:
    config = KeyConfig(key, values)
    assert (key, values) == (config.key, config.values)


@given(FOREIGN_NAMES)
@example("a\n")
@example("\u0663")  # an Arabic digit, which str.isdigit() accepts
@example("\u212a")  # the Kelvin sign, which is a letter k to a regular expression that ignores case
def test_no_other_text_is_a_name(text: str) -> None:
    with pytest.raises(ValueError, match=r"KeyConfig\.key must match"):
        KeyConfig(text, ["a"])
    with pytest.raises(ValueError, match=r"ProviderConfig\.provider must match"):
        ProviderConfig(text, [LEVEL])


def test_the_caller_keeps_no_hand_on_the_lists() -> None:
    values, configs = ["v2", "v1"], [LEVEL]
    key, provider = KeyConfig("level", values), ProviderConfig("p", configs)
    values.append("v0")
    configs.clear()
    assert key.values == ["v2", "v1"]
    assert provider.configs == [LEVEL]


def test_fields_cannot_be_assigned() -> None:
    with pytest.raises(FrozenInstanceError):
        LEVEL.key = "other"  # type: ignore[misc]  # that is the point
    with pytest.raises(FrozenInstanceError):
        ProviderConfig("p", [LEVEL]).provider = "other"  # type: ignore[misc]  # that is the point


def test_equal_values_are_equal_and_can_be_members_of_a_set() -> None:
    assert KeyConfig("level", ["v2", "v1"]) == LEVEL
    assert KeyConfig("level", ["v1", "v2"]) != LEVEL
    assert len({ProviderConfig("p", [LEVEL]), ProviderConfig("p", [KeyConfig("level", ["v2", "v1"])])}) == 1


def test_the_document_of_a_provider_keeps_keys_and_values_in_priority_order() -> None:
    config: Any = ProviderConfig("x86_64", [LEVEL, KeyConfig("avx2", ["on"])]).to_dict()
    assert config == {
        "provider": "x86_64",
        "configs": [{"key": "level", "values": ["v2", "v1"]}, {"key": "avx2", "values": ["on"]}],
    }


def test_the_document_of_a_provider_is_a_copy() -> None:
    document: Any = ProviderConfig("p", [LEVEL]).to_dict()
    document["configs"][0]["values"].append("v0")
    assert LEVEL.values == ["v2", "v1"]
