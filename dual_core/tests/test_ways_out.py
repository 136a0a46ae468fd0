"""Functions of NumPy and SciPy that know no dual numbers: each is right, or refused by an error that says what to do.

They are asked within ``jacobian``, with lists, arrays of objects and arrays of dual numbers. The truth is their own, of
plain numbers, with central differences.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

np = pytest.importorskip("numpy")

import dual_autodiff as df  # noqa: E402
from refusals import raised_by_us  # noqa: E402
from uses.record import slopes  # noqa: E402

POINT = np.array([0.7131, 0.3273, 0.2549, 0.3917])
#: Calls of a function f of x, the variable, of its elements in lists, and of an array of objects.
CALLS = """
f(x) | f(x[0]) | f([x[0], x[1]]) | f([[x[0], x[1]], [x[2], x[3]]]) | f(np.array(list(x))) | f(2, x) | f(2, [x[0], x[1]])
f(0.5, 1.5, x) | f([[x[0], x[1]], [x[2], x[3]]], [1.0, 2.0]) | f(EYE, x) | f(EYE, [x[0], x[1], x[2], x[3]])
""".replace("\n", "|")
_CODES = [compile(text.strip(), text.strip(), "eval") for text in CALLS.split("|") if text.strip()]
#: Settings; and abs of zeros, whose derivative is nan by the package's convention.
_NOT_ASKED = {"errstate", "fiedler", "geterr", "seterr", "test"}
#: What a way out says: another function, another type, or the values alone.
WAYS_OUT = ("use ", "give it ", "write it ", "leave ", ".value")


def _functions(module: Any) -> Iterator[tuple[str, Any]]:
    for name in sorted(module.__all__):
        function = getattr(module, name)
        if callable(function) and not isinstance(function, type) and name not in _NOT_ASKED:
            yield f"{module.__name__}.{name}", function


def _called(code: Any, function: Any) -> Callable[[Any], Any]:
    return lambda x: np.stack([*np.ravel(eval(code, {"f": function, "x": x, "np": np, "EYE": np.eye(4)}))])


def _fault(name: str, called: Callable[[Any], Any]) -> str | None:
    """What is wrong with the derivatives of a call; None if nothing is, or if it takes no plain numbers either."""
    try:
        truth = slopes(called, POINT)
        if np.iscomplexobj(called(POINT)) or not np.isfinite(truth).all():
            return None
    except Exception:  # whatever the function raises of plain numbers
        return None
    try:
        found = df.jacobian(called, POINT)
    except Exception as error:
        if raised_by_us(error) and any(way in str(error) for way in WAYS_OUT):
            return None
        return f"{name}: {type(error).__name__}: {error}"
    return None if np.allclose(found, truth, rtol=1e-4, atol=1e-4) else f"{name}: {found} and not {truth}"


def _faults(functions: Iterator[tuple[str, Any]]) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [
            _fault(f"{name}: {code.co_filename}", _called(code, function))
            for name, function in functions
            for code in _CODES
        ]
    return [fault for fault in found if fault]


@pytest.mark.parametrize("module", ["numpy.linalg", "scipy.linalg", "scipy.special"])
def test_a_function_is_right_or_says_what_to_do(module: str) -> None:
    faults = _faults(_functions(pytest.importorskip(module)))
    assert not faults, "\n".join(faults)


def _newton(x: Any) -> Any:
    return pytest.importorskip("scipy.optimize").newton(lambda t: t * t + x[0], x[1], maxiter=3)


def _in_a_dict(x: Any) -> Any:
    held: dict[str, Any] = {"x": x[0]}
    held["itself"] = held
    return pytest.importorskip("scipy.optimize").brentq(lambda t, _: t * t + 1.0, 0.0, 1.0, args=(held,))


def _series(x: Any) -> Any:
    return pytest.importorskip("pandas").Series(list(x), index=[0, 1]).sum()


@pytest.mark.parametrize(
    ("called", "kind", "name"),
    [
        (lambda x: np.reshape(np.array(list(x)), (3, 3))[0, 0], ValueError, "numpy.reshape"),
        (lambda x: np.linalg.norm(list(x), "bad"), ValueError, "numpy.linalg.norm"),
        (_newton, RuntimeError, "scipy.optimize.newton"),
        (_in_a_dict, ValueError, "scipy.optimize.brentq"),
        (_series, ValueError, "pandas.Series"),
    ],
)
def test_what_fails_with_plain_numbers_too_keeps_its_class(called: Any, kind: type[Exception], name: str) -> None:
    with pytest.raises(kind):
        called(POINT)
    with pytest.raises(kind, match=rf"^{name} failed on dual numbers .*: if it takes plain numbers, ") as caught:
        df.gradient(called, POINT)
    assert type(caught.value) is kind
    assert type(caught.value.__cause__) is kind


@pytest.mark.parametrize(
    "error", [TypeError("mine"), ValueError("mine"), RuntimeError("mine"), np.linalg.LinAlgError("x")]
)
@pytest.mark.parametrize(
    "within", ["minimize(f, [0.0], args=(x,))", "quad(f, 0.0, 1.0, args=(x[0],))", "vectorize(f)(x)"]
)
def test_an_error_of_a_function_that_a_library_calls_stays_as_it_is(error: Exception, within: str) -> None:
    optimize, integrate = pytest.importorskip("scipy.optimize"), pytest.importorskip("scipy.integrate")
    names = {"minimize": optimize.minimize, "quad": integrate.quad, "vectorize": np.vectorize}

    def f(*_: Any) -> Any:
        raise error

    with pytest.raises(type(error)) as caught:
        df.gradient(lambda x: eval(within, names | {"f": f, "x": x}), POINT)
    assert caught.value is error


def test_a_refusal_that_a_library_catches_is_handed_on() -> None:
    def f(a: Any) -> Any:
        return np.loadtxt(["1"], converters=lambda _: float(a))

    with pytest.raises(ValueError, match=r"^numpy\.\w+ failed on dual numbers \(.*\): float\(\): .* use \.value"):
        df.derivative(f, 1.0)


def test_a_refusal_that_the_user_catches_explains_no_later_error() -> None:
    def f(x: Any) -> Any:
        try:
            return math.sin(x[0])
        except TypeError:
            return np.reshape(np.ones(4), (3, 3))

    with pytest.raises(ValueError, match=r"^cannot reshape array of size 4 into shape \(3,3\)$"):
        df.gradient(f, POINT)


def test_a_singular_matrix_is_called_so() -> None:
    with pytest.raises(np.linalg.LinAlgError, match=r"^Singular matrix$"):
        df.gradient(lambda x: np.linalg.inv(x[:, None] * np.ones(4))[0, 0], POINT)


def _sparse(kind: str) -> Any:
    return getattr(pytest.importorskip("scipy.sparse"), kind)(np.diag([1.0, 2.0, 3.0, 4.0]))


@pytest.mark.parametrize("kind", ["csr_array", "coo_array", "csc_matrix"])
@pytest.mark.parametrize("text", ["S @ x", "x @ S", "S * x", "S.dot(x)", "S @ list(x)", "S + x", "S - x"])
def test_a_sparse_array_says_what_to_do(kind: str, text: str) -> None:
    def called(x: Any) -> Any:
        return np.ravel(eval(text, {"S": matrix, "x": x}))

    matrix = _sparse(kind)
    fault = _fault(text, called)
    assert fault is None


@pytest.mark.parametrize("text", ["S @ x", "x @ S", "S.dot(x)"])
def test_a_sparse_array_says_what_to_do_outside_of_a_derivative(text: str) -> None:
    with pytest.raises(TypeError, match=r"use S\.toarray\(\)"):
        eval(text, {"S": _sparse("csr_array"), "x": df.DualArray(POINT, 1.0)})


def test_a_special_function_says_what_to_do_outside_of_a_derivative() -> None:
    special = pytest.importorskip("scipy.special")
    x = df.DualArray(POINT, 1.0)
    with pytest.raises(
        TypeError, match=r"^scipy\.special\.logsumexp takes no dual numbers: use dual_autodiff\.special\."
    ):
        special.logsumexp(x)


def test_a_special_function_that_is_right_with_objects_stays_so() -> None:
    special = pytest.importorskip("scipy.special")
    found = df.jacobian(special.softmax, POINT)
    np.testing.assert_allclose(found, slopes(special.softmax, POINT), rtol=1e-7, atol=1e-7)
