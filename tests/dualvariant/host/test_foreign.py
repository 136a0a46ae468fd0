"""Another project's ``variantlib`` is noticed and named."""

from __future__ import annotations

from pathlib import Path

import pytest

import variantlib
from dualvariant.host.detect import detect
from dualvariant.host.discovery import installed_distributions
from dualvariant.host.foreign import find_foreign_variantlib
from sample_plugins import Site


def test_all_is_well() -> None:
    assert None is find_foreign_variantlib([])


def test_a_distribution_of_that_name(tmp_path: Path) -> None:
    (tmp_path / "variantlib-0.2.2.dist-info").mkdir()
    said = find_foreign_variantlib(installed_distributions([str(tmp_path)]))
    assert said is not None
    assert "variantlib-0.2.2.dist-info" in said


def test_a_module_of_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variantlib, "__version__", "0.2.2")
    said = find_foreign_variantlib([])
    assert said is not None
    assert str(variantlib.__file__) in said


def test_detection_tells(site: Site) -> None:
    assert detect().warnings == ()
    (site.path / "variantlib-0.2.2.dist-info").mkdir()
    [warning] = detect().warnings
    assert "another project's 'variantlib'" in warning
