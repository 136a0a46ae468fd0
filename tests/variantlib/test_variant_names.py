"""Named configurations: which names there are, and where a hash wheel and its index have them."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_documents import CPU_PROVIDER, document, make_label_wheel
from samples import make_wheel
from variantlib import Candidate, HostProfile, Preferences, TagRanks, VariantDescription, parse_wheel_name, select
from variantlib.dialects import hashes, labels
from variantlib.dialects.convert import describe_as_hash
from variantlib.errors import IndexMetadataError, WheelFileError
from variantlib.label_meta import LABEL
from variantlib.variant_names import find_name_flaw
from variantlib.wheel_archive import WheelArchive

V3 = VariantDescription.from_strings(["x86_64 :: level :: v3"])
V4 = VariantDescription.from_strings(["x86_64 :: level :: v4"])
HOST = """{"schema": "dualvariant/profile/1", "providers": [
  {"provider": "x86_64", "configs": [{"key": "level", "values": ["v4", "v3"]}]}]}"""


@pytest.mark.parametrize(
    ("name", "flaw"),
    [
        ("fast", None),
        ("cuda12_avx512", None),
        ("1.2", None),
        ("deadbee", None),
        ("Fast", "may have only"),
        ("my-fast", "may have only"),
        ("a :: b :: c", "may have only"),
        ("", "may have only"),
        ("schnell\n", "may have only"),
        ("null", "is reserved"),
        ("standard", "is reserved"),
        ("36266d4d", "looks like a hash"),
    ],
)
def test_what_a_name_may_be(name: str, flaw: str | None) -> None:
    found = find_name_flaw(name)
    assert found is None if flaw is None else found is not None and flaw in found
    if flaw is None:
        assert LABEL.fullmatch(name)
        assert V3.with_names([name]) == V3
    else:
        with pytest.raises(ValueError, match=flaw):
            V3.with_names([name])


def test_names_are_no_part_of_the_identity() -> None:
    named = V3.with_names(["quick", "fast", "quick"])
    assert (named, hash(named), named.hexdigest) == (V3, hash(V3), V3.hexdigest)
    assert V3 == named and named == V3.with_names(["slow"]) and named != V4 and V4 != named
    assert pickle.loads(pickle.dumps(named)).names == named.names
    assert named.with_names([]).names == ()
    assert named.names == ("fast", "quick")
    assert V3.names == ()


names = st.lists(st.from_regex(r"[a-z_][0-9a-z_.]{0,9}", fullmatch=True).filter(lambda n: find_name_flaw(n) is None))


@given(names, names)
def test_an_index_keeps_the_names(v3: list[str], v4: list[str]) -> None:
    v4 = [name for name in v4 if name not in v3]
    variants = {each.hexdigest: each for each in (V3.with_names(v3), V4.with_names(v4))}
    text = hashes.dump_index(variants)
    found = hashes.parse_index(text)
    assert {label: (each, each.names) for label, each in found.items()} == {
        label: (each, each.names) for label, each in variants.items()
    }
    assert hashes.dump_index(found) == text
    # The founding fields are what they are without names.
    founding = json.loads(hashes.dump_index({V3.hexdigest: V3, V4.hexdigest: V4}))
    assert {key: value for key, value in json.loads(text).items() if key != "names"} == founding
    assert ("names" in json.loads(text)) == bool(v3 or v4)


@pytest.mark.parametrize(
    ("listed", "path", "why"),
    [
        ([], "names", "must be an object"),
        ({"Fast": V3.hexdigest}, "names", "may have only"),
        ({"null": V3.hexdigest}, "names", "is reserved"),
        ({"fast": "00000000"}, "names.fast", "must be one of the hashes"),
        ({"fast": ["a496bd9c"]}, "names.fast", "must be one of the hashes"),
        ({"fast": None}, "names.fast", "must be one of the hashes"),
    ],
)
def test_names_of_an_index_that_cannot_be_used(listed: object, path: str, why: str) -> None:
    text = json.dumps({**json.loads(hashes.dump_index({V3.hexdigest: V3})), "names": listed})
    with pytest.raises(IndexMetadataError, match=why) as caught:
        hashes.parse_index(text)
    assert caught.value.path == path


def test_a_wheel_keeps_its_name_beside_the_founding_lines(tmp_path: Path) -> None:
    with WheelArchive(make_wheel(tmp_path, "demo", "1.0")) as archive:
        plain = hashes.add_variant(archive.read_metadata(), V3, archive.name)
        named = hashes.add_variant(archive.read_metadata(), V3.with_names(["fast"]), archive.name)
        without = archive.read_metadata()
    assert named.replace(b"Variant-name: fast\n", b"") == plain
    wheel = parse_wheel_name(f"demo-1.0~{V3.hexdigest}-py3-none-any.whl")
    found = hashes.parse_metadata(named, wheel)
    assert found == V3 and found.names == ("fast",)
    assert hashes.remove_variant(named) == without
    with pytest.raises(WheelFileError, match="may have only"):
        hashes.parse_metadata(named.replace(b": fast", b": Fast"), wheel)


def test_a_chosen_label_is_the_name_and_a_made_one_is_none(tmp_path: Path) -> None:
    level = {"x86_64": {"level": ["v3"]}}
    text = document({"x86_64": CPU_PROVIDER}, {"fast": level, "x86_64_v3": level, "36266d4d": level})
    found = {}
    for label in ("fast", "x86_64_v3", "36266d4d"):
        with WheelArchive(make_label_wheel(tmp_path, "demo", "1.0", label, text)) as archive:
            found[label] = describe_as_hash(archive).names
    assert found == {"fast": ("fast",), "x86_64_v3": (), "36266d4d": ()}


def candidates() -> list[Candidate]:
    variants = [V3.with_names(["slow"]), V4.with_names(["fast"])]
    wheels = [Candidate(parse_wheel_name(f"demo-1.0~{each.hexdigest}-py3-none-any.whl"), each) for each in variants]
    return [*wheels, Candidate(parse_wheel_name("demo-1.0-py3-none-any.whl"))]


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (("slow",), V3.hexdigest),
        (("fast",), V4.hexdigest),
        (("absent", "slow"), V3.hexdigest),
        ((V4.hexdigest, "slow"), V4.hexdigest),
        (("x86_64 :: level :: v3",), V3.hexdigest),
        (("absent",), None),
        (("slo",), None),
    ],
)
def test_a_name_selects_its_variant(wanted: tuple[str, ...], chosen: str | None) -> None:
    verdicts = select(candidates(), HostProfile.from_json(HOST), TagRanks(["py3-none-any"]), Preferences(wanted))
    assert next((v.candidate.wheel.label for v in verdicts if str(v.outcome) == "chosen"), None) == chosen


def test_a_verdict_has_the_names() -> None:
    verdicts = select(candidates(), HostProfile.from_json(HOST), TagRanks(["py3-none-any"]))
    assert [verdict.to_dict().get("names") for verdict in verdicts] == [["fast"], ["slow"], None]


def test_an_unnamed_wheel_has_no_name_lines(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "demo", "1.0", properties=V3.properties)
    assert hashes.read_wheel(wheel) == V3
    with WheelArchive(wheel) as archive:
        assert b"Variant-name" not in archive.read_metadata()
        assert labels.METADATA_NAME not in archive.namelist()
