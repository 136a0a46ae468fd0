"""Findings: what an audit can find in a wheel, and which findings make it mislabelled."""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple

__all__ = ["Finding", "Kind", "Severity"]


class Severity(str, Enum):
    """How bad a finding is."""

    #: The wheel is mislabelled: it is not what its label and its tags say.
    ERROR = "error"
    #: The wheel may be mislabelled, or has another defect; a person should look.
    WARNING = "warning"

    def __str__(self) -> str:
        return self.value


class Kind(str, Enum):
    """What was found; the value is what ``--json`` says."""

    #: Machine code needs an instruction set that the label does not promise.
    BEYOND_LABEL = "beyond-label"
    #: Code beyond the label runs when the wheel is imported, although the wheel asks the processor.
    UNGUARDED = "unguarded"
    #: Code beyond the label of which the project says that it chooses it at run time.
    DECLARED = "declared"
    #: The label asks for instruction sets, and no instruction of any of them is there.
    NOTHING_ABOVE_BASELINE = "nothing-above-baseline"
    #: The label asks for an instruction set, and nothing in the wheel is compiled.
    NOT_COMPILED = "not-compiled"
    #: The library's ELF note refuses processors that the label promises to serve.
    NOTE_ABOVE_LABEL = "note-above-label"
    #: A library is for another architecture than the platform tag.
    OTHER_ARCHITECTURE = "other-architecture"
    #: A variant with the machine code of the standard wheel.
    EQUALS_STANDARD = "equals-standard"
    #: A variant with the machine code of another variant.
    EQUALS_VARIANT = "equals-variant"
    #: The code needs less than the label asks for.
    LESS_THAN_LABEL = "less-than-label"
    #: The code asks the processor at run time, so that what it needs cannot be told from outside.
    RUN_TIME_DISPATCH = "run-time-dispatch"
    #: What looks like instructions is among bytes that are no instructions.
    DOUBTFUL = "doubtful"
    #: There is no ELF note, so a lesser processor meets an illegal instruction.
    NOTE_MISSING = "note-missing"
    #: There is an ELF note, and its level is below the label's.
    NOTE_BELOW = "note-below"
    #: A property that no provider knows: no host can have it.
    UNKNOWN_PROPERTY = "unknown-property"
    #: A file, or a property, that this audit cannot judge.
    NOT_JUDGED = "not-judged"

    def __str__(self) -> str:
        return self.value


class Finding(NamedTuple):
    """One finding.

    Args:
        kind: what was found.
        severity: whether it makes the wheel mislabelled.
        message: the finding in a sentence, without the wheel's name.
        module: the file in the wheel that it was found in; None for the wheel as a whole.
    """

    kind: Kind
    severity: Severity
    message: str
    module: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As ``--json`` has it."""
        return {
            "kind": str(self.kind),
            "severity": str(self.severity),
            "module": self.module,
            "message": self.message,
        }

    def __str__(self) -> str:
        return f"{self.module}: {self.message}" if self.module else self.message
