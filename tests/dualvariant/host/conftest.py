"""Providers that have time to answer on a busy machine, and where their answers are kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kept_answers import install
from sample_plugins import Site


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUALVARIANT_PROVIDER_TIMEOUT", "20")


@pytest.fixture
def cache_folder(tmp_path: Path) -> Path:
    """Where the answers are kept."""
    return tmp_path / "cache" / "providers"


@pytest.fixture
def runs(site: Site, tmp_path: Path) -> Callable[[], int]:
    """Install a provider that notes each run; returns how often it was run."""
    log = tmp_path / "runs"
    log.touch()
    install(site, log)
    return lambda: len(log.read_text())
