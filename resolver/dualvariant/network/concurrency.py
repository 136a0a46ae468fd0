"""Work in other threads that cannot block the program for ever: one task with a time limit, or many, now or early."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

__all__ = ["EarlyCalls", "TimeLimitError", "map_parallel", "run_with_timeout"]

T = TypeVar("T")
S = TypeVar("S")

#: Seconds without a result after which a message names what is waited for.
NOTICE_AFTER = 2.0


class TimeLimitError(Exception):
    """A task did not end in time. Its thread goes on, and its result is ignored."""


class _Call(Generic[T]):
    """One call, which one thread makes and others wait for."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._done = threading.Event()
        self._error: BaseException | None = None
        self._result: list[T] = []

    def run(self) -> None:
        try:
            self._result.append(self._work())
        except BaseException as error:  # raised again in result()
            self._error = error
        finally:
            self._done.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait so long at most; whether the call has ended."""
        return self._done.wait(seconds)

    def result(self) -> T:
        """What the call returned; what it raised is raised here."""
        if self._error is not None:
            raise self._error
        return self._result[0]


class _Task(_Call[T]):
    """One call in a daemon thread: the program does not wait for it when it ends."""

    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__(work)
        threading.Thread(target=self.run, daemon=True).start()


def run_with_timeout(seconds: float, work: Callable[[], T], on_wait: Callable[[], None] = lambda: None) -> T:
    """Run a function in another thread, and return what it returns.

    Args:
        seconds: how long it may take.
        work: the function; after the time limit it may still be running.
        on_wait: called once, after two seconds without a result.

    Raises:
        TimeLimitError: it took longer.
    """
    task = _Task(work)
    first = min(NOTICE_AFTER, seconds)
    if not task.wait(first):
        if seconds > first:
            on_wait()
        if not task.wait(seconds - first):
            raise TimeLimitError(f"no end within {seconds:.0f} s")
    return task.result()


def map_parallel(
    work: Callable[[S], T],
    items: Sequence[S],
    limit: int,
    on_progress: Callable[[int], None] = lambda done: None,
) -> list[T]:
    """Call a function for each item, several at once, and return the results in the order of the items.

    After the first error no further item is started, and the error is raised.

    Args:
        work: called for each item; each call must end by itself.
        items: the arguments.
        limit: how many calls run at once.
        on_progress: called every two seconds with the number of items that are done.
    """
    if len(items) < 2:
        return [work(item) for item in items]
    waiting: SimpleQueue[int] = SimpleQueue()
    for position in range(len(items)):
        waiting.put(position)
    results: dict[int, T] = {}
    failed = threading.Event()

    def run_items() -> None:
        for position in _take_all(waiting):
            if failed.is_set():
                return
            try:
                results[position] = work(items[position])
            except BaseException:
                failed.set()
                raise

    tasks = [_Task(run_items) for _ in range(min(limit, len(items)))]
    _wait_for_all(tasks, lambda: on_progress(len(results)))
    for task in tasks:
        task.result()
    return [results[position] for position in range(len(items))]


class EarlyCalls(Generic[S, T]):
    """Calls a function for some items before anybody asks for the results, several at once, in daemon threads.

    Args:
        work: called for each item; each call must end by itself.
        items: the arguments; the first ones are called first.
        limit: how many calls run at once.
    """

    def __init__(self, work: Callable[[S], T], items: Sequence[S], limit: int) -> None:
        self._work = work
        self._calls = {item: _Call(partial(work, item)) for item in items}
        waiting: SimpleQueue[_Call[T]] = SimpleQueue()
        for call in self._calls.values():
            waiting.put(call)

        def make_calls() -> None:
            for call in _take_all(waiting):
                call.run()

        for _ in range(min(limit, len(self._calls))):
            _Task(make_calls)

    def result(self, item: S) -> T:
        """What the function returns for an item, or raises. An early result is handed out once."""
        call = self._calls.pop(item, None)
        if call is None:
            return self._work(item)
        call.wait()
        return call.result()


def _take_all(waiting: SimpleQueue[T]) -> Iterator[T]:
    """What waits in a queue, until nothing does; several threads may take from it."""
    while True:
        try:
            item = waiting.get_nowait()
        except Empty:
            return
        yield item


def _wait_for_all(tasks: Sequence[_Task[None]], on_wait: Callable[[], None]) -> None:
    """Wait until every task has ended; ``on_wait`` is called every two seconds."""
    noticed = time.monotonic()
    for task in tasks:
        while not task.wait(0.2):
            if time.monotonic() - noticed > NOTICE_AFTER:
                noticed = time.monotonic()
                on_wait()
