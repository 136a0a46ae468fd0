"""Installed distributions that hold several variants are known by a file whose name is written down twice."""

from __future__ import annotations

from dualvariant.target import installed
from variantlib import fused


def test_one_name_of_the_description_of_a_fused_wheel() -> None:
    assert installed.FUSED == fused.FILENAME
