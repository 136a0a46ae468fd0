"""The key of what a wheel is made of."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve, fields

from dualvariant.audit.declared import Declared
from dualvariant.builder.declaration.job import BuildSettings, Job
from dualvariant.builder.run.plan import Plan

PLAN = Plan("setuptools.build_meta", "local", {"linux_x86_64": "gcc 12"}, {}, {}, "1580601600")
#: Another value for each setting.
OTHERS: dict[str, Any] = {
    "flags": {"CFLAGS": ("-O3",)},
    "environment": {"WITH": "1"},
    "config_settings": {"--build-option": ["one", "two"]},
    "requires": ("numpy",),
    "dependencies": ("numpy>=2",),
    "allow": (Declared("*.so", "avx2", "it asks CPUID"),),
    "test_command": "pytest",
    "test_requires": ("pytest",),
}


def make_key(settings: BuildSettings) -> str:
    return PLAN.make_key(Job("linux_x86_64", None, settings), "digest of the source")


@pytest.mark.parametrize("name", [field.name for field in fields(BuildSettings)])
def test_what_a_wheel_is_made_of_changes_its_key(name: str) -> None:
    """What it is tested with does not."""
    same = make_key(evolve(BuildSettings(), **{name: OTHERS[name]})) == make_key(BuildSettings())
    assert same == name.startswith("test_")


def test_each_part_of_a_declared_dispatch_changes_the_key() -> None:
    declared = Declared("*.so", "avx2", "it asks CPUID")
    others = [declared, *(declared._replace(**{name: "another"}) for name in declared._fields)]
    assert len({make_key(BuildSettings(allow=(other,))) for other in others}) == 4
