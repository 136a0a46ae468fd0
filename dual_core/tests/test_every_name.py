"""Every public function of NumPy, called in many ways with dual numbers: each result is right, or it is refused.

The truth is NumPy's own, of plain numbers, with central differences extrapolated to step zero. What NumPy refuses of
plain numbers, whose result changes from run to run, or that jumps within the steps, proves nothing and is left out.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

np = pytest.importorskip("numpy")

import dual_autodiff as df  # noqa: E402

POINT = np.array([0.7131, 1.3273, 2.1549, 0.3917])
DIRECTION = np.array([0.3, -1.1, 0.7, 2.0])
CONSTANTS = {
    "V": np.array([1.1193, -2.0371, 0.5113, 3.0937]),
    "A": np.array(
        [
            [1.0171, 2.0333, 0.5577, -1.0919],
            [0.3131, -0.4441, 1.1717, 2.0111],
            [0.2323, 0.1119, 0.9737, 0.5559],
            [1.5131, 0.3377, 0.2929, 0.8171],
        ]
    ),
    "MASK": np.array([True, False, True, True]),
    "PLACES": np.array([0, 2, 1, 0]),
}

#: Calls of a function f: of x, the variable, M, x as a matrix of two rows, and constants, which are new for each call.
CALLS = """
f(x) | f(x, x) | f(x, V) | f(V, x) | f(x, 2) | f(2.0, x) | f(x, 0.5) | f([x, V]) | f((x, V), 0) | f([x[0], x[1]])
f([[x[0], 1.0], [0.3, x[1]]]) | f(list(x), 2) | f(x[0]) | f(x[0], x[1]) | f(x[0], V) | f(V, x[0]) | f(x, 0.0, x[3])
f(x, (2, 2)) | f((2, 2), x[0]) | f(4, x[0]) | f(M) | f(M, 0) | f(M, 1) | f(M, 1, 0) | f(M, axis=0) | f(M, axis=(0, 1))
f(M, axis=1, keepdims=True) | f(M, V[:2]) | f(V[:2], M) | f(M, x[:2]) | f(A, x) | f(x, A) | f(A * x) | f(A * x, 'fro')
f(x, np.inf) | f(MASK, x) | f(x, MASK) | f(MASK, x, V) | f(MASK, 0.0, x) | f(x > 1.0, x, 0.0) | f(0.0, x)
f([x > 1.0, x > 2.0], [x, x * x], 5.0) | f(x, [x > 1.0], [lambda q: q * q, 3.0]) | f(x, PLACES) | f(PLACES, x)
f(x, 1, V[0]) | f(V, 1, x[0]) | f(x, V, V) | f(V, V, x) | f(x, [0.0, 1.0, 2.0, 3.0], V)
f(1.5, [0.0, 1.0, 2.0, 3.0], x) | f(1.5, np.cumsum(x), V) | f(x, dtype=np.float32) | f(x, dtype=int) | f(x, out=V)
f(V, out=x) | f(M, axis=0, out=V[:2]) | f(x, where=MASK) | f(x, V, where=MASK, out=V)
f(x, initial=1.5) | f(x, order='F')
f(x, casting='unsafe') | f(x, prepend=1.0) | f(x, append=2.0) | f(x, prepend=x[0]) | f(x, to_begin=3.0) | f(x, to_end=x)
f(x, 2, mode='wrap') | f(x, V, mode='same') | f(x, ddof=1) | f(x, mean=0.3) | f(x, weights=V * V) | f(V, weights=x)
f(x, nan=1.0) | f(x, 1, constant_values=2.0) | f(x, 1, constant_values=x[0])
f(x, 1, mode='edge') | f(x, 1, mode='mean')
f(x, V, 3) | f(V, x, num=3) | f(x, V, 3, endpoint=False) | f(x, n=2) | f('i,i->', x, V) | f('...i->...', x) | f('ii', M)
f(lambda q: q * q, 0, M) | f(lambda q: q.sum(), 1, M) | f(x, kind='stable') | f(x, edge_order=2) | f(x, 0.1)
f(V, np.cumsum(x)) | f(x, k=1) | f(x, 1, 0, 1.0) | f(x, shift=1) | f(x, V, axes=0) | f(x, min=1.0) | f(x, 1.0, None)
f(x, minlength=6) | f(x, bins=3) | f(V, PLACES, x) | f(V, MASK, x) | f(V, MASK, x[0]) | f(A, x[0])
f(x, V, optimize=True) | f(x, bool) | f(x, V, dtype=float) | f(list(x)) | f(tuple(list(x)), V) | f(list(x), ddof=1)
f([list(x), V], 1) | f([list(x), V], axis=1, keepdims=True) | f([list(x[:2]), list(x[2:])]) | f(list(x), where=MASK)
"""

#: Functions of files, of the interpreter's settings and of random memory, and those that make no numbers.
_NOT_ASKED = frozenset(
    [
        "argpartition",
        "asmatrix",
        "bmat",
        "empty",
        "empty_like",
        "from_dlpack",
        "frombuffer",
        "fromfile",
        "fromiter",
        "fromregex",
        "fromstring",
        "genfromtxt",
        "get_include",
        "info",
        "isscalar",
        "issubsctype",
        "load",
        "loadtxt",
        "may_share_memory",
        "partition",
        "printoptions",
        "save",
        "savetxt",
        "savez",
        "savez_compressed",
        "set_printoptions",
        "setbufsize",
        "seterr",
        "seterrcall",
        "shares_memory",
        "show_config",
        "show_runtime",
        "test",
    ]
)
#: Of objects NumPy gives one of the two here, in place of a bool.
_NO_TRUTH = {"logical_and", "logical_or", "logical_xor"}
if np.__version__.startswith("1."):  # the last one here, and the diagonal of one number has no dimensions
    _NO_TRUTH |= {"all", "alltrue", "any", "sometrue", "diagflat"}
_METHODS = ("reduce", "accumulate", "outer", "reduceat", "at")
_OF_FILES = {"dump", "dumps", "tofile", "tobytes", "resize", "setflags", "byteswap", "view", "getfield", "setfield"}


def _functions() -> Iterator[tuple[str, Any]]:
    seen: set[int] = set()
    for module in (np, np.linalg, np.fft):
        for name in sorted(dir(module)):
            function = getattr(module, name)
            if id(function) in seen:
                continue  # another name of the same
            seen.add(id(function))
            if name.startswith("_") or name in _NOT_ASKED or isinstance(function, type) or not callable(function):
                continue
            yield f"{module.__name__}.{name}", function
            if isinstance(function, np.ufunc):
                yield from ((f"numpy.{name}.{method}", getattr(function, method)) for method in _METHODS)
    for name in sorted(dir(np.ndarray)):
        if not name.startswith("_") and name not in _NOT_ASKED | _OF_FILES and callable(getattr(np.ndarray, name)):
            yield f"x.{name}", _method(name)


def _method(name: str) -> Callable[..., Any]:
    return lambda x, *args, **kwargs: getattr(x, name)(*args, **kwargs)


_CODES = [compile(text.strip(), text.strip(), "eval") for text in CALLS.replace("\n", "|").split("|") if text.strip()]


def _call(code: Any, function: Any) -> Callable[[Any], Any]:
    """What the call returns, and what it has made of the constants that it was given, for it may write into them."""

    def called(x: Any) -> Any:
        names = {name: value.copy() for name, value in CONSTANTS.items()}
        found = eval(code, {"np": np, "f": function, "x": x, "M": x.reshape(2, 2), **names})
        return [found, names["V"], names["A"]]

    return called


def _leaves(found: Any) -> list[Any]:
    if isinstance(found, (list, tuple)):
        return [leaf for each in found for leaf in _leaves(each)]
    return [] if found is None else [found]


def _plain(found: Any) -> Any:
    parts = [np.asarray(leaf) for leaf in _leaves(found)]
    if any(part.dtype.kind not in "fiub" for part in parts) or sum(part.size for part in parts) > 500:
        raise ValueError("these are no numbers, or more than the comparison needs")
    return np.concatenate([part.astype(float).ravel() for part in parts])


def _truth(called: Callable[[Any], Any]) -> tuple[Any, Any, Any]:
    """Values, their derivatives and the shapes; ValueError where plain numbers tell nothing."""
    found = called(POINT.copy())
    value = _plain(found)
    if not np.array_equal(value, _plain(called(POINT.copy())), equal_nan=True):
        raise ValueError("the result is another one each time")
    columns = []
    for j in range(POINT.size):
        coarse, fine = (_difference(called, j, step) for step in (2.0**-9, 2.0**-10))
        if not np.allclose(coarse, fine, rtol=1e-3, atol=1e-3):
            raise ValueError("there is a jump or an infinity near by")
        columns.append((4.0 * fine - coarse) / 3.0)
    return value, np.stack(columns, axis=-1), [np.shape(leaf) for leaf in _leaves(found)]


def _difference(called: Callable[[Any], Any], place: int, step: float) -> Any:
    ahead, behind = POINT.copy(), POINT.copy()
    ahead[place] += step
    behind[place] -= step
    return (_plain(called(ahead)) - _plain(called(behind))) / (2.0 * step)


def _parts(found: Any, count: int) -> tuple[Any, Any]:
    values, slopes = [], []
    for leaf in _leaves(found):
        objects = leaf.as_objects() if isinstance(leaf, df.DualArray) else np.asarray(leaf, dtype=object)
        for each in objects.ravel().tolist():
            dual = hasattr(each, "derivative")
            values.append(float(each.value if dual else each))
            slopes.append(np.reshape(each.derivative, count).astype(float) if dual else np.zeros(count))
    return np.array(values), np.reshape(slopes, (-1, count))


def _has_gaps(found: Any) -> bool:
    """Whether elements were never set, as NumPy leaves them where a function has *where* and no *out*."""
    return any(isinstance(leaf, np.ndarray) and None in leaf.ravel().tolist() for leaf in _leaves(found))


def _kept(operator: Callable[..., Any], called: Callable[[Any], Any], *arguments: Any) -> Any:
    """What the call returns of the variable of *operator*."""
    kept: list[Any] = []

    def function(x: Any) -> Any:
        kept.append(called(x))
        return x

    operator(function, *arguments)
    return kept[0]


def _few(called: Callable[[Any], Any]) -> Any:
    return _kept(df.jacobian, called, POINT)


def _objects(called: Callable[[Any], Any]) -> Any:
    return _few(lambda x: called(np.array(list(x))))


def _many(called: Callable[[Any], Any]) -> Any:
    return _kept(df.jvp, called, POINT, np.eye(4))


def _by_hand(called: Callable[[Any], Any]) -> Any:
    return called(df.DualArray(POINT, DIRECTION))


#: How dual numbers come to a function: the argument of a gradient, of products with directions, made by hand, a list.
CARRIERS = {"few": _few, "many": _many, "by hand": _by_hand, "objects": _objects}
_REFUSED = (TypeError, ValueError, AttributeError, IndexError, NotImplementedError, ArithmeticError)


def _found(called: Callable[[Any], Any], carriers: Iterable[str]) -> dict[str, Any]:
    """What the call returns of dual numbers, by how they come to it; nothing where it is refused."""
    results = {}
    for carrier in carriers:
        try:
            found = CARRIERS[carrier](called)
        except _REFUSED:
            continue
        if not _has_gaps(found):
            results[carrier] = found
    return results


def _faults(name: str, function: Any) -> Iterator[str]:
    # NumPy's own loops over objects, which lists become, ask dual numbers for two at a time, in another order.
    of_two = name.split(".")[-1] in _METHODS
    carriers = [each for each in CARRIERS if each != "objects" or not of_two]
    for code in [each for each in _CODES if not of_two or "list(" not in each.co_filename]:
        called = _call(code, function)
        try:
            _plain(called(POINT.copy()))
            results = _found(called, carriers)
            value, slope, shapes = _truth(called) if results else (POINT, POINT, [])
        except Exception:  # whatever NumPy raises of plain numbers
            continue
        for carrier, found in results.items():
            got, by = _parts(found, 1 if carrier == "by hand" else 4)
            wanted = slope @ DIRECTION[:, None] if carrier == "by hand" else slope
            where = f"{name}: {code.co_filename} ({carrier})"
            if got.shape != value.shape or [np.shape(leaf) for leaf in _leaves(found)] != shapes:
                yield f"{where}: another shape"
            elif not np.allclose(got, value, rtol=1e-3, atol=1e-6, equal_nan=True):  # of bools NumPy makes float16
                yield f"{where}: {got} and not {value}"
            elif not np.allclose(by, wanted, rtol=1e-4, atol=1e-4, equal_nan=True):
                yield f"{where}: derivatives {by.tolist()} and not {wanted.tolist()}"


@pytest.mark.parametrize("part", range(4))
def test_every_function_is_right_or_refused(part: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        functions = list(_functions())[part::4]
        faults = [
            fault
            for name, function in functions
            if not _NO_TRUTH.intersection(name.split("."))
            for fault in _faults(name, function)
        ]
    assert not faults, "\n".join(faults)
