"""The names of iced-x86 beside those of the CPU table."""

from __future__ import annotations

import pytest

from dualvariant.audit.instruction_sets import find_feature
from variantlib.cpu.levels import find_level
from variantlib.cpu.tables import load_x86_64


def test_what_every_x86_64_processor_has_has_no_name() -> None:
    assert {find_feature(name.upper()) for name in load_x86_64().of_level("v1")} == {None}


def test_every_name_of_iced_that_is_a_property_is_that_property() -> None:
    iced_x86 = pytest.importorskip("iced_x86")
    names = {find_feature(name) for name in vars(iced_x86.CpuidFeature) if name.isupper()}
    known = {feature.name for feature in load_x86_64().features if feature.flags} - load_x86_64().of_level("v1")
    assert known - names == {"lahf_lm"}  # an instruction of the 8086, recognised by itself


def test_an_unknown_instruction_set_is_in_no_level() -> None:
    assert find_feature("AVX99") == "avx99"
    assert find_level(["avx99"]) == ("v1", ("avx99",))
