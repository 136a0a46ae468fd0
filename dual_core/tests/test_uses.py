"""Ordinary uses are right, or refused with the way out: the table of the documentation, row by row."""

from __future__ import annotations

from importlib import import_module

import pytest

pytest.importorskip("scipy", reason="SciPy is not installed")
pytest.importorskip("pandas", reason="pandas is not installed")
pytest.importorskip("matplotlib", reason="matplotlib is not installed")
pytest.importorskip("mpmath", reason="mpmath is not installed")

import numpy as np
from refusals import error_of_ours
from uses import THEMES
from uses.page import PAGE, page
from uses.record import Use

USES = {theme: import_module(f"uses.{theme}").USES for theme in THEMES}


def ids(theme: str) -> list[object]:
    return [pytest.param(use, id=f"{theme}: {use.name}") for use in USES[theme]]


@pytest.mark.parametrize("use", [param for theme in THEMES for param in ids(theme)])
def test_use(use: Use) -> None:
    if use.truth is None:
        with pytest.raises(Exception) as caught:
            use.program()
        ours = error_of_ours(caught.value)
        assert use.library or ours is caught.value, repr(caught.value)
        # Where a library refuses by itself, a part of it may have asked a dual number before.
        assert use.way_out in str(caught.value) or (use.library and ours and ".value" in str(ours))
        return
    found = np.asarray(use.program(), dtype=float)
    true = np.asarray(use.truth(), dtype=float)
    assert found.shape == true.shape
    np.testing.assert_allclose(found, true, rtol=use.within, atol=use.within)


def test_each_use_is_written_once() -> None:
    for theme, uses in USES.items():
        titles = [use.title for use in uses]
        assert len(set(titles)) == len(titles), theme
    assert sum(len(uses) for uses in USES.values()) >= 250


@pytest.mark.skipif(not PAGE.parent.is_dir(), reason="the documentation is not in the source distribution")
def test_the_page_is_what_the_uses_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run `python -m uses.page` in dual_core/tests and commit the page"
    )
