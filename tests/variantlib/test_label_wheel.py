"""Label wheels: their names, and the document that each has in it."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from label_documents import CPU_PROVIDER, VECTORS, document, make_label_wheel, static
from samples import HAL9000, make_wheel
from variantlib.dialects import labels
from variantlib.dialects.labels.document import parse_document
from variantlib.errors import WheelFileError, WheelNameError
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.wheel_archive import WheelArchive, rewrite_wheel
from variantlib.wheel_name import parse_wheel_name

NAMES = json.loads((VECTORS / "names.json").read_text("utf-8"))["names"]
TEXT = document(
    {"x86_64": CPU_PROVIDER}, {"v3": {"x86_64": {"level": ["v3"]}}, "v2": {"x86_64": {"level": ["v2"]}}, "null": {}}
)


@pytest.mark.parametrize("vector", NAMES, ids=lambda vector: vector["name"][-40:])
def test_known_names(vector: dict[str, Any]) -> None:
    expected = vector["product"]
    if expected == "rejects":
        with pytest.raises(WheelNameError):
            parse_wheel_name(vector["name"])
        return
    wheel = parse_wheel_name(vector["name"])
    found = {
        "dialect": str(wheel.dialect),
        "label": wheel.label,
        "build": list(wheel.build),
        "py": wheel.python,
        "plat": wheel.platform,
    }
    assert found == expected


@pytest.mark.parametrize(
    ("properties", "label"),
    [
        (["x86_64 :: level :: v3"], "x86_64_v3"),
        (["aarch64 :: version :: 8.2a"], "aarch64_8.2a"),
        (["x86_64 :: level :: v3", "x86_64 :: avx512_bf16 :: on"], "x86_64_avx512_bf16_v3"),
        (["blas :: lib :: mkl", "x86_64 :: level :: v3"], "blas_mkl_x86_64_v3"),
        ([], "null"),
    ],
)
def test_a_label_that_nobody_chose_names_the_properties(properties: list[str], label: str) -> None:
    assert labels.make_label(map(VariantMeta.from_str, properties)) == label


def test_upper_case_has_no_label() -> None:
    with pytest.raises(ValueError, match="no upper-case letters"):
        labels.make_label(VariantDescription.from_strings(HAL9000))


@pytest.mark.parametrize("label", ["", "V3", "a-b", "a b", "é"])
def test_a_text_that_is_no_label_makes_no_file_name(label: str) -> None:
    with pytest.raises(ValueError, match="a label has the characters"):
        labels.make_filename(parse_wheel_name("a-1-py3-none-any.whl"), label)


@pytest.mark.parametrize(
    ("filename", "release"),
    [
        ("a_b-1.0-variants.json", "a-b 1.0"),
        ("A.B-1.0.0-variants.json", "a-b 1.0.0"),
        ("a-1.0+cu1-variants.json", "a 1.0+cu1"),
        ("a_b-1.0~variants.json", None),
        ("a-b-1.0-variants.json", None),
        ("a-variants.json", None),
        ("a-1.0-variants.json.metadata", None),
        ("a-" + "9" * 5000 + "-variants.json", None),
    ],
)
def test_the_release_of_an_index_file(filename: str, release: str | None) -> None:
    found = labels.parse_index_filename(filename)
    assert (None if found is None else f"{found[0]} {found[1]}") == release


def test_an_index_file_name_leads_back_to_its_release() -> None:
    wheel = parse_wheel_name("A.B-1.0-py3-none-any-v3.whl")
    assert labels.make_index_filename(wheel) == "a_b-1.0-variants.json"
    assert labels.parse_index_filename(labels.make_index_filename(wheel)) == (wheel.name, wheel.version)


# --- the wheel


def test_a_written_wheel_has_its_document_and_is_otherwise_the_same(tmp_path: Path) -> None:
    standard = make_wheel(tmp_path / "other", "a", "1")
    path = make_label_wheel(tmp_path, "a", "1", "v3", TEXT, body=None)
    assert path.name == "a-1-py3-none-any-v3.whl"
    with zipfile.ZipFile(standard) as old, zipfile.ZipFile(path) as new:
        contents = {name: new.read(name) for name in new.namelist()}
        for name in old.namelist():
            if not name.endswith("RECORD"):
                assert contents.pop(name) == old.read(name)
        record = contents.pop("a-1.dist-info/RECORD").decode()
    (added,) = contents
    assert added == "a-1.dist-info/variant.json" and added in record
    assert list(json.loads(contents[added])["variants"]) == ["v3"]
    variant = labels.read_wheel(path)
    assert variant is not None
    assert (variant.label, variant.properties) == ("v3", ["x86_64 :: level :: v3"])
    assert variant == parse_document(TEXT).variant("v3")


def test_the_null_variant_has_a_document_too(tmp_path: Path) -> None:
    variant = labels.read_wheel(make_label_wheel(tmp_path, "a", "1", "null", TEXT))
    assert variant is not None
    assert variant.properties == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (TEXT, "its variant.json: variants: must have the label of the file name, 'v3', alone"),
        ("{", "its variant.json: not JSON"),
        (
            document({"cpu": static({"a": ["1"]})}, {"v3": {}}),
            "its variant.json: variants.v3: 'null' and no properties",
        ),
    ],
)
def test_a_wheel_whose_document_cannot_be_used_is_refused(content: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "a-1-py3-none-any-v3.whl"
    rewrite_wheel(make_wheel(tmp_path, "a", "1"), path, {"a-1.dist-info/variant.json": content.encode()})
    with pytest.raises(WheelFileError) as caught:
        labels.read_wheel(path)
    assert caught.value.why.startswith(why)


def test_a_label_wheel_without_a_document_and_a_standard_wheel_with_one_are_refused(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, "a", "1")
    labelled = path.rename(tmp_path / "a-1-py3-none-any-v3.whl")
    with pytest.raises(WheelFileError, match=r"it has no 'a-1\.dist-info/variant\.json'"):
        labels.read_wheel(labelled)
    standard = make_label_wheel(tmp_path, "a", "1", "v3", TEXT).rename(path)
    with pytest.raises(WheelFileError, match=r"its file name says standard"):
        labels.read_wheel(standard)


def test_a_variant_is_not_labelled_again(tmp_path: Path) -> None:
    variant = parse_document(TEXT).variant("v3")
    assert variant is not None
    for path in (make_wheel(tmp_path, "a", "1", properties=HAL9000), make_label_wheel(tmp_path, "a", "1", "v3", TEXT)):
        with WheelArchive(path) as archive, pytest.raises(WheelFileError, match="it is a variant already"):
            labels.write_wheel(archive, variant, io.BytesIO())
    hashed = make_wheel(tmp_path, "a", "1", properties=HAL9000)
    assert labels.read_wheel(hashed) is None
