"""Dual numbers as objects: copies, pickles, text, threads, constants of other types."""

from __future__ import annotations

import copy
import decimal
import fractions
import io
import json
import math
import pickle
import random
import statistics
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import dual_autodiff as df
import numpy as np

from uses.record import refused, refused_by_library, right, uses_of


def parts(x: Any) -> tuple[float, float]:
    """The parts of a Dual as plain numbers."""
    return x.real, x.dual


@right((2.5, 1.0))
def pickle_of_dual() -> Any:
    """A Dual through `pickle`."""
    return parts(pickle.loads(pickle.dumps(df.Dual(2.5, 1.0))))


@right(((1.0, 2.0), (3.0, 4.0)))
def pickle_of_array() -> Any:
    """A DualArray through `pickle`."""
    a = pickle.loads(pickle.dumps(df.DualArray([1.0, 2.0], [3.0, 4.0]), protocol=5))
    return a.value, a.derivative


@right((2.0, 4.0))
def pickle_inside_gradient() -> Any:
    """A pickle made and read while `gradient` runs."""
    return df.gradient(lambda x: (pickle.loads(pickle.dumps(x)) ** 2).sum(), [1.0, 2.0])


@right((2.5, 1.0))
def deep_copy() -> Any:
    """`copy.deepcopy` of a structure with Duals."""
    state = {"x": [df.Dual(2.5, 1.0)]}
    return parts(copy.deepcopy(state)["x"][0])


@right((5.0, 5.0))
def copied_array_is_another() -> Any:
    """`copy.copy` of a DualArray is independent."""
    a = df.DualArray([5.0], 1.0)
    b = copy.copy(a)
    b += 1.0
    return float(a.value[0]), float(b.value[0]) - 1.0


@right((2.5, 1.0))
def evaluated_repr() -> Any:
    """`eval(repr(x))`."""
    return parts(eval(repr(df.Dual(2.5, 1.0)), {"Dual": df.Dual}))


@right(1)
def formatted() -> Any:
    """`f"{x:.2f}"` formats both parts."""
    text = f"{df.Dual(1.23456, 0.5):.2f}"
    return "1.23" in text and "0.50" in text


@right(1)
def formatted_without_specification() -> Any:
    """`f"{x}"` is `str(x)`."""
    x = df.Dual(1.5, 0.5)
    return f"{x}" == str(x) == format(x)


@right(1)
def percent_format() -> Any:
    """`"%s" % x`."""
    return "%s" % df.Dual(1.5, 0.5) == str(df.Dual(1.5, 0.5))  # noqa: UP031


@right((1.5, 0.5))
def json_of_parts() -> Any:
    """JSON of the parts."""
    x = df.Dual(1.5, 0.5)
    return json.loads(json.dumps([x.value, x.derivative]))


@refused_by_library("json", "not JSON serializable", "use `[x.value, x.derivative]`")
def json_of_dual() -> Any:
    """`json.dumps(x)`."""
    return json.dumps(df.Dual(1.5, 0.5))


@right((2.0, 6.0))
def fraction_constants() -> Any:
    """Coefficients that are Fractions."""
    half = fractions.Fraction(1, 2)
    return df.value_and_derivative(lambda x: half * x**3 - 2 + half * 4 * 0, 2.0)


@refused_by_library("Python", "unsupported operand", "use `float(d)` of the Decimal")
def decimal_constants() -> Any:
    """Coefficients that are Decimals: as for floats."""
    return df.derivative(lambda x: decimal.Decimal("0.5") * x, 2.0)


@right((0.25, 0.25, 0.25, 0.25))
def mean_by_hand() -> Any:
    """`sum(x) / len(x)`."""
    return df.gradient(lambda x: sum(x) / len(x), [1.0, 5.0, 2.0, 8.0])


@right((0.0, 0.0, 1.0))
def statistics_median() -> Any:
    """`statistics.median`."""
    return df.gradient(lambda x: statistics.median(list(x)), [1.0, 5.0, 2.0])


@right(lambda: (1.0, random.Random(5).gauss(0.0, 1.0)))
def gaussian_draw() -> Any:
    """A draw of `random.gauss(mean, deviation)`, by mean and deviation."""
    return df.gradient(lambda x: random.Random(5).gauss(x[0], x[1]), [2.0, 3.0])


@right(lambda: (1.0 - random.Random(5).random(), random.Random(5).random()))
def uniform_draw() -> Any:
    """A draw of `random.uniform(a, b)`, by both ends."""
    return df.gradient(lambda x: random.Random(5).uniform(x[0], x[1]), [2.0, 3.0])


@right(lambda: [math.cos(0.1 * k) for k in range(20)])
def thread_pool() -> Any:
    """`derivative` in a thread pool."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda k: df.derivative(df.sin, 0.1 * k), range(20)))


@right(lambda: (2 * 3.0 * 5.0, 9.0))
def threads_inside_gradient() -> Any:
    """A thread pool inside the function that `gradient` calls."""

    def f(x: Any) -> Any:
        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(lambda g: g(x), [lambda x: x[0] ** 2, lambda x: x[1]])
        return first * second

    return df.gradient(f, [3.0, 5.0])


@right(lambda: [3.0 + k for k in range(8)])
def nested_across_threads() -> Any:
    """An inner derivative in another thread, by a variable of the outer one."""

    def outer(k: int) -> Any:
        def f(x: Any) -> Any:
            found: list[Any] = []
            inner = threading.Thread(target=lambda: found.append(df.derivative(lambda y: x * y, 2.0)))
            inner.start()
            inner.join()
            return found[0] * x / 2 + k * x

        return df.derivative(f, 3.0)

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(outer, range(8)))


@right(4.0)
def other_context() -> Any:
    """A function that runs in another `contextvars` context."""
    return df.derivative(lambda x: copy_context().run(lambda: x * x), 2.0)


@right((1.0, 2.0))
def text_table() -> Any:
    """Values and derivatives written by `np.savetxt`."""
    buffer = io.StringIO()
    a = df.DualArray([1.0], 2.0)
    np.savetxt(buffer, np.column_stack([a.value, a.derivative]))
    return np.loadtxt(io.StringIO(buffer.getvalue()))


@right((0, 0))
def no_plain_number() -> Any:
    """`isinstance(x, float)` and `numbers.Real`: a Dual is neither."""
    import numbers

    return isinstance(df.Dual(1.0), float), isinstance(df.Dual(1.0), numbers.Real)


@refused("None")
def nothing_returned() -> Any:
    """A function that returns nothing."""
    return df.derivative(lambda x: None, 1.0)


@refused("jacobian")
def tuple_in_derivative() -> Any:
    """`derivative` of a function that returns a tuple."""
    return df.derivative(lambda x: (x, x * x), 1.0)


@refused("jacobian")
def vector_in_gradient() -> Any:
    """`gradient` of a function with several values."""
    return df.gradient(lambda x: x * 2, [1.0, 2.0])


@refused("text")
def text_argument() -> Any:
    """A text as the argument."""
    return df.derivative(lambda x: x, "text")


USES = uses_of(globals())
