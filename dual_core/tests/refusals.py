"""Who raised an error: dual_autodiff itself, or Python and other libraries."""

from __future__ import annotations

import traceback
from pathlib import PurePath

__all__ = ["error_of_ours", "raised_by_us"]


def raised_by_us(error: BaseException) -> bool:
    """The innermost frame is a file of the package, and the error is meant for its user.

    An error that explains a library's is of that one's class, and has it as its cause.
    """
    explains = isinstance(error, (AttributeError, RuntimeError)) and error.__cause__ is not None
    if not explains and not isinstance(error, (TypeError, ValueError, NotImplementedError)):
        return False
    frames = traceback.extract_tb(error.__traceback__)
    # A compiled module's frames name the source it was compiled from: src/dual_autodiff/_core.pyx.
    return bool(frames) and "dual_autodiff" in PurePath(frames[-1].filename).parts


def error_of_ours(error: BaseException) -> BaseException | None:
    """The error itself or the one behind it that dual_autodiff raised; None if no part of it is ours.

    A library may wrap an error of ours, or, in C, not notice it until Python does (a SystemError).
    """
    found: BaseException | None = error
    while found is not None and not raised_by_us(found):
        found = found.__cause__ or found.__context__
    return found
