"""The Sphinx extension that leaves the fields of named tuples out of the lists of members.

They are among the arguments of their class, with words of ours; Python's own are "Alias for field number 0".
"""

from __future__ import annotations

from typing import Any


def skip_field(app: Any, what: str, name: str, member: object, skip: bool, options: Any) -> bool | None:
    """Whether autodoc leaves a member out; None if it decides itself."""
    return True if type(member).__name__ == "_tuplegetter" else None


def setup(app: Any) -> dict[str, bool]:
    """Connect to Sphinx."""
    app.connect("autodoc-skip-member", skip_field)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
