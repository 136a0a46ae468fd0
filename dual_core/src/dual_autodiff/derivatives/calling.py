"""A user's function is called: where a library fails on its dual numbers, the error says what to do instead.

NumPy, SciPy and pandas ask an array of dual numbers what to do with it, but not the numbers in a list or in an array of
objects. There they fail in words of their own ("no callable exp method"), which do not say what would work.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from itertools import accumulate, takewhile
from types import FrameType
from typing import Any

from dual_autodiff.scalars.levels import NONE, tag_of
from dual_autodiff.scalars.real_part import is_of_a_library

__all__ = ["FAILURES", "call", "explain", "refuse_objects"]

#: The errors by which a library fails on numbers that it does not know.
FAILURES = (TypeError, ValueError, AttributeError, RuntimeError)

#: NumPy's words about a universal function, whose own code leaves no frame in a traceback.
_UFUNC = r"ufunc '(\w+)' not supported|loop of ufunc does not support .* no callable (\w+) method"

_ONE_ARRAY = "give it one array, which numpy.stack and reshape make of the numbers"
_NO_RULE = "write it with functions of NumPy or dual_autodiff, or give it a rule with dual_autodiff.primitive"


def call(f: Callable[..., Any], *args: Any) -> Any:
    """The result of *f*, with the errors of :func:`explain`."""
    try:
        return f(*args)
    except FAILURES as error:
        explain(error)
        raise


def explain(error: Exception) -> None:
    """Where a library failed on the dual numbers of a user's function, say what to do instead.

    The library may have failed for another reason, as with a shape that does not fit, so the class of its error stays.

    :raises TypeError, ValueError, AttributeError, RuntimeError: a library failed on dual numbers; its own is the cause
    """
    # Other classes, as LinAlgError, tell what is wrong with the numbers, and not with their type.
    kind = TypeError if isinstance(error, TypeError) else type(error)
    if kind not in FAILURES:
        return
    frames = _innermost_frames_of_a_library(error)
    refusal = _refusal_behind(error, frames) if frames else None
    if refusal:
        raise kind(f"{_what_to_do(frames)[0]} failed on dual numbers ({error}): {refusal}") from error
    if frames and _holds_duals(frames[0].f_locals.values()):
        name, instead = _what_to_do(frames)
        raise kind(f"{name} failed on dual numbers ({error}): if it takes plain numbers, {instead}") from error
    import re  # only here: on Python 3.13, a sixth of what importing this package costs

    found = None if frames else re.match(_UFUNC, str(error))
    if found:
        name = found[1] or found[2]
        raise TypeError(f"{error}. Where it was given dual numbers: {_instead_of(name)}") from error


def refuse_objects(frame: FrameType | None) -> None:
    """Refuse an array of objects to a library's function that fails on it.

    :param frame: the function that asks for the array
    :raises TypeError: it belongs to SciPy's sparse arrays, or works for one of its special functions that is here too
    """
    frames: list[FrameType] = []
    while frame is not None and _is_of_a_library(frame):
        frames.insert(0, frame)
        frame = frame.f_back
    if any(each.f_globals["__name__"].startswith(("scipy.special", "scipy.sparse")) for each in frames):
        name, instead = _what_to_do(frames)
        # Others, such as softmax, may be right with objects.
        if instead != _NO_RULE:
            raise TypeError(f"{name} takes no dual numbers: {instead}")


def _frames_of(error: BaseException) -> list[FrameType]:
    """The frames of the traceback, outermost first."""
    frames = []
    step = error.__traceback__
    while step is not None:
        frames.append(step.tb_frame)
        step = step.tb_next
    return frames


def _innermost_frames_of_a_library(error: Exception) -> list[FrameType]:
    """The frames, outermost first, from the call of a library to where it failed; none if it failed elsewhere."""
    return [*takewhile(_is_of_a_library, reversed(_frames_of(error)))][::-1]


def _refusal_behind(error: BaseException, within: list[FrameType]) -> BaseException | None:
    """The error of this package for which a library has raised *error*; None if there is none.

    :param within: the frames of the library
    """
    outside = [frame for frame in _frames_of(error) if frame not in within]
    found = error.__cause__ or error.__context__
    while found is not None:
        frames = _frames_of(found)
        # The first one has caught it: if that is a user's function, the library has failed later, for another reason.
        if frames and frames[0] not in outside and _is_ours(frames[-1]):
            return found
        found = found.__cause__ or found.__context__
    return None


def _is_of_a_library(frame: FrameType) -> bool:
    return is_of_a_library(frame.f_globals.get("__name__"))


def _is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).startswith("dual_autodiff.")


def _holds_duals(values: Iterable[Any]) -> bool:
    """Whether one of these is or holds a dual number, in arrays, and in lists and dicts, which may hold themselves."""
    waiting = list(values)
    seen: dict[int, Any] = {}  # with the objects themselves, for a number may go from one object to the next
    while waiting:
        value = waiting.pop()
        if tag_of(value) > NONE:
            return True
        if id(value) not in seen:
            seen[id(value)] = value
            waiting.extend(_held(value))
    return False


def _held(value: Any) -> Iterable[Any]:
    """What a list, a dict or an array of objects holds."""
    if isinstance(value, (list, tuple)):
        return value
    if isinstance(value, dict):
        return value.values()
    try:
        return [value.tolist()] if value.dtype.kind == "O" else ()
    except Exception:  # of something else, such as a library's object that is not complete yet
        return ()


def _what_to_do(frames: list[FrameType]) -> tuple[str, str]:
    """The public name of the function that was called, or that of its package, and what to do instead."""
    from dual_autodiff.arrays.by_name import has_rule
    from dual_autodiff.arrays.kinds import INSTEAD_OF_SPARSE

    module = _public(frames[0].f_globals["__name__"])
    if module.startswith("scipy.sparse"):
        return module, INSTEAD_OF_SPARSE
    for frame in frames:  # the first ones may be wrappers
        name = _name_of(frame)
        package = _package_with(name, module, frame.f_globals["__name__"])
        if package:
            function = getattr(sys.modules[package], name)
            return f"{package}.{name}", _ONE_ARRAY if has_rule(function) else _instead_of(name)
    return module, _NO_RULE


def _package_with(name: str, module: str, where: str) -> str | None:
    """The package around *module* that offers the function *name* of the module *where*; None if there is none."""
    packages = accumulate(module.split("."), "{}.{}".format)
    functions = {package: getattr(sys.modules.get(package), name, None) for package in packages}
    found = [package for package, function in functions.items() if callable(function)]
    own = getattr(sys.modules.get(where), name, None)
    same = [package for package in found if functions[package] is own]
    return next(iter(same or found[::-1]), None)


def _name_of(frame: FrameType) -> str:
    """The function that runs, or the class whose method it is."""
    return type(frame.f_locals["self"]).__name__ if "self" in frame.f_locals else frame.f_code.co_name


def _public(module: str) -> str:
    """The package that users import: ``numpy.linalg`` of ``numpy.linalg._linalg``."""
    return module.partition("._")[0]


def _instead_of(name: str) -> str:
    """What to do in place of a library's function of this name."""
    import numpy

    import dual_autodiff
    from dual_autodiff.arrays.by_name import has_rule

    if name in dual_autodiff.__all__:
        return f"use dual_autodiff.{name}"
    if "scipy.special" in sys.modules:
        from dual_autodiff import special

        if name in special.__all__:
            return f"use dual_autodiff.special.{name}"
    if has_rule(getattr(numpy.linalg, name, None)):
        return f"use numpy.linalg.{name} of one array"
    return _NO_RULE
