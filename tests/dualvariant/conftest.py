"""A host of its own for a test: no installed provider but those that the test makes, and an empty cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from dualvariant.host import detect as detect_module
from dualvariant.host.discovery import installed_distributions
from sample_plugins import Site


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The only folder where providers are looked for."""
    site = Site(tmp_path / "site")
    site.path.mkdir()
    monkeypatch.syspath_prepend(str(site.path))
    monkeypatch.setattr(detect_module, "installed_distributions", lambda: installed_distributions([str(site.path)]))
    monkeypatch.setenv("DUALVARIANT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return site
