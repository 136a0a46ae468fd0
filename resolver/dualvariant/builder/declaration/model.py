"""A package's builds as values: what is declared, and the wheels that it means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve, field, frozen

from dualvariant.builder.declaration.job import Flags, Job, Settings
from dualvariant.builder.declaration.matrix import matches
from dualvariant.core.errors import UsageError, did_you_mean
from variantlib.meta import VariantDescription, VariantMeta

__all__ = ["Configuration", "Declaration", "Override", "Wheels", "names_of"]


@frozen
class Configuration:
    """A variant that has a name.

    Args:
        variant: its properties.
        settings: what its build is told.
    """

    variant: VariantDescription
    settings: Settings


@frozen
class Override:
    """Settings for every variant that has some properties.

    Args:
        select: the properties; none of them selects the standard wheel alone.
        settings: what the builds are told.
    """

    select: tuple[VariantMeta, ...]
    settings: Settings

    def selects(self, variant: VariantDescription | None) -> bool:
        """Whether it is for this variant, or for the standard wheel."""
        return not self.select if variant is None else bool(self.select) and matches(variant, self.select)


@frozen
class Declaration:
    """A package's whole declaration.

    Args:
        jobs: every wheel, the standard wheel of each platform first.
        settings: what holds for each of them.
        configurations: the variants that have a name, whether a platform lists them or not.
        overrides: what holds for some variants.
        backend: the build backend that ``dualvariant.backend`` stands in front of; None if none is named.
        backend_path: where it is found, for a backend inside the source tree.
    """

    jobs: tuple[Job, ...]
    settings: Settings = field(factory=Settings, hash=False)
    configurations: Mapping[str, Configuration] = field(factory=dict, hash=False)
    overrides: tuple[Override, ...] = field(default=(), hash=False)
    backend: str | None = None
    backend_path: tuple[str, ...] = ()

    @property
    def flags(self) -> Flags:
        """What is added to every build's flags."""
        return self.settings.flags

    def only(self, platforms: Sequence[str]) -> Declaration:
        """The part that is for these platforms; all of it if none is named.

        Raises:
            UsageError: nothing is declared for one of them.
        """
        declared = list(dict.fromkeys(job.platform for job in self.jobs))
        for platform in platforms:
            if platform not in declared:
                raise UsageError(
                    f"no builds are declared for the platform: {platform!r}",
                    did_you_mean(platform, declared) or f"declared: {', '.join(declared)}",
                )
        return self.with_jobs(job for job in self.jobs if not platforms or job.platform in platforms)

    def named(self, names: Sequence[str]) -> Declaration:
        """The wheels that are named: by job, label, property, configuration, or ``standard``; all if none is named.

        Raises:
            UsageError: nothing of that name is declared.
        """
        chosen: dict[Job, None] = {}
        for name in names:
            found = [job for job in self.jobs if name in names_of(job)]
            if not found:
                known = dict.fromkeys(known for job in self.jobs for known in names_of(job))
                raise UsageError(
                    f"no wheel of that name is declared (--only): {name!r}",
                    did_you_mean(name, known) or "--list shows what is declared",
                )
            chosen.update(dict.fromkeys(found))
        return self.with_jobs(job for job in self.jobs if not names or job in chosen)

    def with_jobs(self, jobs: Iterable[Job]) -> Declaration:
        """The same declaration with other wheels."""
        return evolve(self, jobs=tuple(jobs))

    def tested_by(self, command: str, requires: Sequence[str]) -> Declaration:
        """The same wheels, each tried by this command."""
        more = Settings(test_command=command, test_requires=tuple(requires))
        return self.with_jobs(job.with_settings(job.settings.under(more)) for job in self.jobs)

    def job(self, platform: str, variant: VariantDescription | None, configuration: str | None = None) -> Job:
        """A wheel that need not be listed, with all that is declared for wheels like it."""
        return Wheels(self.settings, {}, self.configurations, self.overrides).job(platform, variant, configuration)


def names_of(job: Job) -> list[str]:
    """What ``--only`` may call a wheel."""
    names = [job.name, job.label or "standard", ", ".join(job.properties)]
    return [name for name in (*names, job.configuration or "") if name]


@frozen
class Wheels:
    """Makes jobs of variants: what is declared for a wheel, from the general to the particular."""

    settings: Settings
    platforms: Mapping[str, Settings]
    configurations: Mapping[str, Configuration]
    overrides: Sequence[Override]

    def job(self, platform: str, variant: VariantDescription | None, configuration: str | None = None) -> Job:
        settings = self.settings.under(self.platforms.get(platform, Settings()))
        described = configuration is not None
        for override in self.overrides:
            if override.selects(variant):
                settings = settings.under(override.settings)
                described = True
        if configuration is not None:
            settings = settings.under(self.configurations[configuration].settings)
        return Job(platform, variant, settings, configuration, described)
