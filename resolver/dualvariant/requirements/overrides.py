"""uv's overrides and exclusions: other requirements in the place of all that name a project, or none of them.

Source: uv's documentation, "Resolution", and ``Overrides::apply`` of the crate ``uv-configuration`` (0.13).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import Factory, define
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from dualvariant.requirements.markers import applies
from dualvariant.requirements.request import Request

__all__ = ["Overrides"]


@define
class Overrides:
    """What takes the place of requirements.

    Args:
        replaced: project → the overrides that name it.
        excluded: the projects that nothing asks for any more.
    """

    replaced: dict[NormalizedName, list[Requirement]] = Factory(dict)
    excluded: set[NormalizedName] = Factory(set)

    def override(self, requirement: Requirement) -> None:
        """Have a requirement take the place of the others of its project."""
        self.replaced.setdefault(canonicalize_name(requirement.name), []).append(requirement)

    def exclude(self, requirement: Requirement) -> None:
        """Have a project left out."""
        self.excluded.add(canonicalize_name(requirement.name))

    def apply(self, requests: Sequence[Request], markers: Mapping[str, str]) -> list[Request]:
        """The requests as uv reads them; one of whose overrides none is for the target is left out.

        Args:
            requests: what is asked for.
            markers: the values of the target.
        """
        changed = []
        for request in requests:
            if request.project in self.excluded:
                continue
            if request.requirement is None or request.project not in self.replaced:
                changed.append(request)
                continue
            overrides = [override for override in self.replaced[request.project] if applies(override, markers)]
            if overrides:
                requirement = Requirement(str(request.requirement))
                requirement.specifier = SpecifierSet()
                for override in overrides:
                    requirement.specifier &= override.specifier
                changed.append(Request(str(requirement), requirement))
        return changed
