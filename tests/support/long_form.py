"""Tests with a short form for every run and a long one for the night (``nox -s night``)."""

from __future__ import annotations

import os

__all__ = ["VARIABLE", "rounds"]

VARIABLE = "DUALVARIANT_TEST_NIGHT"


def rounds(usual: int, *, night: int) -> int:
    """Return how often a test with random moments repeats itself."""
    return night if os.environ.get(VARIABLE) else usual
