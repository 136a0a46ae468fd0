# cython: language_level=3, annotation_typing=False
"""Records what a pointwise function does with its argument.

A compiled build compiles this file as it stands, with the types of ``trace.pxd``: at a hundred points a recording takes
longer in plain Python than the program that comes of it.
"""

from __future__ import annotations

from functools import partial
from numbers import Real
from typing import Any, NoReturn

import numpy as np

from dual_autodiff.arrays.kinds import refuse_other_arrays
from dual_autodiff.derivatives.primitives import name_of_ufunc, of_ufunc
from dual_autodiff.errors import NestedTraceError, NotPointwiseError
from dual_autodiff.operations import COMPARISONS, OF_UFUNC, UNARY
from dual_autodiff.pipeline.allocate import Step
from dual_autodiff.scalars.levels import apply, is_scalar, new_tag, of_tag, tag_of

__all__ = ["Tape", "Traced"]

_INSTEAD = "call f with DualArray(X, 1.0) for that, which computes step by step, or use jacobian(f, X)"
_ONE_BY_ONE = "or take the points one by one, [derivative(f, x) for x in X]"


class Tape:
    """The steps of one recording; equal steps are recorded once."""

    def __init__(self, x: Any) -> None:
        self.shape = x.shape
        self.steps: list[Step] = [("input", (0,))]
        self.inputs: list[Any] = [x]
        self.constants: list[float] = []
        self.known: dict[Any, int] = {}
        self.kept: list[Any] = []  # captured arrays, so that their identity stays theirs
        self.outer: list[Any] = []  # dual numbers of outer derivatives
        self.primitives: list[Any] = []  # users' functions with rules of their own
        self.tag = new_tag()
        self.closed = False

    def argument(self) -> Traced:
        """What the function is called with."""
        return _traced(self, 0, False)

    def record(self, name: str, arguments: tuple[int, ...]) -> int:
        """The number of a step, which is new unless an equal one is there."""
        if self.closed:
            self.refuse_if_closed()
        step = (name, arguments)
        found = self.known.get(step)
        if found is None:
            found = self.known[step] = len(self.steps)
            self.steps.append(step)
        return found

    def refuse_if_closed(self) -> None:
        """Refuse a recorded value that has escaped from its function.

        :raises NotPointwiseError: the recording has ended
        """
        if self.closed:
            raise NotPointwiseError("the argument of f means nothing once derivative(f, X) has returned")

    def constant(self, value: float) -> int:
        found = self.known.get(value) if value else None  # 0.0 and -0.0 are equal and not the same
        if found is None:
            found = self.known[value] = len(self.steps)
            self.steps.append(("constant", (len(self.constants),)))
            self.constants.append(value)
        return found

    def array(self, array: Any) -> int:
        """The step of an array from outside, as it is now: *f* may write into it and use it again."""
        found = self.known.get(("array", id(array)))
        if found is None or not _same_numbers(array, self.inputs[self.steps[found][1][0]]):
            refuse_other_arrays("an array in f", array)
            if array.dtype.kind not in "fiub":
                raise TypeError(f"an array in f is none of numbers (its type is {array.dtype}): {array!r}")
            try:
                plane = np.array(np.broadcast_to(array, self.shape), dtype=float, order="C")
            except ValueError:
                raise NotPointwiseError(
                    f"an array in f has shape {array.shape}, which does not broadcast to X's {self.shape}: {_INSTEAD}"
                ) from None
            self.kept.append(array)
            found = self.known["array", id(array)] = self.record("input", (len(self.inputs),))
            self.inputs.append(plane)
        return found

    def number_of(self, x: Any) -> int:
        """The step of an operand; -1 for what is none, or belongs to an inner derivative."""
        if type(x) is Traced:
            if x._tape is not self:
                outer = self if self.tag < x._tape.tag else x._tape
                outer.refuse_if_closed()
                raise NestedTraceError(outer)
            return x._step
        if type(x) is float:
            return self.constant(x)
        if isinstance(x, (float, int, Real)):
            return self.constant(float(x))
        tag = tag_of(x)
        if tag > self.tag:
            return -1
        if tag > 0:
            return self.dual(x)
        if isinstance(x, np.ndarray):
            return self.array(x)
        if tag == 0 and is_scalar(x) and not np.any(x.dual):
            return self.constant(x.real)
        if hasattr(type(x), "__dual_function__") or hasattr(type(x), "__array_ufunc__"):
            raise NotPointwiseError(
                f"f uses a {type(x).__name__} from outside, whose derivative is another one: use its value"
            )
        return -1

    def call(self, primitive: Any, arguments: tuple[Any, ...]) -> Traced:
        """A user's function, called with what is recorded."""
        steps = tuple(self.number_of(argument) for argument in arguments)
        if -1 in steps:
            raise TypeError(f"argument is neither a Dual nor a number: {arguments[steps.index(-1)]!r}")
        if primitive not in self.primitives:
            self.primitives.append(primitive)
        return _traced(self, self.record("primitive", (self.primitives.index(primitive), *steps)), False)

    def dual(self, x: Any) -> int:
        """The step of a dual number of an outer derivative."""
        for j, known in enumerate(self.outer):
            if known is x:
                return self.record("outer", (j,))
        self.outer.append(x)
        return self.record("outer", (len(self.outer) - 1,))


