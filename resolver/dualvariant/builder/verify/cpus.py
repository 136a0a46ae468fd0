"""The processors to try a wheel on: one that its label names, and one below; or why there is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from dualvariant.builder.declaration.job import Job
from dualvariant.builder.verify.emulators import Emulator
from dualvariant.builder.verify.results import Run
from dualvariant.core.platforms import get_platform
from dualvariant.trial.outcomes import NOT_RUN
from variantlib.cpu.levels import find_allowed_features, find_level, list_levels
from variantlib.cpu.tables import load_table
from variantlib.meta import VariantDescription, VariantMeta

__all__ = ["Cpu", "choose_cpus", "find_claimed_level", "find_missing_on_host", "name_host"]


class Cpu(NamedTuple):
    """A processor to try a wheel on.

    Args:
        what: ``claimed`` or ``below``.
        name: its level or version, and how it comes about.
        emulator: the emulator; None for this host.
        model: what the emulator calls it.
        exact: whether it has what the label asks for and no more.
    """

    what: str
    name: str
    emulator: Emulator | None
    model: str | None
    exact: bool = False

    def command(self, *words: str) -> list[str]:
        return self.emulator.command(self.model, *words) if self.emulator and self.model else list(words)


def find_claimed_level(job: Job) -> tuple[str, tuple[str, ...]]:
    """The level, or version, that the label asks for, and what it asks for beside it."""
    metas: Sequence[VariantMeta] = tuple(job.variant or ())
    if get_platform(job.platform).architecture == "x86_64":
        return find_level(find_allowed_features(metas))
    table = load_table("aarch64")
    ours = [meta for meta in metas if meta.provider == table.architecture]
    version = next((meta.value for meta in ours if meta.key == table.key), table.values[-1])
    return version, tuple(str(meta) for meta in ours if meta.key != table.key)


def choose_cpus(job: Job, machine: str, here: str, emulator: Emulator | str) -> list[Cpu | Run]:
    """The processors to try it on, or why not."""
    level, beside = find_claimed_level(job)
    models = load_table(machine).emulators
    model = models.get(level) if not beside else None
    found: list[Cpu | Run] = []
    if model and isinstance(emulator, Emulator):
        found.append(Cpu("claimed", f"{level} ({model}, emulated)", emulator, model, exact=True))
    elif machine == here and (lacks := find_missing_on_host(job)) is None:
        host = find_host_level(machine)
        exact = not beside and level == host and level == list_levels(machine)[-1]
        found.append(Cpu("claimed", name_host(machine), None, None, exact))
    elif machine == here:
        no = emulator if isinstance(emulator, str) else "no emulator has it"
        found.append(Run("claimed", level, NOT_RUN, f"{no}; {lacks}"))
    else:
        found.append(Run("claimed", level, NOT_RUN, "no emulator has exactly that processor"))
    below = _below(machine, level, beside)
    if below is not None:
        if isinstance(emulator, Emulator):
            found.append(Cpu("below", f"{below} ({models[below]}, emulated)", emulator, models[below]))
        else:
            found.append(Run("below", below, NOT_RUN, emulator))
    return found


def name_host(machine: str, why: str | None = None) -> str:
    """This host's CPU in words, as ``this host (v3)``; what the label asks for may be less."""
    level = find_host_level(machine)
    name = "this host" if level is None else f"this host ({level})"
    return name if why is None else f"{name}, because {why}"


def find_host_level(machine: str) -> str | None:
    """The best level, or version, of this host; None where no provider says."""
    from dualvariant.host.detect import detect

    table = load_table(machine)
    for provider in detect().profile.providers:
        for config in provider.configs:
            if (provider.provider, config.key) == (table.architecture, table.key) and config.values:
                return str(config.values[0])
    return None


def _below(machine: str, level: str, beside: Sequence[str]) -> str | None:
    """A lesser processor that can be emulated; None where there is none."""
    if machine == "x86_64":
        names = list_levels()
        at = names.index(level)
        return names[at - 1] if at else ("v1" if beside else None)
    lesser = [version for version in load_table(machine).emulators if _version(version) < _version(level)]
    return max(lesser, key=_version) if lesser else None


def _version(text: str) -> tuple[int, ...]:
    """``8.2a`` as numbers; ``8a`` comes before it."""
    return tuple(int(part) for part in re.findall(r"[0-9]+", text))


def find_missing_on_host(job: Job) -> str | None:
    """What this host lacks for the label, in words; None if nothing."""
    if job.variant is None:
        return None
    from dualvariant.host.detect import detect
    from variantlib.order import Ranking
    from variantlib.verdict import Unsupported

    # Only properties of the processor can be checked here; a label may ask for other things.
    cpu = [meta for meta in job.variant if meta.provider in ("x86_64", "aarch64")]
    if not cpu:
        return None
    profile = detect().profile
    key = Ranking(profile).key(VariantDescription(cpu))
    return f"this host: {Unsupported(key, profile)}" if isinstance(key, VariantMeta) else None
