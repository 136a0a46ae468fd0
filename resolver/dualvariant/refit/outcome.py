"""What a refit has found, and what it has done, for each distribution."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from dualvariant.target.installed import Installed

__all__ = ["Action", "Finding", "Outcome"]


class Action(str, Enum):
    """What a refit does with one distribution."""

    #: It takes another wheel of the same release.
    EXCHANGE = "exchange"
    #: It goes back to the wheel that an installer had brought.
    UNDO = "undo"
    #: It stays: it is the best wheel already, or its release has no variants.
    KEEP = "keep"
    #: It stays although another wheel may be better, or it may not be known where it comes from.
    LEAVE = "leave alone"

    def __str__(self) -> str:
        return self.value


class Finding(NamedTuple):
    """What is to be done, or was done, with one distribution.

    Args:
        installed: what was there.
        action: what is to be done.
        reason: why, in words.
        wheel: the file name of the wheel that takes its place; None if it stays.
        chosen: that wheel in words.
        done: whether it has been done.
    """

    installed: Installed
    action: Action
    reason: str
    wheel: str | None = None
    chosen: str | None = None
    done: bool = False

    @property
    def changes(self) -> bool:
        """Whether the distribution is to be exchanged, or was."""
        return self.action in (Action.EXCHANGE, Action.UNDO)

    @property
    def is_left_alone(self) -> bool:
        """Whether it stays although another wheel may be better."""
        return self.action is Action.LEAVE

    def with_reason(self, reason: str) -> Finding:
        """The finding with another reason."""
        return self._replace(reason=reason)

    def left_alone(self, reason: str) -> Finding:
        """The finding after it has turned out that the distribution has to stay as it is."""
        return self._replace(action=Action.LEAVE, reason=reason, wheel=None, chosen=None, done=False)

    def to_dict(self) -> dict[str, Any]:
        """The form that it has in ``refit --json``."""
        return {
            **self.installed.to_dict(),
            "action": str(self.action),
            "reason": self.reason,
            "wheel": self.wheel,
            "done": self.done,
        }


class Outcome(NamedTuple):
    """How a refit ended.

    Args:
        code: 0 if everything that was to be done is done, or would be; 1 if a distribution that was named is left
            alone, or an exchange has failed; the exit code of the engine if that has failed.
        python: the interpreter of the environment.
        prefix: the environment.
        findings: one for each distribution, by name.
    """

    code: int
    python: Path
    prefix: Path
    findings: Sequence[Finding]

    @property
    def pending(self) -> Sequence[Finding]:
        """What is to be exchanged and has not been: all of that after a dry run."""
        return [finding for finding in self.findings if finding.changes and not finding.done]

    @property
    def told(self) -> Sequence[Finding]:
        """What the user learns of: what changes, and what is left alone."""
        return [finding for finding in self.findings if finding.changes or finding.is_left_alone]

    def to_dict(self) -> dict[str, Any]:
        """The document of ``refit --json``."""
        return {
            "schema": "dualvariant/refit-outcome/1",
            "python": str(self.python),
            "prefix": str(self.prefix),
            "distributions": [finding.to_dict() for finding in self.findings],
        }
