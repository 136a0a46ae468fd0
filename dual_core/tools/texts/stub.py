"""The stub of the compiled scalars."""

from __future__ import annotations

from collections.abc import Iterable

from texts.table import TABLE

__all__ = ["functions", "methods", "operators"]


def methods(kind: str) -> str:
    text = "".join(f"    def {f.name}(self) -> {kind}: ...\n" for f in TABLE.FUNCTIONS)
    text += "".join(f"    def {numpy}(self) -> {kind}: ...\n" for numpy in TABLE.NUMPY_METHODS)
    text += f"    def conjugate(self) -> {kind}: ...\n"
    return text + "".join(f"    def {n}(self, other: {kind} | _Number) -> {kind}: ...\n" for n in ("hypot", "arctan2"))


def operators(kind: str) -> str:
    names = [o.python for o in TABLE.OPERATORS]
    text = "".join(
        f"    def __{n}__(self, other: {kind} | _Number, /) -> {kind}: ...\n"
        f"    def __r{n}__(self, other: _Number, /) -> {kind}: ...\n"
        for n in names
    )
    return text + (
        f"    def __pow__(self, other: {kind} | _Number, modulo: None = None, /) -> {kind}: ...\n"
        f"    def __rpow__(self, other: _Number, modulo: None = None, /) -> {kind}: ...\n"
    )


def functions() -> str:
    one = [_overloads(name, ["x: {}"], _OF_ONE) for name in [*(f.name for f in TABLE.FUNCTIONS), "fabs"]]
    two = [
        _overloads(name, ["y: {}", "x: {}"] if name == "atan2" else ["x: {}", "y: {}"], _OF_TWO)
        for name in ("hypot", "atan2", "pow", "maximum", "minimum")
    ]
    return "".join(one + two)


_OF_ONE = [
    ("Dual", "Dual"),
    ("MultiDual", "MultiDual"),
    ("_Number", "float"),
    ("DualArray", "DualArray"),
    ("npt.NDArray[Any]", "_Array"),
]
_ANY_ARRAY = "DualArray | Dual | _Number | npt.NDArray[Any]"
_OF_TWO = [
    ("_Number", "_Number", "float"),
    ("Dual", "Dual | _Number", "Dual"),
    ("_Number", "Dual", "Dual"),
    ("MultiDual", "MultiDual | _Number", "MultiDual"),
    ("_Number", "MultiDual", "MultiDual"),
    ("DualArray", _ANY_ARRAY, "DualArray"),
    ("Dual | _Number | npt.NDArray[Any]", "DualArray", "DualArray"),
    ("npt.NDArray[Any]", "npt.NDArray[Any] | _Number", "_Array"),
    ("_Number", "npt.NDArray[Any]", "_Array"),
]


def _overloads(name: str, parameters: list[str], types: Iterable[tuple[str, ...]]) -> str:
    text = ""
    for *given, result in types:
        arguments = ", ".join(p.format(t) for p, t in zip(parameters, given, strict=True))
        text += f"@overload\ndef {name}({arguments}, /) -> {result}: ...\n"
    return text
