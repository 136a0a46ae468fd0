"""Which releases count: what uv passes over."""

from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from dualvariant.requirements.prereleases import Prereleases
from dualvariant.requirements.release_rules import ReleaseRules
from dualvariant.requirements.uv_strategies import UvStrategies

DEMO = canonicalize_name("demo")


@pytest.mark.parametrize(
    ("rules", "found"), [(ReleaseRules(), Prereleases.ALL), (ReleaseRules(uv=UvStrategies()), Prereleases.LAST)]
)
def test_pre_in_a_requirement_file_means_nothing_to_uv(rules: ReleaseRules, found: Prereleases) -> None:
    assert rules.apply("--pre", of_file=True).prereleases(DEMO, SpecifierSet()) is found
    assert rules.apply("--prefer-binary", of_file=True).prefer_binary is (found is Prereleases.ALL)
