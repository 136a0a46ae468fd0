"""Dialect modules: each answers the same questions, and a caller finds the right one by the wheel's name."""

from __future__ import annotations

import pytest

from variantlib.dialects import DIALECTS, VariantDialect, find_dialect, hashes, labels
from variantlib.meta import VariantDescription
from variantlib.wheel_name import Dialect, parse_wheel_name

DESCRIPTIONS = [
    VariantDescription.from_strings(texts) for texts in (["x86_64 :: level :: v3"], ["a :: b :: 1", "c :: d :: 2.0"])
]


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("a-1.0~36266d4d-py3-none-any.whl", hashes),
        ("a-1.0-py3-none-any-v3.whl", labels),
        ("a-1.0-py3-none-any-36266d4d.whl", labels),
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

    def test_the_file_of_an_index_names_its_release(self, dialect: VariantDialect) -> None:
        names = {dialect.make_index_filename(parse_wheel_name(f"a_B-{v}-py3-none-any.whl")) for v in ("1.0", "2.0")}
        assert len(names) == 2 and all(filename.startswith("a_b-") for filename in names)


def test_every_dialect_that_a_name_can_be_of_is_read() -> None:
    assert set(DIALECTS) == set(Dialect) - {Dialect.STANDARD}


def test_no_two_dialects_use_the_same_file_of_an_index() -> None:
    wheel = parse_wheel_name("a-1.0-py3-none-any.whl")
    assert len({dialect.make_index_filename(wheel) for dialect in DIALECTS.values()}) == len(DIALECTS)
