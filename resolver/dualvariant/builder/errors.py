"""Errors of a build beyond usage and bad data; each ends the command with exit code 1."""

from __future__ import annotations

from dualvariant.core.errors import DualvariantError

__all__ = [
    "BrokenWheelError",
    "BuildFailedError",
    "FlagsError",
    "NoProviderError",
    "NoSourceError",
    "NothingCompiledError",
    "RejectedWheelsError",
    "RepairFailedError",
    "UnfitWheelError",
]


class BuildFailedError(DualvariantError):
    """A project's own build failed; its log has the reason."""

    code = "build-failed"


class NoSourceError(BuildFailedError):
    """There is no source distribution to build from: none on the index, or none can be made of the source tree."""

    code = "no-source"


class UnfitWheelError(BuildFailedError):
    """A project's build made a wheel that cannot be what its job asks for."""

    code = "unfit-wheel"


class NothingCompiledError(UnfitWheelError):
    """A variant was to be built of a project that compiles nothing: its standard wheel is all that it needs."""

    code = "nothing-compiled"


class BrokenWheelError(BuildFailedError):
    """A wheel, or a file in it, cannot be read or rewritten."""

    code = "broken-wheel"


class RepairFailedError(BuildFailedError):
    """The libraries that a wheel needs cannot be copied into it."""

    code = "repair-failed"


class RejectedWheelsError(BuildFailedError):
    """Wheels were built, and their labels do not match their code, or they do not run."""

    code = "wheels-rejected"


class FlagsError(DualvariantError):
    """There are no compiler flags for a property, so its variant cannot be built."""

    code = "no-build-flags"


class NoProviderError(FlagsError):
    """No installed provider knows the property."""

    code = "no-build-provider"
