"""From the installed providers to the profile of this host."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from attrs import evolve

from dualvariant.core.report import Reporter
from dualvariant.host.answer import ProviderAnswer, ProviderFailure
from dualvariant.host.cache import ProviderCache, cache_directory
from dualvariant.host.discovery import (
    NEED_TRUST,
    OWN_DISTRIBUTION,
    ProviderEntry,
    find_misnamed_groups,
    find_providers,
    installed_distributions,
)
from dualvariant.host.foreign import find_foreign_variantlib
from dualvariant.host.overrides import Override, find_built_in_overrides, read_overrides
from dualvariant.host.programs import find_programs
from dualvariant.host.trust import Untrusted, split_by_trust
from variantlib.profile import HostProfile

__all__ = ["NO_FOREIGN_CODE", "Detection", "ask_providers", "detect", "find_all_providers"]

#: The environment variable that allows built-in providers only, if it is set to anything.
NO_FOREIGN_CODE = "DUALVARIANT_NO_FOREIGN_CODE"


class Detection(NamedTuple):
    """The providers' answers about this host.

    Args:
        profile: what the host offers, providers in alphabetical order.
        answers: every provider that answered, also with nothing to say, by name.
        failures: every provider that did not, and why.
        warnings: defects of this environment.
        notes: what only costs time, such as answers that could not be kept.
        untrusted: the providers that were not asked, because the user has not said that they may be, or that they
            may not.
        overrides: the variables that take the place of detection, in words.
    """

    profile: HostProfile
    answers: tuple[ProviderAnswer, ...] = ()
    failures: tuple[ProviderFailure, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    untrusted: tuple[Untrusted, ...] = ()
    overrides: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The name of every provider there is, also of those that have nothing to say, failed, or were not asked.

        A provider that did not answer is called as its entry point is.
        """
        silent = [*(failure.entry.name for failure in self.failures), *(one.entry.name for one in self.untrusted)]
        return sorted({*(answer.name for answer in self.answers), *silent})

    @property
    def packages(self) -> Mapping[str, tuple[str, str]]:
        """For each namespace that a trusted plugin of PEP 850 answers, its distribution and that one's version."""
        return {
            answer.name: (answer.entry.distribution, answer.entry.version)
            for answer in self.answers
            if answer.entry.contract in NEED_TRUST
        }

    @property
    def detected_at(self) -> float | None:
        """When the oldest of the answers was given, in seconds since the epoch; None without an answer."""
        return min((answer.detected_at for answer in self.answers), default=None)

    @property
    def kept_since(self) -> float | None:
        """When the oldest answer, or failure, that was kept was given; None if every provider was asked now."""
        outcomes: list[ProviderAnswer | ProviderFailure] = [*self.answers, *self.failures]
        return min((outcome.detected_at for outcome in outcomes if outcome.source == "cache"), default=None)

    def provider(self, name: str) -> ProviderEntry | None:
        """The installed provider of that name, also where it has nothing to say about this host."""
        return next((answer.entry for answer in self.answers if answer.name == name), None)

    def report(self, reporter: Reporter) -> None:
        """Report what went wrong."""
        for warning in self.warnings:
            reporter.warn(warning)
        for failure in self.failures:
            reporter.warn(str(failure))
        for override in self.overrides:
            reporter.note(override)


def detect(*, refresh: bool = False, foreign_code: bool = True) -> Detection:
    """What this host offers: kept answers, and failures, where they are still good; the other providers are asked.

    Args:
        refresh: ask every provider, and keep the new answers.
        foreign_code: whether providers that are not built in may be asked.

    Raises:
        UsageError: DUALVARIANT_PROVIDER_TIMEOUT is no number of seconds (found when a provider is asked), or a variable
            DUALVARIANT_HOST_<NAME> has another form than it may.
        BadDataError: the user's record of trusted plugins is damaged.
    """
    distributions = installed_distributions()
    notes: dict[str, None] = {}
    overrides = read_overrides()
    programs = find_programs(lambda message: notes.setdefault(message))
    entries, untrusted = split_by_trust(
        [*find_providers(distributions), *programs],
        foreign_code=foreign_code and not os.environ.get(NO_FOREIGN_CODE),
        note=lambda message: notes.setdefault(message),
    )
    # A provider that a variable names by its entry point need not run at all.
    replaced = [entry for entry in entries if any(override.matches(entry.name) for override in overrides)]
    replaced.sort(key=lambda entry: entry.distribution != OWN_DISTRIBUTION)
    outcomes = ask_providers([entry for entry in entries if entry not in replaced], notes, refresh=refresh)
    failures = [outcome for outcome in outcomes if isinstance(outcome, ProviderFailure)]
    answers, refused = _refuse_shared_names([o for o in outcomes if isinstance(o, ProviderAnswer)])
    answers, said = _override(answers, replaced, overrides)
    answers.sort(key=lambda answer: answer.name)
    failures = sorted([*failures, *refused], key=lambda failure: str(failure.entry))
    foreign = find_foreign_variantlib(distributions)
    return Detection(
        HostProfile(answer.config for answer in answers if answer.config is not None),
        tuple(answers),
        tuple(failures),
        (*(() if foreign is None else (foreign,)), *find_misnamed_groups(distributions)),
        tuple(notes),
        tuple(untrusted),
        (*find_built_in_overrides(), *said),
    )


