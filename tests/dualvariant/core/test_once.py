"""Values that are made once, whichever thread asks."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from dualvariant.core.once import Once
from processes import PATIENCE


def test_many_threads_get_one_value() -> None:
    made: list[object] = []
    start = threading.Barrier(8)

    def make() -> object:
        time.sleep(0.1)  # all others ask meanwhile
        made.append(object())
        return made[-1]

    once = Once(make)

    def ask(_: int) -> object:
        start.wait(PATIENCE)
        return once()

    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(ask, range(8)))
    assert values == made * 8


def test_values_of_two_objects_are_made_at_once() -> None:
    both = threading.Barrier(2)
    values = [Once(lambda: both.wait(PATIENCE)) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(lambda once: once(), values)) == [0, 1]


def test_nothing_is_a_value() -> None:
    made: list[None] = []
    once = Once(lambda: made.append(None))
    assert once() is None
    assert once() is None
    assert len(made) == 1


def test_after_an_error_the_next_one_tries_again() -> None:
    attempts: list[int] = []

    def make() -> int:
        attempts.append(1)
        if len(attempts) == 1:
            raise ValueError("not yet")
        return 5

    once = Once(make)
    with pytest.raises(ValueError, match="not yet"):
        once()
    assert once() == 5
