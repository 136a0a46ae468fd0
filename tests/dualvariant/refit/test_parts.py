"""Work that is done in smaller parts where it fails: everything that can be done is done, in few runs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualvariant.refit.parts import MOST_FAILURES, do_in_parts


class Process:
    """Does numbers; fails with a part in which one of the bad ones is, and as often as it is told.

    Args:
        bad: the numbers.
        failures: how many of the first runs fail in any case.
        code: the exit code of a run that fails.
    """

    def __init__(self, bad: Sequence[int] = (), failures: int = 0, code: int = 1) -> None:
        self.bad = {*bad}
        self.failures = failures
        self.code = code
        self.runs: list[Sequence[int]] = []
        self.done: list[int] = []
        self.announced = 0

    def __call__(self, part: Sequence[int]) -> int:
        self.runs.append(part)
        if len(self.runs) <= self.failures or self.bad & {*part}:
            return self.code
        self.done.extend(part)
        return 0

    def announce(self) -> None:
        assert len(self.runs) == 1
        self.announced += 1


@given(st.integers(0, 6).flatmap(lambda count: st.tuples(st.just(count), st.sets(st.integers(0, max(count - 1, 0))))))
def test_what_can_be_done_is_done_once(drawn: tuple[int, set[int]]) -> None:
    count, bad = drawn
    work, bad = list(range(count)), bad & {*range(count)}
    process = Process([*bad])
    assert do_in_parts(work, process, process.announce) == (int(bool(bad)), sorted(bad))
    assert sorted(process.done) == sorted({*work} - bad)
    assert process.announced == int(bool(bad) and count > 1)


@pytest.mark.parametrize("bad", [0, 777, 999])
def test_one_of_a_thousand_is_found(bad: int) -> None:
    process = Process([bad])
    assert do_in_parts(range(1000), process, process.announce) == (1, [bad])


def test_a_run_that_failed_once_by_chance_is_no_failure() -> None:
    process = Process(failures=1)
    assert do_in_parts(range(5), process, process.announce) == (0, [])
    assert len(process.runs) == 3


def test_nothing_is_tried_for_ever() -> None:
    """As where an index does not answer."""
    process = Process(range(500), code=2)
    assert do_in_parts(range(500), process, process.announce) == (2, list(range(500)))
    assert len(process.runs) == MOST_FAILURES


def test_nothing_is_tried_after_a_signal() -> None:
    process = Process([0], code=137)
    assert do_in_parts(range(5), process, process.announce) == (137, [0, 1, 2, 3, 4])
    assert len(process.runs) == 1
