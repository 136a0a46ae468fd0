"""Documents of the label dialect: known answers, one message for each thing that may be wrong, and what is written."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given

from label_documents import CPU_PROVIDER, VECTORS, document, random_documents, static
from variantlib.dialects.labels.document import PEP825_SCHEMA, SCHEMA, dump_document, parse_document
from variantlib.errors import IndexMetadataError
from variantlib.label_meta import FeatureValues, PluginProvider, StaticProvider

DOCUMENTS = json.loads((VECTORS / "documents.json").read_text("utf-8"))["documents"]
CPU = {"cpu": static({"level": ["v3", "v2"]})}
V3 = {"a": {"cpu": {"level": ["v3"]}}}


@pytest.mark.parametrize("vector", DOCUMENTS, ids=lambda vector: vector["id"])
def test_known_documents_are_judged_as_the_peps_say(vector: dict[str, str]) -> None:
    if vector["ref"] == "ok":
        parse_document(vector["text"].encode())
        return
    with pytest.raises(IndexMetadataError) as caught:
        parse_document(vector["text"].encode())
    if vector["id"] == "nan":  # no JSON at all: no place in the document need be named
        assert caught.value.why == "not JSON: NaN is no JSON"
    elif vector["ref"].startswith("not JSON"):
        assert caught.value.why.startswith("not JSON: ")
    else:
        assert caught.value.path == vector["ref"].partition(": ")[0]


@pytest.mark.parametrize(
    ("text", "path", "why"),
    [
        ('{"a": 1, "a": 2}', "", "not JSON: the key 'a' is there twice"),
        (document(CPU, V3).replace('"v2"]', '"v2"], "level": []'), "", "not JSON: the key 'level' is there twice"),
        ("[]", "$", "must be an object (got list [])"),
        ("{}", "$schema", "must be a string"),
        (document(CPU, V3, **{"default-priorities": {}}), "default-priorities.namespace", "must be a list of strings"),
        (document({}, {}), "default-priorities.namespace", "must not be empty"),
        (document({"CPU": CPU["cpu"]}, {}), "default-priorities.namespace", "must match [a-z0-9_]+"),
        (document(CPU, V3, providers=[]), "providers", "must be an object (got list [])"),
        (document({"cpu": {"requires": "p"}}, V3), "providers.cpu.requires", "must be a list of strings"),
        (document({"cpu": {"requires": ["p"], "plugin-api": 1}}, V3), "providers.cpu.plugin-api", "must be a string"),
        (document({"cpu": {"builtin": None}}, V3), "providers.cpu.builtin", "must be a string"),
        (document({"cpu": {"builtin": "b", "plugin-api": "p"}}, V3), "providers.cpu", "unknown key 'plugin-api'"),
        (
            document({"cpu": {"static-properties": {"LEVEL": ["v3"]}}}, V3),
            "providers.cpu.static-properties",
            "'LEVEL' is no feature name",
        ),
        (
            document({"cpu": static({"level": ["V3"]})}, V3),
            "providers.cpu.static-properties.level",
            "must match [a-z0-9_.]+",
        ),
        (document(CPU, {"A": V3["a"]}), "variants.A", "is no label"),
        (document(CPU, {"": V3["a"]}), "variants.", "is no label"),
        (document(CPU, {"a": {"cpu": []}}), "variants.a.cpu", "must be an object (got list [])"),
        (document(CPU, {"a": {"cpu": {"level": []}}}), "variants.a.cpu.level", "must not be empty"),
        (document(CPU, {"a": {"cpu": {"level": "v3"}}}), "variants.a.cpu.level", "must be a list of strings"),
        (
            document(CPU, {"a": {"cpu": {"level": ["v3", "v3"]}}}),
            "variants.a.cpu.level",
            "a value is there twice: 'v3'",
        ),
        (document(CPU, {"a": {"cpu": {"level": ["V3"]}}}), "variants.a.cpu.level", "must match [a-z0-9_.]+"),
        (document(CPU, {"a": {"cpu": {"level": ["v3+"]}}}), "variants.a.cpu.level", "must match [a-z0-9_.]+"),
        (document(CPU, {"a": {"cpu": {"level": [["v3"]]}}}), "variants.a.cpu.level", "must be a list of strings"),
        (document(CPU, {"a": {"cpu": {"level": [None]}}}), "variants.a.cpu.level", "must be a list of strings"),
        (
            document(CPU, {"a": {"cpu": {"level": ["v", "3"]}}, "b": {"cpu": {"level": "v3"}}}),
            "variants.b.cpu.level",
            "",
        ),
        (
            document(CPU, {"a": {"cpu": {"level": ["v"]}}, "b": {"cpu": {"level": {"v": 1}}}}),
            "variants.b.cpu.level",
            "",
        ),
        (document(CPU, {"a": {**V3["a"], "z": []}}), "variants.a.z", "not in default-priorities.namespace"),
        (document(CPU, {"\ud800": V3["a"]}), "", "not JSON: an escape stands for half a character"),
        ("[" * 100_000, "", "not JSON"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, path: str, why: str) -> None:
    with pytest.raises(IndexMetadataError) as caught:
        parse_document(text)
    assert caught.value.path == path
    assert caught.value.why.startswith(why)


@pytest.mark.parametrize("more", [{"plugin-api": None}, {"requires": ["p", "p"]}])
def test_what_uv_and_the_reference_take_is_taken(more: dict[str, Any]) -> None:
    provider = parse_document(document({"cpu": {"requires": ["p"], **more}}, V3)).providers["cpu"]
    assert isinstance(provider, PluginProvider) and provider.plugin_api is None and set(provider.requires) == {"p"}


def test_an_empty_namespace_counts_as_absent() -> None:
    """Also one that the document does not list: uv and WheelNext's variantlib pass over it."""
    variants = parse_document(document(CPU, {"a": {**V3["a"], "z": {}}, "null": {"z": {}}})).variants
    assert variants == {"a": (FeatureValues("cpu", "level", ("v3",)),), "null": ()}


