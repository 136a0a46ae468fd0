"""Ask providers, each in a short-lived process of its own, all at once; ``conversation.py`` speaks with the processes.

A provider that raises, hangs, crashes, prints or gives a bad answer is left out, and costs no more than the time limit.
"""

from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Sequence

from dualvariant.core.errors import ProviderFailedError, UsageError
from dualvariant.host._depends import VARIABLE, read_state
from dualvariant.host.answer import ProviderAnswer, ProviderFailure, make_printable, parse_answer
from dualvariant.host.conversation import Question, Reply, converse
from dualvariant.host.discovery import ProviderEntry

__all__ = ["TIME_LIMIT", "ask_build_flags", "ask_why_not", "parse_reply", "read_time_limit", "run_providers"]

#: Seconds that a provider may take, where the environment does not say another number.
TIME_LIMIT = 10.0

#: The environment variable that says how many seconds a provider may take.
LIMIT_VARIABLE = "DUALVARIANT_PROVIDER_TIMEOUT"

#: What a failure depends on, whatever the provider names: the limit, and where programs and libraries are found.
_FAILURES_DEPEND_ON = [f"{VARIABLE}{name}" for name in (LIMIT_VARIABLE, "PATH", "LD_LIBRARY_PATH")]

#: Seconds for words about a property that is missing: they are not worth waiting for.
_TIME_FOR_WORDS = 2.0

_FLAG_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


def read_time_limit() -> float:
    """The seconds that a provider may take.

    Raises:
        UsageError: the environment says something else than a number of seconds.
    """
    text = os.environ.get(LIMIT_VARIABLE)
    if not text:
        return TIME_LIMIT
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= 3600:
        raise UsageError(
            f"{LIMIT_VARIABLE} must be a number of seconds, above 0 and at most 3600: {text!r}",
            f"unset the variable (the limit is then {TIME_LIMIT:g} s), or set a number",
        )
    return seconds


def run_providers(entries: Sequence[ProviderEntry]) -> list[ProviderAnswer | ProviderFailure]:
    """What each provider says about this host, in the order given."""
    detected_at = time.time()
    replies = converse([Question(entry) for entry in entries], read_time_limit())
    return [parse_reply(entry, reply, detected_at) for entry, reply in zip(entries, replies, strict=True)]


def parse_reply(entry: ProviderEntry, reply: Reply, detected_at: float) -> ProviderAnswer | ProviderFailure:
    """A provider's answer, or why there is none.

    Args:
        entry: the provider.
        reply: what came back from its process.
        detected_at: when it was asked, in seconds since the epoch.
    """
    depends_on = reply.depends_on
    if depends_on is not None:
        # The provider may not see every variable that it names; what the answer depends on is the variable as it is.
        depends_on = {name: read_state(name) if name.startswith(VARIABLE) else s for name, s in depends_on.items()}
    reason = reply.problem
    if reason is None:
        try:
            document = {**reply.document, "depends_on": depends_on}
            return parse_answer(entry, document, "run", detected_at, reply.seconds)
        except ValueError as error:
            reason = f"its answer is not valid: {error}"
    if depends_on is not None:
        depends_on = {**depends_on, **{name: read_state(name) for name in _FAILURES_DEPEND_ON}}
    return ProviderFailure(entry, reason, depends_on, "run", detected_at, reply.seconds, reply.timed_out)


def ask_build_flags(
    entry: ProviderEntry, properties: Sequence[tuple[str, str]], compiler: str
) -> list[dict[str, list[str]] | None]:
    """How to build for a provider's properties, all asked in one process.

    Args:
        entry: the provider.
        properties: (key, value) pairs.
        compiler: ``gcc``, ``clang`` or ``zig``.

    Returns:
        For each property the flags by environment variable; None where the provider has none for this compiler.

    Raises:
        ProviderFailedError: the provider failed, or its answer is not valid.
    """
    question = {"properties": [list(pair) for pair in properties], "compiler": compiler}
    [reply] = converse([Question(entry, question)], read_time_limit())
    if reply.problem is None:
        flags = reply.document.get("flags")
        if isinstance(flags, list) and len(flags) == len(properties):
            wrong = next((item for item in flags if not _are_flags(item)), None)
            if wrong is None:
                return flags
            reason = f"its answer is not valid: build_flags() must return lists of flags by variable: {wrong!r}"
        else:
            reason = f"its answer is not valid: {flags!r}"
    else:
        reason = reply.problem
    raise ProviderFailedError(
        str(ProviderFailure(entry, reason)),
        f"report it to the authors of {entry.distribution}; 'dualvariant plugins check' asks every provider",
    )


def ask_why_not(
    entry: ProviderEntry, missing: Sequence[tuple[str, str]], supported: dict[str, list[str]]
) -> list[str | None]:
    """What a host lacks for some of a provider's properties, in words, all asked in one process.

    Args:
        entry: the provider.
        missing: (key, value) pairs that the host does not support.
        supported: what it does support, values by key.

    Returns:
        For each pair the words, or None. None for each pair if the provider fails: the words are not essential.
    """
    question = {"missing": [list(pair) for pair in missing], "supported": supported}
    [reply] = converse([Question(entry, question)], min(read_time_limit(), _TIME_FOR_WORDS))
    reasons = reply.document.get("why")
    if not isinstance(reasons, list) or len(reasons) != len(missing):
        return [None] * len(missing)
    return [make_printable(words)[:200] if isinstance(words, str) else None for words in reasons]


def _are_flags(item: object) -> bool:
    return item is None or (
        isinstance(item, dict)
        and all(_FLAG_VARIABLE.fullmatch(variable) for variable in item)
        and all(isinstance(flags, list) for flags in item.values())
        and all(isinstance(flag, str) and "\0" not in flag for flags in item.values() for flag in flags)
    )
