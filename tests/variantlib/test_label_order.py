"""The label dialect's order: known answers of uv 0.13.9, and the algorithm of PEP 825 written down a second time."""

from __future__ import annotations

import json
from functools import cmp_to_key
from typing import Any

import pytest
from hypothesis import given

from label_documents import CPU_PROVIDER, VECTORS, document, random_documents, static
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.dialects.labels.document import parse_document
from variantlib.label_meta import BuiltinProvider, LabelMetadata, PluginProvider, StaticProvider
from variantlib.label_order import LabelRanking
from variantlib.label_support import Silence, find_supported
from variantlib.preferences import LabelRules
from variantlib.profile import HostProfile
from variantlib.selection import Preferences, TagRanks, select
from variantlib.verdict import Candidate, Outcome
from variantlib.wheel_name import parse_wheel_name

VECTORS_OF_ORDER = json.loads((VECTORS / "order.json").read_text("utf-8"))
HOST = HostProfile([ProviderConfig("x86_64", [KeyConfig("level", VECTORS_OF_ORDER["host_levels"])])])
TAGS = TagRanks(["py3-none-any"])


def order_of(metadata: LabelMetadata, host: HostProfile = HOST, rules: LabelRules | None = None) -> list[str | None]:
    """The labels that fit, best first; None for the standard wheel."""
    candidates = [
        Candidate(parse_wheel_name(f"a-1-py3-none-any-{label}.whl"), metadata.variant(label))
        for label in metadata.variants
    ]
    candidates.insert(0, Candidate(parse_wheel_name("a-1-py3-none-any.whl")))
    verdicts = select(candidates, host, TAGS, Preferences(), rules)
    return [v.candidate.wheel.label for v in verdicts if v.outcome is not Outcome.REJECTED]


@pytest.mark.parametrize("vector", VECTORS_OF_ORDER["vectors"], ids=lambda vector: vector["id"])
def test_known_orders(vector: dict[str, Any]) -> None:
    assert order_of(parse_document(json.dumps(vector["doc"]))) == [*vector["expect"], None]
    assert vector["expect"] == vector["uv_0_13_9"]


# --- the algorithm of PEP 825, written from its text


def is_compatible(value: dict[str, Any], label: str) -> bool:
    """At least one value for every feature must be compatible."""
    for namespace, features in value["variants"][label].items():
        listed = value["providers"][namespace]["static-properties"]
        for feature, values in features.items():
            if not set(values) & set(listed.get(feature, ())):
                return False
    return True


def triples(value: dict[str, Any], label: str) -> list[tuple[int, int, int]]:
    """Steps 1 to 6: the sorted list of (namespace, feature, value) positions."""
    found = []
    for namespace, features in value["variants"][label].items():
        provider = value["providers"][namespace]
        order = provider.get("feature-order") or list(provider["static-properties"])
        for feature, values in features.items():
            supported = provider["static-properties"][feature]
            best = next(one for one in supported if one in values)
            at = value["default-priorities"]["namespace"].index(namespace)
            found.append((at, order.index(feature), supported.index(best)))
    return sorted(found)


def expected_order(value: dict[str, Any]) -> list[str | None]:
    """Step 7, then the group of wheels without a variant."""

    def compare(one: str, other: str) -> int:
        for first, second in zip(triples(value, one), triples(value, other), strict=False):
            if first != second:
                return -1 if first < second else 1
        by_length = len(triples(value, other)) - len(triples(value, one))
        return by_length or (-1 if one < other else 1)

    fitting = [label for label in value["variants"] if is_compatible(value, label)]
    return [*sorted(fitting, key=cmp_to_key(compare)), None]


@given(random_documents())
def test_the_order_is_that_of_the_pep(value: dict[str, Any]) -> None:
    assert order_of(parse_document(json.dumps(value))) == expected_order(value)


# --- who answers


LEVELS = ProviderConfig("x86_64", [KeyConfig("level", ["v2", "v1"]), KeyConfig("UPPER", ["on"])])
ACME = ProviderConfig("acme", [KeyConfig("f", ["Best", "good"])])
BOTH = HostProfile([LEVELS, ACME])


def answer(namespace: str, provider: Any, **rules: Any) -> Any:
    return find_supported(namespace, provider, BOTH, LabelRules(**rules))


def test_nobody_answers_for_the_versions_of_other_packages() -> None:
    """PEP 817 reserves the namespace: no plugin may use it, and who leaves it out supports none of it."""
    listed = HostProfile([ProviderConfig("abi_dependency", [KeyConfig("torch", ["2.9"])])])
    rules = LabelRules(
        listed=frozenset({"abi_dependency"}),
        stand_ins={"abi_dependency": "torch-provider"},
        plugins={"abi_dependency": ("torch-provider", "1.0")},
    )
    for provider in (PluginProvider(("torch-provider",)), None):
        found = find_supported("abi_dependency", provider, listed, rules)
        assert "other packages' versions" in str(found)