def test_escapes_for_a_character_are_read() -> None:
    text = document(CPU, V3, **{"$schema": "https://x/v0.9.0.json", "\U0001f600": 1})
    assert "\\ud83d" in text and parse_document(text).namespaces == ("cpu",)


@pytest.mark.parametrize("form", ['{{"a": "\\ud800", "b": {}}}', '{{"a": "\\ud800", "b": {{"c": {}}}}}', "VALUES"])
@pytest.mark.parametrize(("start", "end"), [("[", "]"), ('{"d":', "}")])
def test_a_document_as_deep_as_python_can_read_is_refused(form: str, start: str, end: str) -> None:
    """What is read may be too deep to be shown, or looked through."""
    if form == "VALUES":
        form = document(CPU, {"a": "@"}).replace("{", "{{").replace("}", "}}").replace('"@"', "{}")
    for depth in range(sys.getrecursionlimit() - 200, sys.getrecursionlimit()):
        with pytest.raises(IndexMetadataError):
            parse_document(form.format(f"{start * depth}1{end * depth}"))


def test_a_document_in_another_encoding_is_refused() -> None:
    for encoding in ("utf-16", "utf-32", "utf-8-sig"):
        with pytest.raises(IndexMetadataError, match="not JSON"):
            parse_document(document(CPU, V3).encode(encoding))


