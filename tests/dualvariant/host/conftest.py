"""Providers that have time to answer on a busy machine, and where their answers are kept."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUALVARIANT_PROVIDER_TIMEOUT", "20")


@pytest.fixture
def cache_folder(tmp_path: Path) -> Path:
    """Where the answers are kept."""
    return tmp_path / "cache" / "providers"
