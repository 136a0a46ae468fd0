"""What NumPy calls one number is one number: it joins others in ``np.array``, and nested derivatives have it too."""

from __future__ import annotations

from typing import Any

import dual_autodiff as df
import pytest

pytest.importorskip("numpy", reason="NumPy is not installed")

import numpy as np
from uses.numpy_names import NAMES, SCALARS
from uses.record import slopes


def function(text: str) -> Any:
    return eval(f"lambda x: {text}", NAMES)


@pytest.mark.parametrize("text", SCALARS)
def test_joined_with_another(text: str) -> None:
    f, place = function(text), np.array(SCALARS[text])

    def joined(x: Any) -> Any:
        return np.array([f(x), 3.0 * f(x) - 1.0])

    found = df.jacobian(joined, place)
    np.testing.assert_allclose(found, slopes(joined, place), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("text", SCALARS)
def test_inside_another_derivative(text: str) -> None:
    f, place = function(text), np.array(SCALARS[text])
    found = df.derivative(lambda t: df.gradient(lambda x: t * t * f(x), place).sum(), 1.5)
    assert float(found) == pytest.approx(3.0 * slopes(f, place).sum(), rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("text", SCALARS)
def test_of_an_array_that_is_made_by_hand(text: str) -> None:
    f, place = function(text), np.array(SCALARS[text])
    found = f(df.DualArray(place, np.ones(place.shape)))
    assert float(found.derivative) == pytest.approx(slopes(f, place).sum(), rel=1e-7, abs=1e-7)
    assert float(found.value) == pytest.approx(float(f(place)), rel=1e-14)
