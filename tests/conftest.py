"""Fixtures that many tests share; the modules in ``support`` are on pytest's path."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import clients
from tool import Tool


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    """The command under test."""
    return Tool(tmp_path / "home")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """The interpreter of a fresh environment with the newest pip."""
    return clients.make_target(tmp_path / "target")


@pytest.fixture(scope="session", autouse=True)
def installed_wheel() -> Iterator[None]:
    """The tests check what is installed, never the tree."""
    import dualvariant

    root = Path(__file__).resolve().parent.parent
    assert not Path(dualvariant.__file__).is_relative_to(root / "resolver") or os.environ.get(
        "DUALVARIANT_TEST_TREE"
    ), "the tests would check the source tree: install the wheel ('make test' does)"
    yield
