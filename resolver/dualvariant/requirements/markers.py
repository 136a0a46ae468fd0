"""Environment markers (PEP 508): whether a requirement is meant for the target."""

from __future__ import annotations

from collections.abc import Mapping

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import Requirement

__all__ = ["applies"]


def applies(requirement: Requirement, markers: Mapping[str, str]) -> bool:
    """Whether a requirement's marker admits the target; one that cannot be evaluated is the installer's to report.

    Args:
        requirement: the requirement.
        markers: the values of the target.
    """
    if requirement.marker is None:
        return True
    try:
        return requirement.marker.evaluate({**markers, "extra": ""})
    except (UndefinedComparison, UndefinedEnvironmentName):
        return True
