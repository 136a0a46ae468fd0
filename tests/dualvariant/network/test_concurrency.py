"""Calls in other threads, early or all at once."""

from __future__ import annotations

import threading

import pytest

from dualvariant.network.concurrency import EarlyCalls
from processes import PATIENCE


def test_early_calls_are_made_before_anybody_asks() -> None:
    made = {item: threading.Event() for item in "abc"}

    def work(item: str) -> str:
        made[item].set()
        return item.upper()

    calls = EarlyCalls(work, "abc", limit=2)
    assert all(event.wait(PATIENCE) for event in made.values())
    assert [calls.result(item) for item in "cba"] == ["C", "B", "A"]


def test_an_early_result_or_error_is_handed_out_once() -> None:
    calls_of: list[str] = []

    def work(item: str) -> int:
        calls_of.append(item)
        if item == "bad":
            raise ValueError(item)
        return len(calls_of)

    calls = EarlyCalls(work, ["bad", "good"], limit=1)
    assert calls.result("good") == 2
    with pytest.raises(ValueError, match="bad"):
        calls.result("bad")
    assert calls_of == ["bad", "good"]
    with pytest.raises(ValueError, match="bad"):
        calls.result("bad")
    assert calls.result("good") == 4
    assert calls.result("other") == 5


def test_no_more_early_calls_than_the_limit_are_made_at_once() -> None:
    lock, running, most = threading.Lock(), [0], [0]
    both = threading.Barrier(2, timeout=PATIENCE)

    def work(item: int) -> int:
        with lock:
            running[0] += 1
            most[0] = max(most)
            most.append(running[0])
        both.wait()
        with lock:
            running[0] -= 1
        return item

    calls = EarlyCalls(work, range(6), limit=2)
    assert [calls.result(item) for item in range(6)] == list(range(6))
    assert max(most) == 2
