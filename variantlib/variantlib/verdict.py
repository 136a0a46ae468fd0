"""Candidates and their verdicts: chosen, beaten or rejected, each with a reason.

A reason is an object, and becomes a sentence only when it is shown: selection makes one for each of ten thousand
wheels.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Protocol

from attrs import frozen

from variantlib.label_meta import LabelVariant
from variantlib.label_order import LabelRanking
from variantlib.label_verdict import describe_better_label
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.order import Ranking
from variantlib.profile import HostProfile
from variantlib.wheel_name import WheelName

__all__ = [
    "Beaten",
    "BeatenByKind",
    "Candidate",
    "Chosen",
    "Excluded",
    "Kind",
    "LabelBeaten",
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
        description: the properties that it needs: of a hash variant, or of a label with what its source says of it;
            None for a standard wheel.
        excluded: why it is out before anything is compared (its properties cannot be read, it needs another Python),
            or None.
    """

    wheel: WheelName
    description: VariantDescription | LabelVariant | None = None
    excluded: str | None = None

    @property
    def kind(self) -> Kind:
        """Which of the four groups of a release it belongs to."""
        if isinstance(self.description, VariantDescription):
            return _HASH_KIND
        if self.description is None:
            return Kind.STANDARD
        return Kind.LABEL if self.description.data else Kind.NULL


class Kind(int, Enum):
    """The groups of a release's wheels, the one that comes first with the smallest number."""

    LABEL = 0
    HASH = 1
    #: The label variant without properties.
    NULL = 2
    STANDARD = 3


# Members of an enumeration are looked up slowly.
_HASH_KIND = Kind.HASH


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
            **({"names": list(description.names)} if description and description.names else {}),
            "properties": description.properties if description else [],
            "verdict": str(self.outcome),
            "reason": str(self.reason),
        }


@frozen
class Chosen:
    """The candidate is the best of those that fit, or of those that were forced.

    Args:
        candidate: the candidate.
        fitting: how many wheels fit.
        lacking: what the host lacks for it, if it was forced.
    """

    candidate: Candidate
    fitting: int
    lacking: Reason | None = None

    def __str__(self) -> str:
        if self.lacking is not None:
            return f"forced, although it {self.lacking}"
        kind = "a standard wheel" if self.candidate.description is None else "a variant"
        if self.fitting == 1:
            return f"the only wheel that fits, {kind}"
        return f"the best of {self.fitting} wheels that fit, {kind}"


@frozen
class _Beaten:
    """The candidate fits, and another one is better.

    Args:
        by: the better one.
        candidate: this one.
        same_tag: whether the best tag of both is the same.
    """

    by: Candidate
    candidate: Candidate
    same_tag: bool

    def __str__(self) -> str:
        return f"beaten by {self.by.wheel.label or self.by.wheel.filename}: {self._why() or self._same_properties()}"

    def _why(self) -> str | None:
        """What decides between their properties; None if that is nothing."""
        raise NotImplementedError

    def _same_properties(self) -> str:
        if not self.same_tag:
            return "its tags fit this interpreter better"
        if self.by.wheel.build != self.candidate.wheel.build:
            return "it has a higher build number"
        return "it is listed first, and they do not differ otherwise"


_SUPPORTS_ALL = "this host supports all that it needs"


@frozen
class Beaten(_Beaten):
    """A hash variant or standard wheel that fits, and another one is better.

    Args:
        ranking: the order by which their properties were compared.
    """

    ranking: Ranking

    def _why(self) -> str | None:
        best, this = self.by.description, self.candidate.description
        if not isinstance(best, VariantDescription) or not isinstance(this, VariantDescription):
            return None
        if self._is_forced(this) and not self._is_forced(best):
            return _SUPPORTS_ALL
        best_metas = self.ranking.by_importance(best)
        these = self.ranking.by_importance(this)
        if len(best_metas) != len(these):
            kind = "properties" if self._is_forced(best) else "fitting properties"
            return f"it has more {kind}, {len(best_metas)} against {len(these)}"
        if self._is_forced(best):
            return None
        # All features are compared before any value is.
        for theirs, ours in zip(best_metas, these, strict=True):
            if (theirs.provider, theirs.key) != (ours.provider, ours.key):
                return (
                    f"'{theirs.provider} :: {theirs.key}' is more important here than '{ours.provider} :: {ours.key}'"
                )
        for theirs, ours in zip(best_metas, these, strict=True):
            if theirs != ours:
                return f"'{theirs}' is better here than {ours.value}"
        return None

    def _is_forced(self, description: VariantDescription) -> bool:
        """Whether the host lacks a property of it, and the user forced it."""
        return isinstance(self.ranking.key(description), VariantMeta)


@frozen
class LabelBeaten(_Beaten):
    """A label variant that fits, and another one is better.

    Args:
        ranking: the order of the document of this one.
    """

    ranking: LabelRanking

    def _why(self) -> str | None:
        best, this = self.by.description, self.candidate.description
        if not isinstance(best, LabelVariant) or not isinstance(this, LabelVariant):
            return None
        if not isinstance(self.ranking.key(this), str):
            return _SUPPORTS_ALL
        if best.source != this.source:
            return "it is from a source that comes first, and variants of two sources are not compared"
        return describe_better_label(self.ranking, best, this)


@frozen
class BeatenByKind(_Beaten):
    """A candidate of another group than the better one: label variants, hash variants, ``null``, standard wheels.

    Args:
        is_forced: whether the user forced the better one, and the host lacks something for it.
    """

    is_forced: bool = False

    def _why(self) -> str:
        if self.candidate.kind is Kind.STANDARD:
            return "a variant that fits comes before the standard wheel"
        if self.candidate.kind is Kind.NULL:
            return "variants with properties that fit come before the one without"
        if self.by.kind is Kind.LABEL:
            return "label variants come before hash variants"
        return "it has more properties" if self.is_forced else _SUPPORTS_ALL


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
        return f"no provider {name!r} reports anything for this host"


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
class Excluded:
    """The candidate was excluded before anything was compared."""

    why: str

    def __str__(self) -> str:
        return self.why
