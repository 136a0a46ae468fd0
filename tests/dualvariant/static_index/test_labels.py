"""The static index of label wheels: their document is made of the wheels, checked, listed and kept up to date."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from dualvariant.repository.page_parser import parse_html_page, parse_json_page
from dualvariant.static_index import Summary
from indexed_folders import indexed
from label_documents import CPU_PROVIDER, document, make_label_wheel, static, write_index_file
from samples import make_wheel
from tool import Tool
from variantlib.dialects.labels.document import parse_document
from variantlib.wheel_archive import rewrite_wheel

PROVIDERS = {"x86_64": CPU_PROVIDER}
TEXT = document(PROVIDERS, {"v3": {"x86_64": {"level": ["v3"]}}, "v2": {"x86_64": {"level": ["v2"]}}, "null": {}})
FILE = "demo-1.0-variants.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """``demo`` 1.0: standard, and label wheels v3, v2 and null."""
    make_wheel(tmp_path, "demo", "1.0")
    for label in ("v3", "v2", "null"):
        make_label_wheel(tmp_path, "demo", "1.0", label, TEXT)
    return tmp_path


def state(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_document_has_every_label_and_is_listed_with_its_sha256(folder: Path) -> None:
    summary, messages = indexed(folder)
    assert (summary, messages) == (Summary(1, 4, 3, 0, 0), "")
    content = (folder / FILE).read_bytes()
    assert parse_document(content) == parse_document(TEXT)
    at = folder / "simple" / "demo"
    for files in (
        parse_html_page((at / "index.html").read_text(), (at / "index.html").as_uri()).files,
        parse_json_page((at / "index.json").read_bytes(), (at / "index.json").as_uri()).files,
    ):
        (listed,) = [file for file in files if file.filename == FILE]
        assert listed.hashes == {"sha256": hashlib.sha256(content).hexdigest()}


def test_the_same_wheels_give_the_same_bytes_in_any_order_and_again(folder: Path, tmp_path: Path) -> None:
    indexed(folder)
    first = (folder / FILE).read_bytes()
    before = state(folder)
    assert indexed(folder)[0].problems == 0
    assert state(folder) == before
    other = tmp_path / "other"
    for label in ("null", "v2", "v3"):
        make_label_wheel(other, "demo", "1.0", label, TEXT)
    indexed(other)
    assert (other / FILE).read_bytes() == first


def test_a_new_wheel_is_added_and_a_removed_one_leaves(folder: Path) -> None:
    indexed(folder)
    more = document(PROVIDERS, {"v4": {"x86_64": {"level": ["v4"]}}})
    path = make_label_wheel(folder, "demo", "1.0", "v4", more)
    indexed(folder)
    assert set(parse_document((folder / FILE).read_bytes()).variants) == {"v2", "v3", "v4", "null"}
    path.unlink()
    (folder / "demo-1.0-py3-none-any-v3.whl").unlink()
    indexed(folder)
    assert set(parse_document((folder / FILE).read_bytes()).variants) == {"v2", "null"}
    for wheel in folder.glob("*-any-*.whl"):
        wheel.unlink()
    indexed(folder)
    assert not (folder / FILE).exists()


def test_a_longer_list_of_namespaces_extends_the_shorter_one(folder: Path) -> None:
    more = document({**PROVIDERS, "blas": static({"lib": ["mkl"]})}, {"mkl": {"blas": {"lib": ["mkl"]}}})
    make_label_wheel(folder, "demo", "1.0", "mkl", more)
    assert indexed(folder)[0].problems == 0
    assert parse_document((folder / FILE).read_bytes()).namespaces == ("x86_64", "blas")


def test_both_dialects_have_their_files_also_where_hash_and_label_are_the_same_text(folder: Path) -> None:
    make_wheel(folder, "demo", "1.0", properties=["x86_64 :: level :: v3"])
    text = document(PROVIDERS, {"a496bd9c": {"x86_64": {"level": ["v1"]}}})
    make_label_wheel(folder, "demo", "1.0", "a496bd9c", text)
    assert indexed(folder)[0] == Summary(1, 6, 5, 0, 0)
    assert (folder / "demo-1.0~variants.json").exists() and (folder / FILE).exists()


@pytest.mark.parametrize(
    ("providers", "variants", "label", "why"),
    [
        (PROVIDERS, {"v3": {"x86_64": {"level": ["v1"]}}}, "v3", "variants.v3: two different sets of properties"),
        ({"x86_64": {"requires": ["p"]}}, {"w": {"x86_64": {"level": ["v3"]}}}, "w", "providers.x86_64: two different"),
        (
            {"a": {"requires": ["p"]}},
            {"w": {"a": {"f": ["1"]}}},
            "w",
            "namespace: ['a'] does not begin",
        ),
    ],
)
def test_wheels_that_contradict_each_other_leave_the_project_as_it_was(
    providers: dict[str, object], variants: dict[str, object], label: str, why: str, folder: Path
) -> None:
    make_wheel(folder, "other", "1.0")
    indexed(folder)
    before = {name: content for name, content in state(folder).items() if "demo" in name}
    wheel = make_label_wheel(folder, "demo", "1.0", label, document(providers, variants), build="7")  # type: ignore[arg-type]
    make_wheel(folder, "other", "2.0")
    summary, messages = indexed(folder)
    assert summary.problems == 1
    assert why in messages and repr(wheel.name) in messages and "'demo-1.0-py3-none-any-" in messages
    assert "the index of 'demo' stays as it was" in messages
    wheel.unlink()
    assert {name: content for name, content in state(folder).items() if "demo" in name} == before
    assert "2.0" in (folder / "simple" / "other" / "index.html").read_text()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "it has no 'bad-1.0.dist-info/variant.json'"),
        (b"{}", "its variant.json: $schema: must be a string"),
        (TEXT.encode(), "its variant.json: variants: must have the label of the file name, 'v3', alone"),
    ],
)
def test_a_label_wheel_that_no_installer_can_take_is_left_out(content: bytes | None, why: str, tmp_path: Path) -> None:
    make_wheel(tmp_path, "good", "1.0")
    changes = {} if content is None else {"bad-1.0.dist-info/variant.json": content}
    rewrite_wheel(make_wheel(tmp_path / "x", "bad", "1.0"), tmp_path / "bad-1.0-py3-none-any-v3.whl", changes)
    summary, messages = indexed(tmp_path)
    assert (summary.wheels, summary.problems) == (1, 1)
    assert why in messages and "bad-1.0-py3-none-any-v3.whl" in messages


def test_a_foreign_file_that_agrees_is_replaced(folder: Path) -> None:
    write_index_file(folder, "demo", "1.0", json.dumps(json.loads(TEXT), indent=4))
    assert indexed(folder)[0].problems == 0
    assert (folder / FILE).read_text().startswith('{\n "$schema"')


@pytest.mark.parametrize(
    "text", [document(PROVIDERS, {"v3": {"x86_64": {"level": ["v2"]}}}), "{", document({"a": static({"f": ["1"]})}, {})]
)
def test_a_foreign_file_that_disagrees_is_never_replaced(text: str, folder: Path) -> None:
    path = write_index_file(folder, "demo", "1.0", text)
    summary, messages = indexed(folder)
    assert summary.problems == 1
    assert f"{FILE!r} was not written by this command and does not agree with the label wheels" in messages
    assert path.read_text() == text
    path.unlink()
    assert indexed(folder)[0].problems == 0


def test_what_is_indexed_is_chosen(folder: Path, tool: Tool, target: Path) -> None:
    result = tool("index", folder)
    assert result.stdout.startswith("1 project, 4 wheels, 3 variants among them")
    source: list[str | Path] = ["-i", (folder / "simple").as_uri(), "--python", target, "--profile", tool.level("v2")]
    (project,) = json.loads(tool("explain", "demo", *source, "--json").stdout)["projects"]
    assert (project["candidates"][0]["label"], project["candidates"][0]["verdict"]) == ("v2", "chosen")
