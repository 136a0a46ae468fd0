"""What a choice of wheels depends on, and the digest that changes with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from packaging.utils import NormalizedName

from dualvariant.requirements.allowed_hashes import AllowedHashes
from dualvariant.requirements.format_control import FormatControl
from dualvariant.requirements.release_rules import ReleaseRules
from dualvariant.settings.upload_limits import UploadLimits
from variantlib.preferences import LabelRules, Preferences
from variantlib.profile import HostProfile

if TYPE_CHECKING:
    from dualvariant.trial.failures import WheelFailure

__all__ = ["Choice"]


class Choice(NamedTuple):
    """Everything that a choice depends on, except the files that the sources list.

    Args:
        profile: what the host supports.
        tags: the wheel tags of the target interpreter, best first.
        python: the target interpreter's version.
        named: preferences for single projects.
        others: preferences for every other project.
        hashes: the hashes of the files that may be installed, for projects whose requirement lists some.
        formats: whether wheels and sdists may be installed.
        uploads: when files must have been uploaded.
        rules: which releases count, and which are preferred.
        label_rules: what the user has said about the providers of label variants.
        failures: the wheels that have failed on this CPU, by file name and sha256.
        hides_variant_releases: no release is shown of which only variants fit.
    """

    profile: HostProfile
    tags: tuple[str, ...]
    python: str
    named: Mapping[NormalizedName, Preferences] = MappingProxyType({})
    others: Preferences = Preferences()
    hashes: Mapping[NormalizedName, AllowedHashes] = MappingProxyType({})
    formats: FormatControl = FormatControl()
    uploads: UploadLimits = UploadLimits()
    rules: ReleaseRules = ReleaseRules()
    label_rules: LabelRules = LabelRules()
    failures: Mapping[tuple[str, str], WheelFailure] = MappingProxyType({})
    hides_variant_releases: bool = False

    def preferences(self, project: NormalizedName) -> Preferences:
        """What the user asked for of this project."""
        return self.named.get(project, self.others)

    def find_failure(self, filename: str, find_sha256: Callable[[], str | None]) -> WheelFailure | None:
        """The failure of a wheel on this CPU, if there was one.

        Args:
            filename: its file name.
            find_sha256: its digest, or None where that is not known; asked for only if a wheel of that name has failed.
        """
        if not any(name == filename for name, _ in self.failures):
            return None
        return self.failures.get((filename, find_sha256() or ""))

    def digest(self, sources: Sequence[str]) -> str:
        """16 hexadecimal digits that change with anything here, or with where the files come from.

        They are a part of every URL under which the choice is served, so that a cache of an installer never answers
        with another choice.

        Args:
            sources: the identity of the sources (:attr:`dualvariant.repository.sources.SourceSettings.identity`).
        """
        parts = [
            self.profile.to_dict(),
            [self.python, *self.tags],
            sorted((name, _as_list(wish)) for name, wish in self.named.items()),
            _as_list(self.others),
            sorted((name, listed.to_list()) for name, listed in self.hashes.items()),
            [sorted(self.formats.no_binary), sorted(self.formats.only_binary)],
            self.uploads.to_list(),
            self.rules.to_list(),
            list(sources),
            [sorted(self.label_rules.enabled), sorted(self.label_rules.stand_ins.items())],
            [sorted(self.label_rules.listed), sorted(self.label_rules.plugins.items())],
            sorted(self.failures),
            self.hides_variant_releases,
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _as_list(wish: Preferences) -> list[object]:
    return [list(wish.wanted), wish.no_variant, wish.force, wish.properties.to_list()]