def _same_numbers(array: Any, plane: Any) -> bool:
    """Whether *array* still has the numbers that were recorded of it."""
    return bool(np.array_equal(np.broadcast_to(array, plane.shape), plane, equal_nan=True))


def _refuse(what: str) -> NoReturn:
    raise NotPointwiseError(f"f is evaluated point by point and cannot use {what}: {_INSTEAD}")


def _power(x: Traced, exponent: float) -> Traced | None:
    """The powers that are products."""
    tape = x._tape
    if exponent == 2:
        return _traced(tape, tape.record("square", (x._step,)), False)
    if exponent == 3:
        return _traced(tape, tape.record("cube", (x._step,)), False)
    if exponent == 4:
        square = tape.record("square", (x._step,))
        return _traced(tape, tape.record("square", (square,)), False)
    if exponent == 1:
        return x
    if exponent == -1:
        return _traced(tape, tape.record("div", (tape.constant(1.0), x._step)), False)
    return None


def _is_mask(name: str) -> bool:
    return name in COMPARISONS or name in ("both", "either", "negate")


class Traced:
    """The argument of a pointwise function, and what becomes of it, while it is recorded."""

    __slots__ = ("_mask", "_step", "_tape")
    _tape: Tape
    _step: int
    _mask: bool

    @property
    def _tag(self) -> Any:
        return self._tape.tag

    def __dual_function__(self, name: str, arguments: tuple[Any, ...]) -> Any:
        if len(arguments) == 1:  # this one
            return _unary(name, self)
        tape = self._tape
        if any(tag_of(argument) > tape.tag for argument in arguments):
            return apply(name, arguments)
        if name == "pow" and isinstance(arguments[0], Traced):
            return _power_of(arguments[0], arguments[1])
        steps = tuple([tape.number_of(argument) for argument in arguments])
        if -1 in steps:
            raise TypeError(f"argument is neither a Dual nor a number: {arguments[steps.index(-1)]!r}")
        if name == "floordiv":
            _refuse("a quotient rounded down (//)")
        if name == "mod":
            _refuse("a remainder (%)")
        return _traced(tape, tape.record(name, steps), _is_mask(name))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        name = OF_UFUNC.get(name_of_ufunc(ufunc))
        rule = of_ufunc(ufunc)
        if rule is not None and method == "__call__" and not kwargs:
            return rule(*inputs)
        if method != "__call__":
            _refuse(f"numpy.{ufunc.__name__}.{method}()")
        if name is None or kwargs:
            raise TypeError(
                f"numpy.{ufunc.__name__} is not supported in f" + (f" with {', '.join(kwargs)}" * bool(kwargs))
            )
        return self.__dual_function__(name, inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function is np.where and len(args) == 3 and not kwargs:
            return self.__dual_function__("where", args)
        _refuse(f"numpy.{function.__name__}()")

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        _refuse("the values themselves (numpy.asarray)")

    def __bool__(self) -> NoReturn:
        raise NotPointwiseError(
            "f is evaluated for all points at once and cannot use its value in a condition (if, and, or, while): use "
            f"where(condition, x, y), {_ONE_BY_ONE}"
        )

    def __float__(self) -> NoReturn:
        _refuse("its value as a float")

    def __len__(self) -> NoReturn:
        _refuse("len()")

    def __iter__(self) -> NoReturn:
        _refuse("iteration")

    def __getitem__(self, index: Any) -> NoReturn:
        _refuse("indexing")

    def __matmul__(self, other: Any) -> NoReturn:
        _refuse("a matrix product")

    def __rmatmul__(self, other: Any) -> NoReturn:
        _refuse("a matrix product")

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        _refuse("assignment to single points")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in UNARY:
            return partial(_unary, name, self)
        if name in ("shape", "size", "ndim"):
            _refuse(f"the array's {name}")
        _refuse(f".{name}")

    def __pos__(self) -> Traced:
        return self

    def __neg__(self) -> Traced:
        return _unary("neg", self)

    def __abs__(self) -> Traced:
        return _unary("fabs", self)

    def __invert__(self) -> Traced:
        return _unary("negate", self)

    def __pow__(self, other: Any) -> Any:
        return _power_of(self, other)

    # <generated: operators>
    def __add__(self, other: Any) -> Any:
        return _left("add", self, other, False)

    def __radd__(self, other: Any) -> Any:
        return _right("add", other, self, False)

    def __sub__(self, other: Any) -> Any:
        return _left("sub", self, other, False)

    def __rsub__(self, other: Any) -> Any:
        return _right("sub", other, self, False)

    def __mul__(self, other: Any) -> Any:
        return _left("mul", self, other, False)

    def __rmul__(self, other: Any) -> Any:
        return _right("mul", other, self, False)

    def __truediv__(self, other: Any) -> Any:
        return _left("div", self, other, False)

    def __rtruediv__(self, other: Any) -> Any:
        return _right("div", other, self, False)

    def __and__(self, other: Any) -> Any:
        return _left("both", self, other, True)

    def __rand__(self, other: Any) -> Any:
        return _right("both", other, self, True)

    def __or__(self, other: Any) -> Any:
        return _left("either", self, other, True)

    def __ror__(self, other: Any) -> Any:
        return _right("either", other, self, True)

    def __rpow__(self, other: Any) -> Any:
        return _right("pow", other, self, False)

    def __lt__(self, other: Any) -> Any:
        return _left("less", self, other, True)

    def __le__(self, other: Any) -> Any:
        return _left("less_equal", self, other, True)

    def __gt__(self, other: Any) -> Any:
        return _left("greater", self, other, True)

    def __ge__(self, other: Any) -> Any:
        return _left("greater_equal", self, other, True)

    def __eq__(self, other: Any) -> Any:
        return _left("equal", self, other, True)

    def __ne__(self, other: Any) -> Any:
        return _left("not_equal", self, other, True)

    # </generated>


def _of_inner(name: str, left: Any, right: Any, traced: Traced) -> Any:
    """The operation with a number of an inner derivative, for which the recorded value is a constant."""
    other = right if left is traced else left
    return apply(name, (left, right)) if is_scalar(other) and tag_of(other) > traced._tag else NotImplemented


def _traced(tape: Tape, step: int, mask: bool) -> Traced:
    new = Traced.__new__(Traced)
    new._tape, new._step, new._mask = tape, step, mask
    return new


def _unary(name: str, x: Traced) -> Traced:
    if x._mask and name == "neg":
        raise TypeError("f negates a mask (a comparison), as NumPy does not: use ~, or where(condition, x, y)")
    return _traced(x._tape, x._tape.record(name, (x._step,)), name == "negate")


def _is_bool(x: Any) -> bool:
    """Whether this is a mask, for which NumPy adds as in logic and does not subtract."""
    if isinstance(x, Traced):
        return bool(x._mask)
    return isinstance(x, bool) or (isinstance(x, (np.ndarray, np.generic)) and x.dtype == bool)


def _of_masks(name: str) -> str:
    """The operation of that *name* between two masks."""
    if name == "sub":
        raise TypeError("f subtracts one mask (a comparison) from another, as NumPy does not: use & | ~, or where(…)")
    return {"add": "either", "mul": "both"}.get(name, name)


def _left(name: str, x: Traced, other: Any, mask: bool) -> Any:
    """The operator with *x* on its left."""
    tape = x._tape
    if x._mask and not mask and _is_bool(other):
        name = _of_masks(name)
        mask = _is_mask(name)
    step = tape.constant(other) if type(other) is float else tape.number_of(other)
    if step < 0:
        return NotImplemented if mask else _of_inner(name, x, other, x)
    return _traced(tape, tape.record(name, (x._step, step)), mask)


def _right(name: str, other: Any, x: Traced, mask: bool) -> Any:
    """The operator with *x* on its right."""
    tape = x._tape
    if x._mask and not mask and _is_bool(other):
        name = _of_masks(name)
        mask = _is_mask(name)
    step = tape.constant(other) if type(other) is float else tape.number_of(other)
    if step < 0:
        return _of_inner(name, other, x, x)
    return _traced(tape, tape.record(name, (step, x._step)), mask)


def _power_of(x: Traced, exponent: Any) -> Any:
    if isinstance(exponent, (float, int)):
        product = _power(x, exponent)
        if product is not None:
            return product
    return _left("pow", x, exponent, False)


of_tag(Traced, scalar=True)