@pytest.mark.parametrize(
    "requirement",
    ["x86-64-variant-provider >=0.2,<1", "x86_64.Variant_provider", "provider-variant-x86-64 ==0.0.1.post2"],
)
def test_the_profile_answers_for_the_packages_that_it_stands_in_for(requirement: str) -> None:
    """Keys and values with upper-case letters do not exist in this dialect."""
    assert answer("x86_64", PluginProvider((requirement,))) == [("level", ["v2", "v1"])]


@pytest.mark.parametrize(
    ("package", "plugin"),
    [
        ("x86-64-variant-provider", "x86_64_variant_provider"),
        ("provider-variant-x86-64", "provider_variant_x86_64.plugin:X8664Plugin"),
    ],
)
def test_the_plugin_of_a_package_may_be_named(package: str, plugin: str) -> None:
    """uv answers for the first, and for no other object of that package; the second is what the real package has."""
    assert answer("x86_64", PluginProvider((package,), plugin)) == [("level", ["v2", "v1"])]


@pytest.mark.parametrize(
    ("provider", "why"),
    [
        (
            PluginProvider(("x86-64-variant-provider >=9",)),
            "it is left to 'x86-64-variant-provider >=9', and the answer",
        ),
        (PluginProvider(("strange-provider",)), "it is left to the package 'strange-provider'"),
        (PluginProvider(("x86-64-variant-provider", "more")), "it is left to several packages"),
        (PluginProvider(("x86-64-variant-provider[extra]",)), "the package that it is left to has a condition"),
        (
            PluginProvider(("x86-64-variant-provider; os_name == 'nt'",)),
            "the package that it is left to has a condition",
        ),
        (PluginProvider(("x86-64-variant-provider @ https://a/b",)), "the package that it is left to has a condition"),
        (
            PluginProvider(("x86-64-variant-provider",), "x86_64_variant_provider:X"),
            "it is left to the plugin 'x86_64_v",
        ),
        (PluginProvider((" not a requirement",)), "the package that it is left to is not understood"),
        (BuiltinProvider("abi_dependency"), "the document leaves it to 'abi_dependency'"),
        (StaticProvider((("f", ("1",)),), optional=True), "its provider is optional"),
        (PluginProvider(("x86-64-variant-provider",), optional=True), "its provider is optional"),
    ],
)
def test_nobody_answers_and_the_reason_is_known(provider: Any, why: str) -> None:
    found = answer("x86_64", provider)
    assert isinstance(found, Silence)
    assert str(found).startswith(why)


def test_an_optional_provider_counts_when_the_user_asks_for_it() -> None:
    listed = (("f", ("1",)),)
    assert answer("dbg", StaticProvider(listed, optional=True), enabled=frozenset({"dbg"})) == listed


def test_the_static_list_counts_alone() -> None:
    assert answer("x86_64", StaticProvider((("level", ("v9",)),))) == (("level", ("v9",)),)


def test_a_stranger_answers_only_where_the_user_says_so() -> None:
    provider = PluginProvider(("acme-variant-provider",))
    assert isinstance(answer("acme", provider), Silence)
    assert answer("acme", provider, stand_ins={"acme": "Acme.variant_provider"}) == [("f", ["good"])]
    assert answer("acme", provider, listed=frozenset({"acme"})) == [("f", ["good"])]
    assert isinstance(answer("acme", provider, stand_ins={"acme": "another"}), Silence)
    assert isinstance(answer("gone", PluginProvider(("p",)), listed=frozenset({"gone"})), Silence)


def test_without_providers_the_built_in_namespaces_count() -> None:
    assert answer("x86_64", None) == [("level", ["v2", "v1"])]
    assert isinstance(answer("acme", None), Silence)
    assert answer("acme", None, stand_ins={"acme": "any"}) == [("f", ["good"])]


def test_features_beside_the_level_count() -> None:
    """uv answers with the level alone; the built-in provider knows single features as well."""
    host = HostProfile([ProviderConfig("x86_64", [KeyConfig("level", ["v3", "v2"]), KeyConfig("avx512_bf16", ["on"])])])
    text = document(
        {"x86_64": CPU_PROVIDER},
        {
            "v3": {"x86_64": {"level": ["v3"]}},
            "v3_bf16": {"x86_64": {"level": ["v3"], "avx512_bf16": ["on"]}},
            "amx": {"x86_64": {"level": ["v3"], "amx_tile": ["on"]}},
        },
    )
    assert order_of(parse_document(text), host) == ["v3_bf16", "v3", None]


def test_a_feature_that_nobody_offers_never_fits() -> None:
    metadata = parse_document(document({"cpu": static({"level": ["v3"]})}, {"a": {"cpu": {"other": ["1"]}}}))
    variant = metadata.variant("a")
    assert variant is not None
    assert LabelRanking(metadata, HOST).key(variant) == variant.data[0]