def find_all_providers() -> list[ProviderEntry]:
    """Every provider, trusted or not, of every contract; none of them is asked."""
    return [*find_providers(installed_distributions()), *find_programs(lambda message: None)]


def ask_providers(
    entries: Sequence[ProviderEntry], notes: dict[str, None], *, refresh: bool
) -> list[ProviderAnswer | ProviderFailure]:
    """What the providers say: kept, where that is still good, or asked.

    Args:
        entries: the providers.
        notes: gets a message if answers cannot be kept.
        refresh: ask every provider.
    """
    cache = ProviderCache(cache_directory())
    kept = {} if refresh else {entry: cache.load(entry) for entry in entries}
    outcomes = [outcome for outcome in kept.values() if outcome is not None]
    asked = [entry for entry in entries if kept.get(entry) is None]
    if asked:
        from dualvariant.host.runner import run_providers

        for outcome in run_providers(asked):
            outcomes.append(outcome)
            problem = cache.save(outcome)
            if problem is not None:
                notes[f"the providers' answers cannot be kept: {problem}"] = None
    return outcomes


def _override(
    answers: list[ProviderAnswer], replaced: Sequence[ProviderEntry], overrides: Sequence[Override]
) -> tuple[list[ProviderAnswer], list[str]]:
    """The answers with those of the variables in the place of detected ones; and what the variables do, in words."""
    said = []
    for override in overrides:
        matching = [answer for answer in answers if override.matches(answer.name)]
        entries = [entry for entry in replaced if override.matches(entry.name)]
        answers = [answer for answer in answers if answer not in matching]
        if matching:
            new = [evolve(a, config=override.make_config(a.name), source="variable") for a in matching]
        else:
            name = entries[0].name if entries else override.variable.removeprefix("DUALVARIANT_HOST_").lower()
            entry = entries[0] if entries else ProviderEntry(name, override.variable, "-", "-")
            new = [ProviderAnswer(entry, name, entry.version, override.make_config(name), {}, "variable", time.time())]
            if not entries:
                said.append(f"no provider called '{name}' is installed: only {override.variable} says what it supports")
        answers += new
        said += [override.describe(answer.name) for answer in new]
    return answers, said


def _refuse_shared_names(
    answers: list[ProviderAnswer],
) -> tuple[list[ProviderAnswer], list[ProviderFailure]]:
    """A name that two providers claim belongs to neither: a wheel's property does not say which one it means.

    A built-in provider keeps its name if another one claims it too, and so does a provider that is the only one whose
    entry point has that name: another one cannot take it away.
    """
    claims: dict[str, list[ProviderAnswer]] = defaultdict(list)
    for answer in answers:
        claims[answer.name].append(answer)
    good, refused = [], []
    for name, claimed in claims.items():
        own = [answer for answer in claimed if answer.entry.distribution == OWN_DISTRIBUTION] or [
            answer for answer in claimed if answer.entry.name == name
        ]
        kept = claimed if len(claimed) == 1 else own if len(own) == 1 else []
        good += kept
        for answer in claimed:
            if answer in kept:
                continue
            others = ", ".join(str(other.entry) for other in claimed if other is not answer)
            why = "is built in" if kept and kept[0].entry.distribution == OWN_DISTRIBUTION else "has that entry point"
            end = f"that one {why} and is used" if kept else "none of them is used"
            refused.append(ProviderFailure(answer.entry, f"it claims the name {name!r}, and so does {others}: {end}"))
    return good, refused
