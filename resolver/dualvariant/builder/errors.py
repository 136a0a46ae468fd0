"""What can go wrong in a build beyond usage and bad data: exit code 1, the answer is no."""

from __future__ import annotations

from dualvariant.core.errors import DualvariantError

__all__ = ["BuildFailedError", "FlagsError"]


class BuildFailedError(DualvariantError):
    """A project's own build failed, or made something else than it was to make; its log says why."""

    code = "build-failed"


class FlagsError(DualvariantError):
    """There are no flags for a property, so its variant cannot be built."""

    code = "no-build-flags"
