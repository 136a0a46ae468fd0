"""Candidates and their verdicts: chosen, beaten or rejected, each with a reason.

A reason is an object, and becomes a sentence only when it is shown. Why a wheel is not the best one is found only then
(:mod:`variantlib.beaten`): selection has a verdict for each of ten thousand wheels.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, NamedTuple, Protocol

from attrs import frozen

from variantlib.label_meta import LabelVariant
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.profile import HostProfile
from variantlib.wheel_name import WheelName

__all__ = [
    "Candidate",
    "Chosen",
    "Excluded",
    "Kind",
    "NotAskedFor",
    "Outcome",
    "Reason",
    "ReasonFinder",
    "Unsupported",
    "VariantsOff",
    "Verdict",
    "WrongTags",
    "list_some",
]

#: A longer list of values is cut in a sentence: a driver supports dozens of versions.
_MOST_IN_A_SENTENCE = 6


class Candidate(NamedTuple):
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


class ReasonFinder:
    """Finds the reason for the verdict on a candidate when it is asked for."""

    __slots__ = ()

    def find(self, candidate: Candidate) -> Reason:
        raise NotImplementedError


class Verdict(NamedTuple):
    """The verdict on one candidate.

    Args:
        candidate: the candidate.
        outcome: its outcome.
        why: the reason, or what finds it.
    """

    candidate: Candidate
    outcome: Outcome
    why: Reason | ReasonFinder

    @property
    def reason(self) -> Reason:
        """Why its outcome is what it is."""
        found = self.why
        return found.find(self.candidate) if isinstance(found, ReasonFinder) else found

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


class Chosen(NamedTuple):
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


class Unsupported(NamedTuple):
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
                        return f"provider {name} says {list_some(config.values)}"
                return f"provider {name} does not offer the key here"
        return f"no provider {name!r} reports anything for this host"


def list_some(values: Sequence[str]) -> str:
    """Values for a sentence: all of a short list, and the best ones of a long one."""
    if len(values) <= _MOST_IN_A_SENTENCE:
        return ", ".join(values)
    return f"{', '.join(values[:3])} and {len(values) - 3} more"


class WrongTags(NamedTuple):
    """The candidate is for another interpreter, ABI or platform."""

    candidate: Candidate

    def __str__(self) -> str:
        wheel = self.candidate.wheel
        return f"'{wheel.python}-{wheel.abi}-{wheel.platform}' is not for this interpreter"


class NotAskedFor(NamedTuple):
    """The user named other variants."""

    wanted: tuple[str, ...]

    def __str__(self) -> str:
        return f"--variant asks for {', '.join(map(repr, self.wanted))}"


@frozen
class VariantsOff:
    """The user wants standard wheels only."""

    def __str__(self) -> str:
        return "--no-variant asks for standard wheels only"


class Excluded(NamedTuple):
    """The candidate was excluded before anything was compared."""

    why: str

    def __str__(self) -> str:
        return self.why
