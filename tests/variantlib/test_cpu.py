"""CPU tables and what properties promise by them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from variantlib.cpu.levels import (
    find_allowed_features,
    find_level,
    find_promised_level,
    is_instruction_set,
    list_levels,
)
from variantlib.cpu.tables import COMPILERS, SCHEMA, load_table, load_x86_64, read_table
from variantlib.meta import VariantMeta

ARCHITECTURES = ("x86_64", "aarch64")
LEVELS = {"x86_64": ["v1", "v2", "v3", "v4"], "aarch64": ["8a", "8.1a", "8.2a", "8.3a", "8.4a"]}


def metas(*texts: str) -> list[VariantMeta]:
    return [VariantMeta.from_str(text) for text in texts]


def allowed(*texts: str) -> frozenset[str]:
    return find_allowed_features(metas(*texts))


class TestTables:
    @pytest.mark.parametrize("architecture", ARCHITECTURES)
    def test_the_document_has_the_keys_of_its_schema_and_no_others(self, architecture: str) -> None:
        document = read_table(architecture)
        required = {"schema", "architecture", "key", "sources", "levels", "features", "baseline"}
        assert {*document} - {"states"} == required
        assert (document["schema"], document["architecture"]) == (SCHEMA, architecture)
        for level in document["levels"]:
            assert {*level} - {"note", "emulator"} == {"value", "needs", "flags"}
            assert {*level["flags"]} == {*COMPILERS}
            for flags in level["flags"].values():
                assert {*flags} - {"link"} == {"compile"}
        known: dict[str, set[str]] = {
            "x86_64": {"name", "cpuid", "state", "implies", "flags", "aliases", "note"},
            "aarch64": {"name", "hwcap", "sysctl", "note"},
        }
        unknown: list[Any] = [feature for feature in document["features"] if {*feature} - known[architecture]]
        assert unknown == []

    @pytest.mark.parametrize("architecture", ARCHITECTURES)
    def test_levels_are_listed_lowest_first(self, architecture: str) -> None:
        assert list_levels(architecture) == LEVELS[architecture]
        assert load_table(architecture).values == LEVELS[architecture][::-1]

    @pytest.mark.parametrize("architecture", ARCHITECTURES)
    def test_a_level_includes_all_below_it(self, architecture: str) -> None:
        table = load_table(architecture)
        for lower, higher in pairwise(list_levels(architecture)):
            assert table.of_level(lower) < table.of_level(higher)
            assert table.supported(table.of_level(higher)) == table.values[table.values.index(higher) :]

    @pytest.mark.parametrize(
        ("architecture", "compiler", "expected"),
        [
            ("x86_64", "gcc", ("-march=x86-64",)),
            ("x86_64", "clang", ("-march=x86-64",)),
            ("x86_64", "zig", ("-mcpu=baseline",)),
            ("aarch64", "gcc", ("-march=armv8-a",)),
            ("aarch64", "zig", ("-mcpu=baseline",)),
        ],
    )
    def test_the_flags_of_a_build_for_every_cpu(
        self, architecture: str, compiler: str, expected: tuple[str, ...]
    ) -> None:
        assert load_table(architecture).baseline_flags(compiler) == expected

    def test_emulators_are_those_that_qemu_has(self) -> None:
        assert load_table("x86_64").emulators == {"v3": "Haswell", "v2": "Nehalem", "v1": "qemu64"}
        assert load_table("aarch64").emulators == {"8.2a": "cortex-a76", "8a": "cortex-a57"}

    def test_an_unknown_architecture_is_a_key_error(self) -> None:
        with pytest.raises(KeyError):
            load_table("riscv64")


class TestPromises:
    @pytest.mark.parametrize(
        ("properties", "architecture", "expected"),
        [
            (["x86_64 :: level :: v3"], "x86_64", "v3"),
            (["x86_64 :: avx2 :: on"], "x86_64", "v1"),
            (["x86_64 :: level :: v9"], "x86_64", "v1"),
            (["other :: level :: v3"], "x86_64", "v1"),
            (["aarch64 :: version :: 8.2a"], "x86_64", "v1"),
            (["aarch64 :: version :: 8.2a"], "aarch64", "8.2a"),
            ([], "aarch64", "8a"),
        ],
    )
    def test_the_promised_level(self, properties: list[str], architecture: str, expected: str) -> None:
        assert find_promised_level(metas(*properties), architecture) == expected

    def test_what_a_property_allows(self) -> None:
        assert allowed("x86_64 :: level :: v1") == allowed("x86_64 :: sse2 :: on") == frozenset()
        assert allowed("x86_64 :: level :: v3") >= {"avx2", "sse4_2", "popcnt", "abm"}
        assert not allowed("x86_64 :: level :: v3") & {"avx512f", "aes"}
        implied = {"avx2", "avx", "xsave", "sse4_2", "sse4_1", "ssse3", "sse3", "popcnt"}
        assert allowed("x86_64 :: avx2 :: on") == implied
        assert allowed("x86_64 :: avx2 :: on", "x86_64 :: aes :: on") == {*implied, "aes"}
        assert allowed("x86_64 :: avx512_bf16 :: on") >= {"avx512bw", "avx512f", "fma"}
        assert allowed("x86_64 :: level :: v9", "x86_64 :: avx2 :: off", "other :: avx2 :: on") == frozenset()

    @pytest.mark.parametrize("level", LEVELS["x86_64"])
    def test_the_level_of_what_a_level_allows_is_that_level(self, level: str) -> None:
        assert find_level(allowed(f"x86_64 :: level :: {level}")) == (level, ())
        assert find_level(load_x86_64().of_level(level)) == (level, ())

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
    def test_the_lowest_level_that_covers(self, features: list[str], level: str, beside: tuple[str, ...]) -> None:
        assert find_level(features) == (level, beside)

    def test_properties_without_flags_are_no_instruction_sets(self) -> None:
        names = {feature.name for feature in load_x86_64().features if not is_instruction_set(feature.name)}
        assert names == {"cppc", "ibrs_enhanced", "tsc_adjust", "flush_l1d"}
        assert is_instruction_set("avx99")
