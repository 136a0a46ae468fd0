"""Candidates and their verdicts: chosen, beaten or rejected, each with a reason.

A reason is an object, and becomes a sentence only when it is shown: selection makes one for each of ten thousand
wheels.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Protocol

from attrs import frozen

from variantlib.meta import VariantDescription, VariantMeta
from variantlib.order import Ranking
from variantlib.profile import HostProfile
from variantlib.wheel_name import WheelName

__all__ = [
    "Beaten",
    "Candidate",
    "Chosen",
    "Excluded",
    "LabelDialect",
    "NotAskedFor",
    "Outcome",
    "Reason",
    "Unsupported",
    "VariantsOff",
    "Verdict",
    "WrongTags",
]


@frozen
class Candidate:
    """A wheel that could be installed.

    Args:
        wheel: what its file name says.
        description: the properties it needs; None for a standard wheel.
        excluded: why it is out before anything is compared (its properties cannot be read, it needs another Python),
            or None.
    """

    wheel: WheelName
    description: VariantDescription | None = None
    excluded: str | None = None


class Outcome(str, Enum):
    """The possible outcomes for a candidate."""

    CHOSEN = "chosen"
    BEATEN = "beaten"
    REJECTED = "rejected"

    def __str__(self) -> str:
        return self.value


class Reason(Protocol):
    """Why a verdict is what it is; ``str()`` puts it into words."""

    def __str__(self) -> str: ...


@frozen
class Verdict:
    """The verdict on one candidate: its outcome, and the reason."""

    candidate: Candidate
    outcome: Outcome
    reason: Reason

    def to_dict(self) -> dict[str, Any]:
        """The form a verdict has in ``explain --json``."""
        wheel, description = self.candidate.wheel, self.candidate.description
        return {
            "filename": wheel.filename,
            "dialect": str(wheel.dialect),
            "label": wheel.label,
            "properties": description.properties if description else [],
            "verdict": str(self.outcome),
            "reason": str(self.reason),
        }


@frozen
class Chosen:
    """The candidate is the best of those that fit, or of those that were forced."""

    candidate: Candidate
    fitting: int
    ranking: Ranking

    def __str__(self) -> str:
        if self.candidate.description is not None:
            lacking = self.ranking.key(self.candidate.description)
            if isinstance(lacking, VariantMeta):
                return f"forced, although it {Unsupported(lacking, self.ranking.profile)}"
        kind = "variant" if self.candidate.description else "standard wheel"
        if self.fitting == 1:
            return f"the only wheel that fits, a {kind}"
        return f"the best of {self.fitting} wheels that fit, a {kind}"


@frozen
class Beaten:
    """The candidate fits, and another one is better.

    Args:
        by: the better one.
        candidate: this one.
        ranking: the order by which their properties were compared.
        same_tag: whether the best tag of both is the same.
    """

    by: Candidate
    candidate: Candidate
    ranking: Ranking
    same_tag: bool

    def __str__(self) -> str:
        return f"beaten by {self.by.wheel.label or self.by.wheel.filename}: {self._why()}"

    def _why(self) -> str:
        best, this = self.by, self.candidate
        if best.description is not None and this.description is None:
            return "a variant that fits comes before the standard wheel"
        if best.description is not None and this.description is not None:
            if self._forced(this) and not self._forced(best):
                return "this host supports all that it needs"
            best_metas = self.ranking.by_importance(best.description)
            these = self.ranking.by_importance(this.description)
            if len(best_metas) != len(these):
                kind = "properties" if self._forced(best) else "fitting properties"
                return f"it has more {kind}, {len(best_metas)} against {len(these)}"
            if self._forced(best):
                return self._same_properties()
            # All features are compared before any value is.
            for theirs, ours in zip(best_metas, these, strict=True):
                if (theirs.provider, theirs.key) != (ours.provider, ours.key):
                    return (
                        f"'{theirs.provider} :: {theirs.key}' is more important here "
                        f"than '{ours.provider} :: {ours.key}'"
                    )
            for theirs, ours in zip(best_metas, these, strict=True):
                if theirs != ours:
                    return f"'{theirs}' is better here than {ours.value}"
        return self._same_properties()

    def _forced(self, candidate: Candidate) -> bool:
        """Whether the host lacks a property of it, and the user forced it."""
        return candidate.description is not None and isinstance(self.ranking.key(candidate.description), VariantMeta)

    def _same_properties(self) -> str:
        if not self.same_tag:
            return "its tags fit this interpreter better"
        if self.by.wheel.build != self.candidate.wheel.build:
            return "it has a higher build number"
        return "it is listed first, and they do not differ otherwise"


@frozen
class Unsupported:
    """The candidate needs a property that the host does not have."""

    needs: VariantMeta
    profile: HostProfile
    #: What the provider says is missing for it, if it was asked (:class:`variantlib.provider.ReasonProvider`).
    lacks: str | None = None

    def __str__(self) -> str:
        return f"needs '{self.needs}', {self._says()}" + (f" ({self.lacks})" if self.lacks else "")

    def _says(self) -> str:
        name = self.needs.provider
        for provider in self.profile.providers:
            if provider.provider == name:
                for config in provider.configs:
                    if config.key == self.needs.key:
                        return f"provider {name} says {', '.join(config.values)}"
                return f"provider {name} does not offer the key here"
        return f"no provider {name!r} speaks for this host"


@frozen
class WrongTags:
    """The candidate is for another interpreter, ABI or platform."""

    candidate: Candidate

    def __str__(self) -> str:
        wheel = self.candidate.wheel
        return f"'{wheel.python}-{wheel.abi}-{wheel.platform}' is not for this interpreter"


@frozen
class NotAskedFor:
    """The user named other variants."""

    wanted: tuple[str, ...]

    def __str__(self) -> str:
        return f"--variant asks for {', '.join(map(repr, self.wanted))}"


@frozen
class VariantsOff:
    """The user wants standard wheels only."""

    def __str__(self) -> str:
        return "--no-variant asks for standard wheels only"


@frozen
class LabelDialect:
    """The candidate is a variant of the label dialect, which is recognised and not selected."""

    def __str__(self) -> str:
        return "label variants (PEP 825) are recognised, but not selected by this version"


@frozen
class Excluded:
    """The candidate was excluded before anything was compared."""

    why: str

    def __str__(self) -> str:
        return self.why
