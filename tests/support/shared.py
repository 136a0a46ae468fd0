"""Folders that are expensive to fill: once in a run, for all workers of pytest-xdist."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from downloads import locked

__all__ = ["make_once"]


def make_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that the first worker that needs it has made; the others wait for it meanwhile.

    Args:
        factory: pytest's fixture ``tmp_path_factory``.
        name: the folder's name, the same in all workers and different from those of other tests.
        make: fills the folder, which exists and is empty; after a failure the next worker tries again.
    """
    root = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # each worker has a folder of its own in there
    done = root / f"{name}.done"
    with locked(root / f"{name}.lock"):
        if not done.exists():
            folder = factory.mktemp(name)
            make(folder)
            done.write_text(str(folder))
        return Path(done.read_text())
