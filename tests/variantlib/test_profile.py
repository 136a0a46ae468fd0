"""``HostProfile``: what selection knows of a host, written, read, reordered; every fault named with its path."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from attrs.exceptions import FrozenInstanceError
from hypothesis import given
from hypothesis import strategies as st

from strategies import SHORT_NAMES
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.errors import ProfileError
from variantlib.profile import SCHEMA, HostProfile

CONTRACT = Path(__file__).parent.parent / "data" / "contracts" / "profile.json"

KEYS = st.dictionaries(SHORT_NAMES, st.lists(SHORT_NAMES, min_size=1, max_size=4, unique=True), min_size=1, max_size=4)
PROFILES = st.dictionaries(SHORT_NAMES, KEYS, max_size=4).map(
    lambda providers: HostProfile(
        [
            ProviderConfig(name, [KeyConfig(key, values) for key, values in keys.items()])
            for name, keys in providers.items()
        ]
    )
)


def one(provider: str, value: str = "on") -> ProviderConfig:
    return ProviderConfig(provider, [KeyConfig("key", [value])])


ABC = HostProfile([one("a"), one("b"), one("c")])


# --- construction


def test_a_host_without_providers_has_an_empty_profile() -> None:
    assert HostProfile().providers == ()
    assert HostProfile().names == []


@pytest.mark.parametrize(
    ("providers", "error", "message"),
    [
        (None, TypeError, "HostProfile.providers must be ProviderConfigs (got NoneType): None"),
        (7, TypeError, "HostProfile.providers must be ProviderConfigs (got int): 7"),
        ([one("a"), "b"], TypeError, "HostProfile.providers[1] must be a ProviderConfig (got str): 'b'"),
        (
            [{"provider": "a"}],
            TypeError,
            "HostProfile.providers[0] must be a ProviderConfig (got dict): {'provider': 'a'}",
        ),
        (
            [one("a"), one("b"), one("a", "off")],
            ValueError,
            "HostProfile.providers must not repeat a name (it is there more than once): 'a'",
        ),
    ],
)
def test_bad_providers_are_named(providers: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        HostProfile(providers)


def test_a_profile_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        ABC.providers = ()  # type: ignore[misc]  # that is the point
    assert isinstance(ABC.providers, tuple)


# --- priority


@pytest.mark.parametrize(
    ("priority", "expected"),
    [
        ([], "abc"),
        (["c"], "cab"),
        (["c", "b"], "cba"),
        (["c", "b", "a"], "cba"),
        (["b", "nobody", "a"], "bac"),
        (["nobody"], "abc"),
        (["c", "a", "c"], "cab"),
        (("b",), "bac"),
    ],
)
def test_named_providers_come_first_and_the_rest_keep_their_order(priority: list[str], expected: str) -> None:
    prioritized = ABC.prioritized(priority)
    assert list(expected) == prioritized.names
    assert ABC.names == ["a", "b", "c"]


@given(PROFILES, st.lists(SHORT_NAMES, max_size=4))
def test_prioritizing_only_reorders_providers(profile: HostProfile, priority: list[str]) -> None:
    prioritized = profile.prioritized(priority)
    assert set(profile.providers) == set(prioritized.providers)
    assert len(profile.providers) == len(prioritized.providers)
    assert prioritized == prioritized.prioritized(priority)


# --- digest


def test_the_digest_is_sixteen_digits_that_stay_the_same() -> None:
    profile = HostProfile.from_json(CONTRACT.read_bytes())
    assert re.fullmatch("[0-9a-f]{16}", profile.digest)
    assert profile.digest == HostProfile.from_json(CONTRACT.read_bytes()).digest


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(HostProfile([one("b"), one("a")]), id="the order of providers"),
        pytest.param(HostProfile([one("a"), one("b", "off")]), id="a value"),
        pytest.param(HostProfile([one("a")]), id="a provider fewer"),
        pytest.param(HostProfile([one("a"), ProviderConfig("b", [KeyConfig("kez", ["on"])])]), id="a key"),
        pytest.param(
            HostProfile([one("a"), ProviderConfig("b", [KeyConfig("key", ["on", "off"])])]), id="a value more"
        ),
    ],
)
def test_the_digest_changes_with(other: HostProfile) -> None:
    assert HostProfile([one("a"), one("b")]).digest != other.digest


def test_the_digest_changes_with_the_order_of_keys_and_of_values() -> None:
    def digest(*configs: KeyConfig) -> str:
        return HostProfile([ProviderConfig("p", list(configs))]).digest

    one_way = digest(KeyConfig("k", ["1", "2"]), KeyConfig("l", ["1"]))
    assert one_way != digest(KeyConfig("l", ["1"]), KeyConfig("k", ["1", "2"]))
    assert one_way != digest(KeyConfig("k", ["2", "1"]), KeyConfig("l", ["1"]))


# --- the document


def test_the_contracts_profile_is_read_and_written() -> None:
    document = json.loads(CONTRACT.read_bytes())
    profile = HostProfile.from_json(CONTRACT.read_text(encoding="utf-8"))
    assert profile.names == ["fictional_hw", "fictional_tech"]
    assert profile.providers[0].configs[0].values == ["HAL9000", "tars", "mother"]
    assert document == profile.to_dict()
    assert profile == HostProfile.from_dict(document)


@given(PROFILES)
def test_a_profile_survives_the_way_through_json(profile: HostProfile) -> None:
    again = HostProfile.from_json(json.dumps(profile.to_dict()))
    assert profile == again
    assert profile.digest == again.digest


def test_keys_that_it_does_not_know_are_passed_over() -> None:
    document: Any = ABC.to_dict()
    document.update(digest="0" * 16, evidence={"cpuid": [1]}, detected_at=1.5)
    document["providers"][0]["version"] = "1.0"
    document["providers"][0]["configs"][0]["comment"] = None
    assert HostProfile.from_json(json.dumps(document)) == ABC


def test_a_wrong_digest_in_the_document_is_not_believed() -> None:
    assert ABC.digest == HostProfile.from_dict({**ABC.to_dict(), "digest": "f" * 16}).digest


def providers(*items: Any) -> dict[str, Any]:
    return {"schema": SCHEMA, "providers": list(items)}


def keys(*items: Any) -> dict[str, Any]:
    return providers({"provider": "p", "configs": list(items)})


GOOD = {"key": "k", "values": ["v"]}


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        pytest.param([], "it must be a JSON object (got list)", id="a list"),
        pytest.param(None, "it must be a JSON object (got NoneType)", id="null"),
        pytest.param({}, "schema must be 'dualvariant/profile/1' (got None)", id="no schema"),
        pytest.param(
            {"schema": "dualvariant/profile/2"},
            "schema must be 'dualvariant/profile/1' (got 'dualvariant/profile/2')",
            id="a later schema",
        ),
        pytest.param(
            {"schema": "dualvariant/hashes/1", "variants": {}}, "(got 'dualvariant/hashes/1')", id="an index's metadata"
        ),
        pytest.param({"schema": SCHEMA}, "providers must be a list (got NoneType)", id="no providers"),
        pytest.param(
            {"schema": SCHEMA, "providers": {}}, "providers must be a list (got dict)", id="an object of providers"
        ),
        pytest.param(providers("p"), "providers[0] must be an object (got str)", id="a name as a provider"),
        pytest.param(
            providers({"provider": "p"}), "providers[0].configs must be a list (got NoneType)", id="no configs"
        ),
        pytest.param(
            providers({"configs": [GOOD]}), "providers[0].provider must be a str (got NoneType): None", id="no name"
        ),
        pytest.param(
            providers({"provider": "x86-64", "configs": [GOOD]}),
            "providers[0].provider must match [A-Za-z0-9_]+: 'x86-64' is not a provider name (letters, digits and _): "
            "did you mean 'x86_64'?",
            id="a bad name",
        ),
        pytest.param(keys(), "providers[0].configs must not be empty: []", id="no keys"),
        pytest.param(keys(GOOD, "k"), "providers[0].configs[1] must be an object (got str)", id="a name as a key"),
        pytest.param(
            keys(GOOD, GOOD),
            "providers[0].configs must not repeat a name (it is there more than once): 'k'",
            id="a key twice",
        ),
        pytest.param(
            keys({"values": ["v"]}), "providers[0].configs[0].key must be a str (got NoneType): None", id="no key"
        ),
        pytest.param(
            keys({"key": "k"}),
            "providers[0].configs[0].values must be a list of str (got NoneType): None",
            id="no values",
        ),
        pytest.param(
            keys(GOOD, {"key": "l", "values": "v"}),
            "providers[0].configs[1].values must be a list of str (got str): 'v'",
            id="a value without a list",
        ),
        pytest.param(
            keys({"key": "k", "values": []}),
            "providers[0].configs[0].values must not be empty: []",
            id="an empty list of values",
        ),
        pytest.param(
            keys({"key": "k", "values": ["a", 2]}),
            "providers[0].configs[0].values[1] must be a str (got int): 2",
            id="a number",
        ),
        pytest.param(
            keys({"key": "k", "values": ["a b"]}),
            "providers[0].configs[0].values[0] must match [A-Za-z0-9_.]+: 'a b' is not a value (letters, digits, "
            "_ and .): did you mean 'a_b'?",
            id="a blank in a value",
        ),
        pytest.param(
            keys({"key": "k", "values": ["a", "a"]}),
            "providers[0].configs[0].values must not repeat a name (it is there more than once): 'a'",
            id="a value twice",
        ),
        pytest.param(
            providers(one("p").to_dict(), one("q").to_dict(), one("p").to_dict()),
            "providers: 'p' is there twice",
            id="a provider twice",
        ),
    ],
)
def test_what_is_wrong_in_a_document_is_named_with_its_path(document: Any, problem: str) -> None:
    with pytest.raises(ProfileError) as caught:
        HostProfile.from_dict(document)
    (said,) = caught.value.problems
    assert said == problem or (problem.startswith("(got") and said.endswith(problem))


def test_all_that_is_wrong_is_said_at_once() -> None:
    document = providers(
        7,
        {"provider": "p", "configs": [{"key": "a-b", "values": ["v"]}, GOOD, {"key": "k", "values": [1]}]},
        {"provider": "", "configs": [GOOD]},
    )
    with pytest.raises(ProfileError) as caught:
        HostProfile.from_dict(document)
    expected = [
        "providers[0] must",
        "providers[1].configs[0].key",
        "providers[1].configs[2].values[0]",
        "providers[2].provider",
    ]
    for path, problem in zip(expected, caught.value.problems, strict=True):
        assert problem.startswith(path)


@pytest.mark.parametrize("text", ["", "{", "profile: yes", b"\xff\xfe\x00", "[" * 100_000, "9" * 5000])
def test_a_text_that_is_not_json_is_no_profile(text: str | bytes) -> None:
    with pytest.raises(ProfileError, match=r"^it is not JSON: "):
        HostProfile.from_json(text)
