"""The table of the audit, beside that of the provider and that of iced-x86."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from dualvariant.audit.instruction_sets import (
    IMPLIED,
    LEVELS,
    NO_INSTRUCTIONS,
    allowed_by,
    feature_of,
    level_of,
)

PROVIDER = json.loads(files("dualvariant_providers").joinpath("x86_64.json").read_text("utf-8"))


def test_levels_are_the_provider_s() -> None:
    needs = {level["value"]: frozenset(level["needs"]) for level in PROVIDER["levels"]}
    assert {**needs, "v1": frozenset()} == LEVELS
    assert {feature_of(name.upper()) for name in needs["v1"]} == {None}


def test_what_implies_what_is_the_provider_s() -> None:
    implied = {each["name"]: tuple(each["implies"]) for each in PROVIDER["features"] if each.get("implies")}
    assert implied == IMPLIED


def test_properties_without_flags_are_no_instructions() -> None:
    assert {each["name"] for each in PROVIDER["features"] if not each.get("flags")} == NO_INSTRUCTIONS


def test_every_name_of_iced_that_is_a_property_is_that_property() -> None:
    iced_x86 = pytest.importorskip("iced_x86")
    names = {feature_of(name) for name in vars(iced_x86.CpuidFeature) if name.isupper()}
    known = {each["name"] for each in PROVIDER["features"] if each.get("flags")} - {"mmx", "sse", "sse2"}
    assert known - names == {"lahf_lm"}  # an instruction of the 8086, recognised by itself


@pytest.mark.parametrize(
    ("features", "level", "beside"),
    [
        ([], "v1", ()),
        (["popcnt"], "v2", ()),
        (["avx", "popcnt"], "v3", ()),
        (["avx512f"], "v4", ()),
        (["aes"], "v1", ("aes",)),
        (["avx2", "sha_ni", "aes"], "v3", ("aes", "sha_ni")),
    ],
)
def test_the_lowest_level_that_covers(features: list[str], level: str, beside: tuple[str, ...]) -> None:
    assert level_of(features) == (level, beside)


def test_what_a_property_allows() -> None:
    assert allowed_by("level", "v1") == frozenset()
    assert allowed_by("level", "v3") >= {"avx2", "sse4_2", "popcnt", "abm"}
    assert not allowed_by("level", "v3") & {"avx512f", "aes"}
    assert allowed_by("avx2", "on") == {"avx2", "avx", "xsave", "sse4_2", "sse4_1", "ssse3", "sse3", "popcnt"}
    assert allowed_by("avx512_bf16", "on") >= {"avx512bw", "avx512f", "fma"}
    assert allowed_by("level", "v9") == allowed_by("avx2", "off") == frozenset()


def test_what_nobody_here_has_heard_of_is_in_no_level() -> None:
    assert feature_of("AVX99") == "avx99"
    assert level_of(["avx99"]) == ("v1", ("avx99",))
