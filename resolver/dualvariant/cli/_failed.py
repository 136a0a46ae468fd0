"""The wheels that have failed on this CPU, in the words of ``list``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from dualvariant.target.installed import Installed
    from dualvariant.trial.failures import WheelFailure

__all__ = ["FailedWheels", "read_this_cpu"]


class FailedWheels(NamedTuple):
    """The failures that are kept for one CPU."""

    failures: Sequence[WheelFailure]

    def of(self, distribution: Installed) -> list[WheelFailure]:
        """The wheels of the installed release that have failed, what is installed now among them."""
        return [failure for failure in self.failures if failure.is_of_release(distribution)]

    def to_dict(self, distribution: Installed) -> dict[str, Any]:
        """The key that such a release has more than others in JSON."""
        found = self.of(distribution)
        return {"failed": [failure.to_dict() for failure in found]} if found else {}

    def to_lines(self, distribution: Installed) -> Iterator[str]:
        """A line for each of them."""
        for failure in self.of(distribution):
            which = "this variant" if failure.label == distribution.label else f"variant {failure.label}"
            yield f"{which} is not installed again: {failure.words}"


def read_this_cpu() -> FailedWheels:
    """What is kept for this CPU."""
    from dualvariant.host.identity import make_cpu_digest
    from dualvariant.trial.failures import read_failures

    return FailedWheels(read_failures(make_cpu_digest))
