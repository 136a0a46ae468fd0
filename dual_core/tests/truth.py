"""The points of the tests with the exact values and derivatives there.

They take a while. Where DUAL_AUTODIFF_EXACT names a folder, they are kept there for the next run, of another build.
"""

import os
import zlib
from array import array
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

from exact import FUNCTIONS, FUNCTIONS_OF_TWO, Exact, Rounded, rounded
from points import pairs, points

__all__ = ["Truth", "truth"]

#: What is kept belongs to these functions and points, and to no earlier form of them.
_FORM = zlib.crc32(b"".join(Path(__file__).with_name(name).read_bytes() for name in ("exact.py", "points.py")))


class Truth(NamedTuple):
    """The points, a sequence for each argument, and what is there."""

    points: tuple[list[float], ...]
    value: Rounded
    slopes: tuple[Rounded, ...]


@lru_cache(maxsize=4)  # a million points of one function take some hundred MiB
def truth(name: str, count: int, seed: int = 0) -> Truth:
    """What the function *name* is at *count* points."""
    if name in FUNCTIONS:
        where, function = (points(name, count, seed),), FUNCTIONS[name]
        return _truth(name, where, function, seed)
    return _truth(name, pairs(name, count, seed), FUNCTIONS_OF_TWO[name], seed)


def _truth(name: str, where: tuple[list[float], ...], function: Exact, seed: int) -> Truth:
    count = len(where[0])
    found = [_kept(f"{name}-{count}-{seed}-value", count, partial(rounded, function.value, *where))]
    for j, slope in enumerate(function.slopes):
        found.append(_kept(f"{name}-{count}-{seed}-by{j}", count, partial(rounded, slope, *where)))
    return Truth(where, found[0], tuple(found[1:]))


def _kept(key: str, count: int, make: Callable[[], Rounded]) -> Rounded:
    folder = os.environ.get("DUAL_AUTODIFF_EXACT")
    if folder is None:
        return make()
    file = Path(folder, f"{key}-{_FORM:08x}")
    if not file.exists():
        made = make()
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        draft.write_bytes(array("d", [*made.nearest, *made.rest]).tobytes())
        draft.replace(file)
        return made
    both = array("d", file.read_bytes())
    return Rounded(both[:count].tolist(), both[count:].tolist())
