"""Which variant each installed fused wheel loads, in the words of ``list`` and ``check``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from packaging.utils import NormalizedName

from dualvariant.core.report import TerminalReporter
from variantlib.fused import OVERRIDE, FusedWheel
from variantlib.profile import HostProfile

if TYPE_CHECKING:
    from dualvariant.target.installed import Installed

__all__ = ["ActiveVariants", "describe", "read_this_host"]


@frozen
class ActiveVariants:
    """The variants that fused wheels load.

    Args:
        names: project → the variant's name; None where the import fails.
        override: the value of ``DUALVARIANT_FUSED``; empty if it is not set.
    """

    names: Mapping[NormalizedName, str | None] = field(hash=False)
    override: str

    def to_dict(self, distribution: Installed) -> dict[str, Any]:
        """The keys that a fused wheel has more than others in JSON."""
        fused = distribution.fused
        if not isinstance(fused, FusedWheel):
            return {}
        return {"fused": {"variants": fused.names, "active": self.names[distribution.name]}}

    def to_text(self, distribution: Installed) -> str:
        """``v3 is active (of v4, v3, none)``; empty for what is no fused wheel."""
        fused = distribution.fused
        if not isinstance(fused, FusedWheel):
            return fused or ""
        active = self.names[distribution.name]
        said = self.explain_failure(distribution) if active is None else f"{active} is active"
        return f"{said} (of {', '.join(fused.names)})"

    def explain_failure(self, distribution: Installed) -> str | None:
        """Why a fused wheel cannot be imported; None if it can, or is none."""
        fused = distribution.fused
        if isinstance(fused, str):
            return fused
        if fused is None or self.names[distribution.name] is not None:
            return None
        return f"{OVERRIDE} is {self.override!r}, which it does not have, or not for this processor"


def describe(installed: Iterable[Installed], profile: HostProfile) -> ActiveVariants:
    """Find what each fused wheel loads on a host.

    Args:
        installed: distributions, fused wheels and others.
        profile: the host.
    """
    override = os.environ.get(OVERRIDE, "")
    names = {
        distribution.name: distribution.fused.find_active(profile, override)
        for distribution in installed
        if isinstance(distribution.fused, FusedWheel)
    }
    return ActiveVariants(names, override)


def read_this_host(installed: Iterable[Installed]) -> HostProfile:
    """This host's profile; an empty one where no fused wheel is installed, and nobody has to be asked."""
    if not any(isinstance(distribution.fused, FusedWheel) for distribution in installed):
        return HostProfile()
    from dualvariant.host.read import read_host
    from dualvariant.settings.options import ProfileOptions

    return read_host(ProfileOptions(), TerminalReporter()).profile
