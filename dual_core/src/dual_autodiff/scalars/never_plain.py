# Made by tools/generate.py from operations.py.

"""The conversions that dual numbers refuse, for those that are made in Python."""

from __future__ import annotations

from typing import Any, NoReturn

from dual_autodiff.scalars.dispatch import refuse

__all__ = ["NeverPlain"]


class NeverPlain:
    """Refuses every conversion to a plain number: the derivative would be lost."""

    __slots__ = ()

    def __float__(self) -> NoReturn:
        refuse(self, "float")

    def __int__(self) -> NoReturn:
        refuse(self, "int")

    def __index__(self) -> NoReturn:
        refuse(self, "int")

    def __complex__(self) -> NoReturn:
        refuse(self, "complex")

    def __round__(self, digits: Any = None) -> NoReturn:
        refuse(self, "round")

    def __trunc__(self) -> NoReturn:
        refuse(self, "math.trunc")

    def __floor__(self) -> NoReturn:
        refuse(self, "math.floor")

    def __ceil__(self) -> NoReturn:
        refuse(self, "math.ceil")
