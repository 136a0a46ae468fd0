"""Who raised an error: dual_autodiff itself, or Python and other libraries."""

import traceback
from pathlib import PurePath

__all__ = ["raised_by_us"]


def raised_by_us(error: BaseException) -> bool:
    """The innermost frame is a file of the package, and the error is meant for its user."""
    if not isinstance(error, (TypeError, ValueError, NotImplementedError)):
        return False
    frames = traceback.extract_tb(error.__traceback__)
    # A compiled module's frames name the source it was compiled from: src/dual_autodiff/_core.pyx.
    return bool(frames) and "dual_autodiff" in PurePath(frames[-1].filename).parts
