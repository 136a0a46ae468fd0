"""A package's declaration as values, and the jobs that it means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from attrs import evolve, field, frozen

from dualvariant.builder.declaration.benchmark import Benchmark
from dualvariant.builder.declaration.job import BuildSettings, Flags, Job
from dualvariant.builder.declaration.matrix import matches
from dualvariant.core.errors import UsageError, did_you_mean
from variantlib.meta import VariantDescription, VariantMeta

__all__ = ["Configuration", "Declaration", "JobFactory", "Override", "list_names"]


class Configuration(NamedTuple):
    """A variant that has a name.

    Args:
        variant: its properties.
        settings: the settings of its build.
    """

    variant: VariantDescription
    settings: BuildSettings


class Override(NamedTuple):
    """Settings for every variant that has some properties.

    Args:
        select: the properties; none of them selects the standard wheel alone.
        settings: the settings of the selected builds.
    """

    select: tuple[VariantMeta, ...]
    settings: BuildSettings

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
        backend: the build backend that ``dualvariant.backend`` calls; None if none is named.
        backend_path: where it is found, for a backend inside the source tree.
        dialect: which wheels variants become: ``hash``, ``label`` or ``both``.
        benchmark: what all wheels are compared by; None if nothing is.
    """

    jobs: tuple[Job, ...]
    settings: BuildSettings = field(factory=BuildSettings, hash=False)
    configurations: Mapping[str, Configuration] = field(factory=dict, hash=False)
    overrides: tuple[Override, ...] = field(default=(), hash=False)
    backend: str | None = None
    backend_path: tuple[str, ...] = ()
    dialect: str = "hash"
    benchmark: Benchmark | None = None

    @property
    def flags(self) -> Flags:
        """What is added to every build's flags."""
        return self.settings.flags

    def select_platforms(self, platforms: Sequence[str]) -> Declaration:
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

    def select_wheels(self, names: Sequence[str]) -> Declaration:
        """The wheels with these names: job, label, property, configuration, or ``standard``; all if there are none.

        Raises:
            UsageError: nothing of that name is declared.
        """
        chosen: dict[Job, None] = {}
        for name in names:
            found = [job for job in self.jobs if name in list_names(job)]
            if not found:
                known = dict.fromkeys(known for job in self.jobs for known in list_names(job))
                raise UsageError(
                    f"no wheel of that name is declared (--only): {name!r}",
                    did_you_mean(name, known) or "--list shows what is declared",
                )
            chosen.update(dict.fromkeys(found))
        return self.with_jobs(job for job in self.jobs if not names or job in chosen)

    def with_jobs(self, jobs: Iterable[Job]) -> Declaration:
        """The same declaration with other wheels."""
        return evolve(self, jobs=tuple(jobs))

    def with_test(self, command: str, requires: Sequence[str]) -> Declaration:
        """The same wheels, each tested by this command."""
        more = BuildSettings(test_command=command, test_requires=tuple(requires))
        return self.with_jobs(job.with_settings(job.settings.merge(more)) for job in self.jobs)

    def make_job(self, platform: str, variant: VariantDescription | None, configuration: str | None = None) -> Job:
        """A wheel that need not be listed, with all that is declared for wheels like it."""
        factory = JobFactory(self.settings, {}, self.configurations, self.overrides)
        return factory.make_job(platform, variant, configuration)


def list_names(job: Job) -> list[str]:
    """The names by which ``--only`` selects a wheel."""
    names = [job.name, job.label or "standard", ", ".join(job.properties), job.labelled.label if job.labelled else ""]
    return [name for name in (*names, job.configuration or "") if name]


class JobFactory(NamedTuple):
    """Makes a job of a variant, with all settings that are declared for it, from the general to the particular.

    Args:
        settings: for every wheel.
        platforms: for the wheels of one platform, by its name.
        configurations: by name.
        overrides: for the variants that each selects.
    """

    settings: BuildSettings
    platforms: Mapping[str, BuildSettings]
    configurations: Mapping[str, Configuration]
    overrides: Sequence[Override]

    def make_job(self, platform: str, variant: VariantDescription | None, configuration: str | None = None) -> Job:
        """The job for a variant; None for the standard wheel."""
        settings = self.settings.merge(self.platforms.get(platform, BuildSettings()))
        described = configuration is not None
        for override in self.overrides:
            if override.selects(variant):
                settings = settings.merge(override.settings)
                described = True
        if configuration is not None:
            settings = settings.merge(self.configurations[configuration].settings)
        return Job(platform, variant, settings, configuration, described)
