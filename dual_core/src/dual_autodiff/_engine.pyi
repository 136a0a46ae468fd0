from collections.abc import Callable, Sequence
from typing import Any

LEVEL: str
COMPILER: str
FLAGS: str
OPERATIONS: dict[str, int]

class Buffer:
    def __init__(self, count: int) -> None: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...

class Program:
    count: int
    inputs: int
    outputs: int
    constants: int
    registers: int
    def __init__(
        self,
        code: Sequence[tuple[str, tuple[int, ...], tuple[int, ...]]],
        inputs: int,
        outputs: int,
        constants: int,
        registers: int,
        derived: Sequence[tuple[str, tuple[float, ...]]] = (),
    ) -> None: ...
    def run(
        self,
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        constants: Sequence[float],
        points: int,
        first: int,
        last: int,
        flagged: bytearray,
    ) -> None: ...

class Quick:
    def __init__(
        self,
        made: type[Any],
        array: type[Any],
        empty: Callable[[Any], Any],
        program: Callable[[str, str], Program | None],
    ) -> None: ...
    def __call__(self, name: str, operands: tuple[Any, ...], /) -> Any: ...
