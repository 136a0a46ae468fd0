"""The operators and methods of arrays, and of what is recorded of them."""

from __future__ import annotations

from texts.table import TABLE

__all__ = ["methods", "operators", "recorded_operators"]


def methods() -> str:
    return "\n".join(
        f'    def {f.name}(self) -> Self:\n        """The {f.title}: see :func:`dual_autodiff.{f.name}`."""\n'
        f'        return self._apply("{f.name}", (self,))\n'
        for f in TABLE.FUNCTIONS
    )


_IN_PLACE = {"add", "sub", "mul", "div", "pow"}


def operators() -> str:
    texts = []
    for name, python in [*((o.name, o.python) for o in TABLE.OPERATORS), ("pow", "pow")]:
        texts.append(
            f"    def __{python}__(self, other: Operand, /) -> Self:\n"
            f'        return self._apply("{name}", (self, other))\n\n'
            f"    def __r{python}__(self, other: Operand, /) -> Self:\n"
            f'        return self._apply("{name}", (other, self))\n'
        )
        if name in _IN_PLACE:
            texts.append(
                f"    def __i{python}__(self, other: Operand, /) -> Self:\n"
                f'        return self._store(self._apply("{name}", (self, other)))\n'
            )
    return "\n".join(texts)


def recorded_operators() -> str:
    texts = []
    names = [(o.name, o.python) for o in TABLE.OPERATORS if o.name not in ("mod", "floordiv")]
    for name, python in [*names, ("both", "and"), ("either", "or")]:
        mask = name in TABLE.LOGICAL
        texts.append(
            f'    def __{python}__(self, other: Any) -> Any:\n        return _left("{name}", self, other, {mask})\n'
        )
        texts.append(
            f'    def __r{python}__(self, other: Any) -> Any:\n        return _right("{name}", other, self, {mask})\n'
        )
    texts.append('    def __rpow__(self, other: Any) -> Any:\n        return _right("pow", other, self, False)\n')
    for python, name in zip(("lt", "le", "gt", "ge", "eq", "ne"), TABLE.COMPARISONS, strict=True):
        texts.append(
            f'    def __{python}__(self, other: Any) -> Any:\n        return _left("{name}", self, other, True)\n'
        )
    return "\n".join(texts)