@pytest.mark.parametrize(
    ("schema", "accepted"),
    [
        ("https://variants-schema.wheelnext.dev/peps/850/v0.2.0.json", False),
        ("https://variants-schema.wheelnext.dev/peps/850/v0.2.9.json", False),
        ("https://variants-schema.wheelnext.dev/peps/850/v0.3.0.json", True),
        ("https://packaging.python.org/variants/v1.0.0.json", True),
        ("https://example.org/no-version.json", False),
    ],
)
def test_unknown_keys_are_passed_over_in_a_newer_minor_version_alone(schema: str, accepted: bool) -> None:
    texts = [
        document(CPU, V3, **{"$schema": schema, "new": 1}),
        document(CPU, V3, **{"$schema": schema, "default-priorities": {"namespace": ["cpu"], "new": 1}}),
        document({"cpu": {**CPU["cpu"], "new": 1}}, V3, **{"$schema": schema}),
    ]
    for text in texts:
        if accepted:
            assert parse_document(text).namespaces == ("cpu",)
        else:
            with pytest.raises(IndexMetadataError, match="unknown key 'new'"):
                parse_document(text)


def test_a_wheel_has_its_own_label_and_no_other() -> None:
    assert list(parse_document(document(CPU, V3), "a").variants) == ["a"]
    for label, variants in [("b", V3), ("a", {**V3, "null": {}}), ("a", {})]:
        with pytest.raises(IndexMetadataError) as caught:
            parse_document(document(CPU, variants), label)
        assert caught.value.path == "variants"


def test_values_are_a_set_and_equal_features_are_one_object() -> None:
    text = document(CPU, {"a": {"cpu": {"level": ["v3", "v2"]}}, "b": {"cpu": {"level": ["v2", "v3"]}}})
    variants = parse_document(text).variants
    assert variants["a"] == (FeatureValues("cpu", "level", ("v2", "v3")),)
    assert variants["a"][0] is variants["b"][0]


def test_what_is_written_is_what_uv_and_variantlib_take() -> None:
    """No ``optional: false``, ``feature-order`` only where it is needed, everything sorted."""
    text = document(
        {"x86_64": CPU_PROVIDER, "cpu": static({"z": ["2"], "a": ["1"]}), "one": static({"f": ["1"]})},
        {"b": {"cpu": {"z": ["3", "2"]}}, "a": {"x86_64": {"level": ["v3"]}}, "null": {"cpu": {}}},
    )
    written = json.loads(dump_document(parse_document(text)))
    assert written == {
        "$schema": SCHEMA,
        "default-priorities": {"namespace": ["x86_64", "cpu", "one"]},
        "providers": {
            "x86_64": {"requires": ["x86-64-variant-provider >=0.2,<1"]},
            "cpu": {"static-properties": {"a": ["1"], "z": ["2"]}, "feature-order": ["z", "a"]},
            "one": {"static-properties": {"f": ["1"]}},
        },
        "variants": {"a": {"x86_64": {"level": ["v3"]}}, "b": {"cpu": {"z": ["2", "3"]}}, "null": {}},
    }
    assert list(written["variants"]) == ["a", "b", "null"]


def test_a_document_without_providers_stays_one_of_pep_825() -> None:
    text = json.dumps({"$schema": PEP825_SCHEMA, "default-priorities": {"namespace": ["cpu"]}, "variants": V3})
    metadata = parse_document(text)
    assert metadata.providers == {}
    assert json.loads(dump_document(metadata))["$schema"] == PEP825_SCHEMA


@given(random_documents())
def test_what_is_written_is_read_again_and_written_the_same(value: dict[str, Any]) -> None:
    metadata = parse_document(json.dumps(value))
    text = dump_document(metadata)
    assert parse_document(text) == metadata
    assert dump_document(parse_document(text)) == text


def test_every_kind_of_provider_is_written_and_read() -> None:
    text = document(
        {
            "s": {**static({"f": ["1"]}), "optional": True},
            "p": {"requires": ["p"], "plugin-api": "a:b"},
            "b": {"builtin": "abi_dependency", "optional": False},
        },
        {},
    )
    metadata = parse_document(text)
    assert metadata.providers["s"] == StaticProvider((("f", ("1",)),), optional=True)
    assert metadata.providers["p"] == PluginProvider(("p",), "a:b")
    assert parse_document(dump_document(metadata)) == metadata
