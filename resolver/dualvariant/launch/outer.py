"""A ``dualvariant`` inside of a ``dualvariant exec``: it sees the user's own settings, not the view of the outer one.

The outer one leaves, in one variable, what it has changed in the environment. Otherwise the inner one would take the
view for an index, on which the choice is made already.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, MutableMapping

__all__ = ["OUTER_VARIABLE", "record_changes", "restore_environment"]

#: The variable: a JSON object of names, each with the value before and after; null for none.
OUTER_VARIABLE = "DUALVARIANT_EXEC_BEFORE"


def record_changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """The second environment with a record of what differs from the first."""
    changed = {
        name: [before.get(name), after.get(name)]
        for name in sorted({*before, *after} - {OUTER_VARIABLE})
        if before.get(name) != after.get(name)
    }
    return {**after, OUTER_VARIABLE: json.dumps(changed)} if changed else dict(after)


def restore_environment(environment: MutableMapping[str, str] = os.environ) -> None:
    """Undo in an environment what an outer ``exec`` has changed there; a variable that was changed again stays."""
    text = environment.pop(OUTER_VARIABLE, None)
    if text is None:
        return
    try:
        before = json.loads(text)
        changed = {str(name): (old, new) for name, (old, new) in before.items()}
    except (ValueError, AttributeError, TypeError, RecursionError):
        return  # somebody else's variable
    for name, (old, new) in changed.items():
        if environment.get(name) != new:
            continue
        if isinstance(old, str):
            environment[name] = old
        else:
            environment.pop(name, None)
