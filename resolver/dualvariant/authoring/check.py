"""Check a provider against its contract: it is run several times, and each point of the contract gets a verdict."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from dualvariant.authoring.subjects import Subject
from dualvariant.host.answer import ProviderAnswer, ProviderFailure, make_printable
from dualvariant.host.conversation import Question, Reply, converse
from dualvariant.host.detect import find_all_providers
from dualvariant.host.discovery import OWN_DISTRIBUTION, PROGRAM
from dualvariant.host.environment import is_secret
from dualvariant.host.machines import BARE_MACHINE
from dualvariant.host.runner import parse_reply, read_time_limit

__all__ = ["Point", "ProviderCheck", "check_provider"]

#: Seconds above which a provider makes every first command feel slow.
_SLOW = 1.0

#: A value that no provider offers, for ``why_not``.
_ABSENT = "no_such_value"

State = Literal["ok", "note", "failed"]


class Point(NamedTuple):
    """One point of the contract.

    Args:
        name: what it is about.
        state: ``ok``; ``note`` for what is allowed, and may surprise; ``failed`` for what breaks the contract.
        words: what was found, and what to do about it.
    """

    name: str
    state: State
    words: str


class ProviderCheck(NamedTuple):
    """Everything that was found out about a provider.

    Args:
        subject: the provider.
        outcome: its answer, or why there is none.
        output: what it printed.
        traceback: where it failed, if it raised an exception.
        points: the points of the contract.
    """

    subject: Subject
    outcome: ProviderAnswer | ProviderFailure
    output: str
    traceback: str
    points: tuple[Point, ...]

    @property
    def passed(self) -> bool:
        """Whether no point of the contract failed."""
        return all(point.state != "failed" for point in self.points)

    @property
    def values(self) -> dict[str, list[str]] | None:
        """What it says about this host, values by key; None for nothing."""
        config = self.outcome.config if isinstance(self.outcome, ProviderAnswer) else None
        return None if config is None else {item.key: list(item.values) for item in config.configs}

    def to_dict(self) -> dict[str, Any]:
        """The form of ``plugins check --json``."""
        entry, answer = self.subject.entry, self.outcome
        return {
            "provider": answer.name if isinstance(answer, ProviderAnswer) else None,
            "entry": entry.target,
            "distribution": entry.distribution,
            "version": entry.version,
            "contract": entry.contract,
            "passed": self.passed,
            "values": self.values,
            "seconds": None if answer.seconds is None else round(answer.seconds, 3),
            "reason": answer.reason if isinstance(answer, ProviderFailure) else None,
            "traceback": self.traceback or None,
            "output": self.output,
            "points": [{"name": p.name, "state": p.state, "words": p.words} for p in self.points],
        }


def check_provider(subject: Subject) -> ProviderCheck:
    """Run a provider once alone, then again, without hardware, and with its optional methods.

    Raises:
        UsageError: DUALVARIANT_PROVIDER_TIMEOUT is no number of seconds.
    """
    limit = read_time_limit()

    def ask(more: Mapping[str, Any] | None = None, machine: Mapping[str, Any] | None = None) -> Question:
        return Question(subject.entry, more or {}, subject.search_path, detail=True, machine=machine)

    [first] = converse([ask()], limit)
    outcome = parse_reply(subject.entry, first, time.time())
    points = [*_check_answer(subject, outcome, first)]
    if isinstance(outcome, ProviderAnswer):
        supported = _values_of(outcome)
        wishes = [[key, value] for key, values in supported.items() for value in values] or [["key", _ABSENT]]
        missing = [[key, _ABSENT] for key in supported] or [["key", _ABSENT]]
        again, bare, flags, why = converse(
            [
                ask(),
                ask(machine=BARE_MACHINE),
                ask({"properties": wishes, "compiler": "gcc"}),
                ask({"missing": missing, "supported": supported}),
            ],
            limit,
        )
        points += _check_again(subject, outcome, again, bare)
        points += _check_methods(flags, why, len(wishes), len(missing))
    traceback = first.document.get("traceback")
    return ProviderCheck(subject, outcome, first.output, traceback if isinstance(traceback, str) else "", tuple(points))


def _values_of(answer: ProviderAnswer) -> dict[str, list[str]]:
    return {} if answer.config is None else {item.key: list(item.values) for item in answer.config.configs}


def _check_answer(subject: Subject, outcome: ProviderAnswer | ProviderFailure, reply: Reply) -> Iterator[Point]:
    """What one run shows."""
    entry = subject.entry
    if isinstance(outcome, ProviderFailure):
        yield Point("answer", "failed", outcome.reason)
    else:
        said = "nothing: this host gets no variants of it" if outcome.config is None else "every value is well formed"
        yield Point("answer", "ok", said)
        yield from _check_name(subject, outcome)
        secret = [name for name in outcome.depends_on if name.startswith("env:") and is_secret(name[4:], "")]
        if secret:
            yield Point(
                "environment",
                "note",
                f"__depends_on__ names {secret[0]!r}, which looks like a secret: it is not passed on",
            )
    if reply.seconds > _SLOW:
        yield Point("time", "note", f"it took {reply.seconds:.1f} s: the first command waits for it")
    else:
        yield Point("time", "ok", f"it took {reply.seconds:.2f} s")
    if reply.output:
        yield Point("output", "note", "it prints; users never see that")
    else:
        yield Point("output", "ok", "it prints nothing")
    if subject.is_installed and entry.fingerprint is None:
        yield Point("cache", "note", "its files are not recorded (an editable install): its answers are never kept")


def _check_name(subject: Subject, answer: ProviderAnswer) -> Iterator[Point]:
    entry, name = subject.entry, answer.name
    others = [one for one in find_all_providers() if one.name == name and one.distribution != entry.distribution]
    if others and entry.distribution != OWN_DISTRIBUTION:
        yield Point("name", "failed", f"{name!r} is the name of {others[0]}: choose another one")
    elif entry.name != name and entry.contract != PROGRAM:
        yield Point("name", "note", f"the entry point is called {entry.name!r} and the provider {name!r}: use one name")
    else:
        yield Point("name", "ok", f"{name!r} is the name of nothing else here")


def _check_again(subject: Subject, answer: ProviderAnswer, again: Reply, bare: Reply) -> Iterator[Point]:
    """Whether the answer is the same each time, and what comes where there is no hardware."""
    second = parse_reply(subject.entry, again, time.time())
    if isinstance(second, ProviderFailure):
        yield Point("same answer", "failed", f"the second run failed: {second.reason}")
    elif second.config != answer.config:
        yield Point(
            "same answer", "failed", f"the first run said {_values_of(answer)}, the second {_values_of(second)}"
        )
    else:
        yield Point("same answer", "ok", "two runs say the same")
    without = parse_reply(subject.entry, bare, time.time())
    if isinstance(without, ProviderFailure):
        yield Point(
            "no hardware",
            "failed",
            f"without devices, drivers and programs: {without.reason}; run() must return None there",
        )
    else:
        same = "the same" if without.config == answer.config else f"{len(_values_of(without))} keys"
        said = "nothing" if without.config is None else same
        yield Point("no hardware", "ok", f"without devices, drivers and programs it says {said}")


def _check_methods(flags: Reply, why: Reply, wishes: int, missing: int) -> Iterator[Point]:
    """The optional methods; a provider without one answers None for each question."""
    for name, reply, key, count in (("build_flags", flags, "flags", wishes), ("why_not", why, "why", missing)):
        said = reply.document.get(key)
        if reply.problem is not None:
            yield Point(name, "failed", reply.problem)
        elif not isinstance(said, list) or len(said) != count:
            yield Point(name, "failed", f"its answer is not valid: {make_printable(repr(said))}")
        elif all(one is None for one in said):
            yield Point(name, "ok", "it has none")
        elif name == "why_not" and not all(isinstance(one, (str, type(None))) for one in said):
            yield Point(name, "failed", f"it must return str or None: {make_printable(repr(said))}")
        else:
            yield Point(name, "ok", make_printable(repr(next(one for one in said if one is not None))))
