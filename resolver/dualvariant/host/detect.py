"""From the installed providers to the profile of this host."""

from __future__ import annotations

from collections import defaultdict

from attrs import frozen

from dualvariant.core.report import Reporter
from dualvariant.host.answer import ProviderAnswer, ProviderFailure
from dualvariant.host.cache import ProviderCache, cache_directory
from dualvariant.host.discovery import ProviderEntry, find_providers, installed_distributions
from dualvariant.host.foreign import find_foreign_variantlib
from variantlib.profile import HostProfile

__all__ = ["Detection", "detect"]


@frozen
class Detection:
    """The providers' answers about this host.

    Args:
        profile: what the host offers, providers in alphabetical order.
        answers: every provider that answered, also with nothing to say, by name.
        failures: every provider that did not, and why.
        warnings: defects of this environment.
        notes: what only costs time, such as answers that could not be kept.
    """

    profile: HostProfile
    answers: tuple[ProviderAnswer, ...] = ()
    failures: tuple[ProviderFailure, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

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


def detect(*, refresh: bool = False) -> Detection:
    """What this host offers: kept answers, and failures, where they are still good; the other providers are asked.

    Args:
        refresh: ask every provider, and keep the new answers.

    Raises:
        UsageError: DUALVARIANT_PROVIDER_TIMEOUT is no number of seconds (found when a provider is asked).
    """
    distributions = installed_distributions()
    entries = find_providers(distributions)
    cache = ProviderCache(cache_directory())
    kept = {} if refresh else {entry: cache.load(entry) for entry in entries}
    outcomes = [outcome for outcome in kept.values() if outcome is not None]
    notes: dict[str, None] = {}
    asked = [entry for entry in entries if kept.get(entry) is None]
    if asked:
        from dualvariant.host.runner import run_providers

        for outcome in run_providers(asked):
            outcomes.append(outcome)
            problem = cache.save(outcome)
            if problem is not None:
                notes[f"the providers' answers cannot be kept: {problem}"] = None
    failures = [outcome for outcome in outcomes if isinstance(outcome, ProviderFailure)]
    answers, refused = _refuse_shared_names([o for o in outcomes if isinstance(o, ProviderAnswer)])
    answers.sort(key=lambda answer: answer.name)
    failures = sorted([*failures, *refused], key=lambda failure: str(failure.entry))
    foreign = find_foreign_variantlib(distributions)
    return Detection(
        HostProfile(answer.config for answer in answers if answer.config is not None),
        tuple(answers),
        tuple(failures),
        () if foreign is None else (foreign,),
        tuple(notes),
    )


def _refuse_shared_names(
    answers: list[ProviderAnswer],
) -> tuple[list[ProviderAnswer], list[ProviderFailure]]:
    """A name that two providers claim belongs to neither: a wheel's property does not say which one it means."""
    claims: dict[str, list[ProviderAnswer]] = defaultdict(list)
    for answer in answers:
        claims[answer.name].append(answer)
    good = [claimed[0] for claimed in claims.values() if len(claimed) == 1]
    refused = []
    for name, claimed in claims.items():
        for answer in claimed if len(claimed) > 1 else ():
            others = ", ".join(str(other.entry) for other in claimed if other is not answer)
            reason = f"it claims the name {name!r}, and so does {others}: none of them is used"
            refused.append(ProviderFailure(answer.entry, reason))
    return good, refused
