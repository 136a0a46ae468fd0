"""Which of a project's releases uv takes: its strategies for pre-releases and for the resolution.

Source: uv's documentation, "Pre-release handling" and "Resolution strategy". What uv 0.13.9 does was measured, and a
test asks it: a final release that fits comes first, even if the specifier names a pre-release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from dualvariant.requirements.prereleases import Prereleases
from dualvariant.settings.installer_options import find_values
from variantlib.versions import try_version

if TYPE_CHECKING:
    from dualvariant.settings.uv_config import UvConfig

__all__ = ["UvStrategies", "read_uv_strategies"]


class UvStrategies(NamedTuple):
    """uv's strategies, by their names in uv.

    Args:
        prerelease: the one for pre-releases of projects without their own.
        of_projects: those of single projects.
        resolution: ``highest``, ``lowest`` or ``lowest-direct``.
    """

    prerelease: str = "if-necessary-or-explicit"
    of_projects: Mapping[NormalizedName, str] = MappingProxyType({})
    resolution: str = "highest"

    @property
    def takes_lowest(self) -> bool:
        """Whether it takes the lowest release of what is asked for, and not the newest."""
        return self.resolution in ("lowest", "lowest-direct")

    def prereleases(self, project: NormalizedName, specifier: SpecifierSet) -> Prereleases:
        """Which pre-releases of a project count.

        Args:
            project: the project.
            specifier: all that is asked of it.
        """
        strategy = self.of_projects.get(project, self.prerelease)
        if strategy == "allow":
            return Prereleases.ALL
        if strategy == "disallow" or (strategy == "explicit" and not _names_prerelease(specifier)):
            return Prereleases.NONE
        return Prereleases.LAST

    def to_list(self) -> list[object]:
        """A form that differs where the strategies do."""
        return [self.prerelease, sorted(self.of_projects.items()), self.resolution]


def read_uv_strategies(uv: UvConfig, arguments: Sequence[str], *, pre: bool) -> UvStrategies:
    """The strategies of uv's settings.

    Args:
        uv: the settings.
        arguments: uv's command line, which comes before them.
        pre: ``--pre`` is given, which comes before everything.
    """
    usual = UvStrategies()
    found = {
        "prerelease": str(uv.value("prerelease") or usual.prerelease),
        "resolution": str(uv.value("resolution") or usual.resolution),
    }
    packages = uv.value_of_files("prerelease-package")
    projects = dict(packages) if isinstance(packages, Mapping) else {}
    for option, value in find_values(arguments, ("--prerelease", "--prerelease-package", "--resolution")):
        if option == "--prerelease-package":
            name, _, strategy = value.partition("=")
            projects[name] = strategy
        else:
            found[option[2:]] = value
    if pre or "--pre" in arguments:
        found["prerelease"] = "allow"
    of_projects = {canonicalize_name(name): str(strategy) for name, strategy in projects.items()}
    return UvStrategies(found["prerelease"], of_projects, found["resolution"])


def _names_prerelease(specifier: SpecifierSet) -> bool:
    """Whether it names a pre-release that it does not exclude."""
    named = [try_version(spec.version.removesuffix(".*")) for spec in specifier if spec.operator != "!="]
    return any(version is not None and version.is_prerelease for version in named)
