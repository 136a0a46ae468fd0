"""Why wheels cannot be fused."""

from __future__ import annotations

from collections.abc import Sequence

from dualvariant.core.errors import BadDataError

__all__ = ["CannotFuseError"]


class CannotFuseError(BadDataError):
    """Wheels that cannot be one wheel; the message has every reason, and names the file.

    Args:
        subject: what was to be fused.
        problems: the reasons, a sentence each.
        next_step: what the user can do.
    """

    code = "cannot-fuse"

    def __init__(self, subject: str, problems: Sequence[str], next_step: str) -> None:
        self.problems = tuple(problems)
        shown = problems[0] if len(problems) == 1 else "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(f"cannot fuse {subject}: {shown}", next_step)
