"""From the installed providers to the profile of this host."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from attrs import frozen

from dualvariant.core.report import Reporter
from dualvariant.host.answer import ProviderAnswer, ProviderFailure
from dualvariant.host.cache import ProviderCache, cache_directory
from dualvariant.host.discovery import NEED_TRUST, ProviderEntry, find_providers, installed_distributions
from dualvariant.host.foreign import find_foreign_variantlib
from variantlib.profile import HostProfile

__all__ = ["Detection", "detect"]

#: The distribution of the built-in providers.
_OWN_DISTRIBUTION = "dualvariant"


@frozen
class Detection:
    """The providers' answers about this host.

    Args:
        profile: what the host offers, providers in alphabetical order.
        answers: every provider that answered, also with nothing to say, by name.
        failures: every provider that did not, and why.
        warnings: defects of this environment.
        notes: what only costs time, such as answers that could not be kept.
        untrusted: the plugins of other tools that were not asked, because the user has not said that they may be.
    """

    profile: HostProfile
    answers: tuple[ProviderAnswer, ...] = ()
    failures: tuple[ProviderFailure, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    untrusted: tuple[ProviderEntry, ...] = ()

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


def detect(*, refresh: bool = False) -> Detection:
    """What this host offers: kept answers, and failures, where they are still good; the other providers are asked.

    Args:
        refresh: ask every provider, and keep the new answers.

    Raises:
        UsageError: DUALVARIANT_PROVIDER_TIMEOUT is no number of seconds (found when a provider is asked).
    """
    distributions = installed_distributions()
    notes: dict[str, None] = {}
    found = find_providers(distributions)
    untrusted = _find_untrusted(found, notes)
    entries = [entry for entry in found if entry not in untrusted]
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
        tuple(untrusted),
    )


def _find_untrusted(entries: Sequence[ProviderEntry], notes: dict[str, None]) -> list[ProviderEntry]:
    """The plugins that the user has not said may be asked; the settings are read only if there is such a plugin."""
    candidates = [entry for entry in entries if entry.contract in NEED_TRUST]
    if not candidates:
        return []
    from dualvariant.settings.trusted_plugins import normalize_distribution, read_trusted_plugins

    trusted = read_trusted_plugins(lambda message: notes.setdefault(message))
    return [entry for entry in candidates if normalize_distribution(entry.distribution) not in trusted]


def _refuse_shared_names(
    answers: list[ProviderAnswer],
) -> tuple[list[ProviderAnswer], list[ProviderFailure]]:
    """A name that two providers claim belongs to neither: a wheel's property does not say which one it means.

    A built-in provider keeps its name if another one claims it too.
    """
    claims: dict[str, list[ProviderAnswer]] = defaultdict(list)
    for answer in answers:
        claims[answer.name].append(answer)
    good, refused = [], []
    for name, claimed in claims.items():
        own = [answer for answer in claimed if answer.entry.distribution == _OWN_DISTRIBUTION]
        kept = claimed if len(claimed) == 1 else own if len(own) == 1 else []
        good += kept
        for answer in claimed:
            if answer in kept:
                continue
            others = ", ".join(str(other.entry) for other in claimed if other is not answer)
            end = "that one is built in and is used" if kept else "none of them is used"
            refused.append(ProviderFailure(answer.entry, f"it claims the name {name!r}, and so does {others}: {end}"))
    return good, refused
