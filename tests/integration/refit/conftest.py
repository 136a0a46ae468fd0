"""The command with uv, and one release to refit."""

from __future__ import annotations

from pathlib import Path

import pytest

from refit_wheels import make_release


@pytest.fixture(autouse=True)
def with_uv(uv_on_path: None) -> None:
    """The command finds uv."""


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """One release with a standard wheel and a variant."""
    folder = tmp_path / "wheels"
    make_release(folder, "demo")
    return folder
