"""Which releases an installer considers, and which it prefers: ``--pre`` and the options beside it, as pip reads them.

Source: ``pip._internal.models.release_control`` and ``index.package_finder`` of pip 26.3; what uv 0.13.9 takes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from packaging.specifiers import Specifier, SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from dualvariant.requirements.name_sets import ALL, add_names
from dualvariant.requirements.prereleases import Prereleases
from dualvariant.requirements.uv_strategies import UvStrategies

__all__ = ["RELEASE_FLAGS", "RELEASE_OPTIONS", "ReleaseRules", "has_arbitrary_equality"]

#: The options with a value that :meth:`ReleaseRules.apply` takes.
RELEASE_OPTIONS = frozenset({"--all-releases", "--only-final"})
#: Those without one.
RELEASE_FLAGS = frozenset({"--pre", "--prefer-binary", "--ignore-requires-python"})

#: What every operator of a version specifier has one of.
_COMPARISONS = frozenset("<>=!~")


def has_arbitrary_equality(specifier: SpecifierSet) -> bool:
    """Whether ``===`` is among the operators (:pep:`440`): to pip it compares text, to uv versions."""
    return any(spec.operator == "===" for spec in specifier)


class ReleaseRules(NamedTuple):
    """Which releases count.

    Args:
        all_releases: projects, or ``:all:``, whose pre-releases count.
        only_final: projects, or ``:all:``, whose pre-releases do not count.
        prefer_binary: an older release with a wheel comes before a newer one that must be built.
        ignore_requires_python: files for other Python versions count.
        uv: uv's strategies, if uv was asked for. Of ``Requires-Python`` only lower bounds count then,
            and a project whose final releases are all yanked has none, so that its pre-releases count.
    """

    all_releases: frozenset[str] = frozenset()
    only_final: frozenset[str] = frozenset()
    prefer_binary: bool = False
    ignore_requires_python: bool = False
    uv: UvStrategies | None = None

    @property
    def as_uv(self) -> bool:
        """Whether uv was asked for."""
        return self.uv is not None

    @property
    def take_lowest(self) -> bool:
        """Whether the lowest release that fits is taken, and not the newest."""
        return self.uv is not None and self.uv.takes_lowest

    def compares_text(self, specifier: SpecifierSet) -> bool:
        """Whether the text of a version counts; the files of a release may write it in several ways."""
        return not self.as_uv and has_arbitrary_equality(specifier)

    def apply(self, option: str, value: str = "", *, of_file: bool = False) -> ReleaseRules:
        """The rules after one more option; of two that contradict each other the later one counts.

        Args:
            option: its full name.
            value: its value; empty for a flag.
            of_file: it is in a requirement file. uv passes over all of these there, with a warning.
        """
        if of_file and self.as_uv:
            return self
        if option == "--pre":
            return self._replace(all_releases=self.all_releases | {ALL})
        if option == "--prefer-binary":
            return self._replace(prefer_binary=True)
        if option == "--ignore-requires-python":
            return self._replace(ignore_requires_python=True)
        if option == "--all-releases":
            all_releases, only_final = add_names(value, self.all_releases, self.only_final)
        else:
            only_final, all_releases = add_names(value, self.only_final, self.all_releases)
        return self._replace(all_releases=all_releases, only_final=only_final)

    def prereleases(self, project: NormalizedName, specifier: SpecifierSet) -> Prereleases:
        """Which pre-releases of a project count.

        Args:
            project: the project.
            specifier: all that is asked of it.
        """
        if self.uv is not None:
            return self.uv.prereleases(project, specifier)
        for name in (project, ALL):
            if name in self.all_releases:
                return Prereleases.ALL
            if name in self.only_final:
                return Prereleases.NONE
        return Prereleases.ALL if specifier.prereleases else Prereleases.LAST

    def to_list(self) -> list[object]:
        """A form that differs where the rules do."""
        flags = [self.prefer_binary, self.ignore_requires_python]
        return [sorted(self.all_releases), sorted(self.only_final), *flags, self.uv and self.uv.to_list()]

    def admits_python(self, requires_python: str | None, python: str) -> bool:
        """Whether a ``Requires-Python`` admits a version of Python.

        To pip, an invalid one admits all; to uv, none. But uv reads some that pip refuses, and so only one without any
        comparison is known to be invalid to it.

        Source: ``RequiresPython::is_contained_by`` of uv 0.13.9 for its lower bounds, and measurements.
        """
        if requires_python is None or self.ignore_requires_python:
            return True
        return _admits(requires_python, python, lower_bounds=self.as_uv)


@lru_cache(maxsize=256)
def _admits(requires_python: str, python: str, *, lower_bounds: bool) -> bool:
    """Many files of a page share one ``Requires-Python``."""
    try:
        specifiers = SpecifierSet(requires_python)
        if not lower_bounds:
            return specifiers.contains(python, prereleases=True)
        return all(_is_above(specifier, Version(python)) for specifier in specifiers)
    except ValueError:  # InvalidSpecifier, or a number with more digits than Python reads
        return not lower_bounds or not _COMPARISONS.isdisjoint(requires_python)


def _is_above(specifier: Specifier, python: Version) -> bool:
    if specifier.operator not in (">=", ">", "~=", "==", "==="):
        return True
    lowest = Version(specifier.version.removesuffix(".*"))
    return python > lowest if specifier.operator == ">" else python >= lowest
