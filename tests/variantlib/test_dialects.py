"""Dialect modules: each answers the same questions, and a caller finds the right one by the wheel's name."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from samples import HAL9000, SUPERPOSITION, make_wheel
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.dialects import DIALECTS, VariantDialect, find_dialect, hashes
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.profile import HostProfile
from variantlib.wheel_archive import WheelArchive
from variantlib.wheel_name import Dialect, parse_wheel_name

DESCRIPTIONS = [VariantDescription.from_strings(texts) for texts in (HAL9000, SUPERPOSITION)]


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("a-1.0~36266d4d-py3-none-any.whl", hashes),
        ("a-1.0-py3-none-any-v3.whl", None),  # recognised, not read yet
        ("a-1.0-py3-none-any.whl", None),
    ],
)
def test_a_wheel_finds_its_dialect_by_its_name(filename: str, expected: object) -> None:
    assert find_dialect(parse_wheel_name(filename)) is expected


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=map(str, DIALECTS))
class TestEveryDialect:
    def test_it_is_registered_under_its_own_name(self, dialect: VariantDialect) -> None:
        assert DIALECTS[dialect.DIALECT] is dialect
        assert dialect.DIALECT is not Dialect.STANDARD

    @pytest.mark.parametrize("description", DESCRIPTIONS, ids=str)
    def test_name_and_label_agree(self, dialect: VariantDialect, description: VariantDescription) -> None:
        standard = parse_wheel_name("a-1.0-2-py3-none-any.whl")
        label = dialect.make_label(description)
        name = parse_wheel_name(dialect.make_filename(standard, label))
        assert (name.dialect, name.label) == (dialect.DIALECT, label)
        assert name.standard_filename == standard.filename

    @pytest.mark.parametrize("description", DESCRIPTIONS, ids=str)
    def test_a_written_wheel_reads_back(
        self, dialect: VariantDialect, description: VariantDescription, tmp_path: Path
    ) -> None:
        out = io.BytesIO()
        with WheelArchive(make_wheel(tmp_path, "a", "1.0")) as standard:
            assert dialect.read_wheel(standard) is None
            dialect.write_wheel(standard, description, out)
            name = parse_wheel_name(dialect.make_filename(standard.name, dialect.make_label(description)))
        assert dialect.read_wheel(out, name) == description

    def test_an_index_file_reads_back_and_names_its_release(self, dialect: VariantDialect) -> None:
        variants = {dialect.make_label(description): description for description in DESCRIPTIONS}
        text = dialect.dump_index(variants)
        assert dialect.parse_index(text.encode()) == variants
        assert dialect.dump_index(dict(reversed(variants.items()))) == text
        names = {dialect.make_index_filename(parse_wheel_name(f"a_B-{v}-py3-none-any.whl")) for v in ("1.0", "2.0")}
        assert len(names) == 2 and all(filename.startswith("a_b-") for filename in names)

    def test_a_ranking_orders_what_fits_and_names_what_is_missing(self, dialect: VariantDialect) -> None:
        profile = HostProfile([ProviderConfig("p", [KeyConfig("k", ["best", "good"])])])
        ranking = dialect.make_ranking(profile)
        best, good, none = (VariantDescription([VariantMeta("p", "k", value)]) for value in ("best", "good", "none"))
        first, second = ranking.key(best), ranking.key(good)
        assert isinstance(first, int) and isinstance(second, int) and first < second
        assert ranking.key(none) == none.data[0]
