"""What cases of the law are about, and the bytes that they are drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from attrs import frozen
from hypothesis import strategies as st

__all__ = ["THEMES", "Drawn", "Theme", "tapes"]

T = TypeVar("T")


@frozen
class Theme:
    """What a group of cases is about; the other features are rare in it.

    Args:
        name: the theme.
        factor: an odd number, another one for each theme: one seed gives all themes the same bytes.
    """

    name: str
    factor: int
    hashes: bool = False
    times: bool = False
    sources: bool = False
    files: bool = False
    settings: bool = False
    versions: bool = False
    damage: bool = False


THEMES = {
    theme.name: theme
    for theme in (
        Theme("hashes", 1, hashes=True),
        Theme("times", 37, times=True),
        Theme("sources", 75, sources=True),
        Theme("files", 113, files=True),
        Theme("settings", 151, settings=True),
        Theme("versions", 189, versions=True),
        Theme("damage", 227, damage=True),
        Theme("everything", 89, True, True, True, True, True, True, True),
    )
}


class Drawn:
    """Makes decisions from bytes, one for each; 0 is the simplest one, and so is every byte behind the end.

    One draw of bytes instead of some hundred small ones: Hypothesis is fast with it, and its mutations, which repeat
    parts of an example inside the same example, do not make every third case a copy of another one.

    Args:
        tape: the bytes.
        factor: an odd number; with the same bytes, another factor makes other decisions.
    """

    def __init__(self, tape: bytes, factor: int) -> None:
        self._tape = iter(tape)
        self._factor = factor

    def _next(self) -> int:
        return next(self._tape, 0) * self._factor % 256

    def one(self, *values: T) -> T:
        return values[self._next() * len(values) // 256]

    def chance(self, percent: int) -> bool:
        """True in so many per cent of the cases; False is simpler."""
        return self._next() * 100 >= 256 * (100 - percent)

    def subset(self, values: Sequence[T]) -> list[T]:
        return [value for value in values if self.chance(50)]


def tapes() -> st.SearchStrategy[bytes]:
    """What cases are made from: more bytes than all but the largest ones take decisions."""
    return st.binary(min_size=700, max_size=700)
