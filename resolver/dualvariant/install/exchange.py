"""Exchanges: a release that is installed as one variant is installed again as another one.

To an installer, an installed release satisfies a requirement, whichever variant of it that is. So an exchange has to be
asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dualvariant.selection.plan import Plan
from dualvariant.target.installed import Installed
from variantlib.verdict import Candidate, Outcome

__all__ = ["Exchange", "find_exchanges"]


class Exchange(NamedTuple):
    """One installed distribution, and the wheels of its release that can take its place.

    Args:
        installed: what is there.
        candidates: the wheels that fit, best first; a later check may refuse the first.
    """

    installed: Installed
    candidates: Sequence[Candidate]

    @property
    def requirement(self) -> str:
        """``NAME==VERSION``, by which an engine installs it again."""
        return f"{self.installed.name}=={self.candidates[0].wheel.version}"


def find_exchanges(plans: Iterable[Plan], installed: Iterable[Installed]) -> list[Exchange]:
    """The planned releases that are installed as another variant than the best one.

    Args:
        plans: what the requests come to.
        installed: the distributions of the target.
    """
    present = {found.name: found for found in installed}
    exchanges = []
    for plan in plans:
        found, release = present.get(plan.project.name), plan.taken
        if found is None or release is None or release.chosen is None:
            continue
        if found.is_of_version(release.version) and not found.is_of(release.chosen.wheel):
            fitting = [v.candidate for v in release.verdicts if v.outcome is not Outcome.REJECTED]
            exchanges.append(Exchange(found, fitting))
    return exchanges
