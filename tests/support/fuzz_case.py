"""One damaged input of the fuzzer, and what makes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mutations import Mutator

__all__ = ["Case", "Target", "never_fails"]

#: A damaged input, and the function that reads it.
Case = tuple[object, Callable[[], object]]
Target = Callable[[Mutator, Path], Case]


def never_fails(work: Callable[[], object]) -> None:
    """Call a function that has no input to refuse."""
    try:
        work()
    except Exception as error:
        raise AssertionError(f"it raises {error!r}") from error
