"""Work that one process does at once, and where that fails in smaller parts, until what fails is found."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

__all__ = ["MOST_FAILURES", "do_in_parts"]

#: The failed runs after which no other is begun: enough to find one item of a thousand, or each of six.
MOST_FAILURES = 12
#: Exit codes from here on mean that a signal ended the process.
_SIGNALLED = 128

Item = TypeVar("Item")


def do_in_parts(
    work: Sequence[Item], run: Callable[[Sequence[Item]], int], announce: Callable[[], None]
) -> tuple[int, list[Item]]:
    """Do all work at once; a part that fails is halved, the largest parts first.

    What a signal has ended is not tried again, and nothing is after :data:`MOST_FAILURES` failed runs: then it is most
    likely no item that fails, but what all of them need.

    Args:
        work: the items.
        run: does some of them; returns an exit code, and has done none of them unless that is 0.
        announce: called before the first smaller part is tried.

    Returns:
        0 if all was done, else the exit code of the last run that failed; and what was not done, in its order.
    """
    waiting = deque([range(len(work))] if work else [])
    left: list[int] = []
    code = failures = 0
    while waiting:
        part = waiting.popleft()
        if code >= _SIGNALLED or failures == MOST_FAILURES:
            left.extend(part)
            continue
        code_of_part = run([work[index] for index in part])
        if code_of_part == 0:
            continue
        code, failures = code_of_part, failures + 1
        if len(part) == 1 or code >= _SIGNALLED:
            left.extend(part)
        else:
            if failures == 1:
                announce()
            middle = (len(part) + 1) // 2
            waiting.extend((part[:middle], part[middle:]))
    return code if left else 0, [work[index] for index in sorted(left)]
