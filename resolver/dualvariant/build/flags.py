"""What properties mean for a compiler, as their providers say it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dualvariant.build.config import Flags, Job
from dualvariant.build.errors import FlagsError
from dualvariant.errors import ProviderFailedError
from dualvariant.host.discovery import ProviderEntry, find_providers
from dualvariant.host.runner import ask_build_flags, run_providers
from variantlib.meta import VariantMeta

__all__ = ["provider_flags"]


def provider_flags(jobs: Sequence[Job], compiler: str) -> dict[Job, Flags | FlagsError]:
    """The flags of each variant among ``jobs``, or why there are none.

    Each provider is asked once, in a process of its own.

    Args:
        jobs: jobs that all use this compiler.
        compiler: ``gcc``, ``clang`` or ``zig``.
    """
    wanted: dict[str, dict[VariantMeta, None]] = {}
    for job in jobs:
        for meta in job.variant or ():
            wanted.setdefault(meta.provider, {})[meta] = None
    known: dict[VariantMeta, Flags | FlagsError] = {}
    for provider, metas in wanted.items():
        known |= _ask(provider, list(metas), compiler)
    return {job: _joined(known[meta] for meta in job.variant) for job in jobs if job.variant}


def _ask(provider: str, metas: Sequence[VariantMeta], compiler: str) -> Mapping[VariantMeta, Flags | FlagsError]:
    try:
        entry = _entry(provider)
        answers = ask_build_flags(entry, [(meta.key, meta.value) for meta in metas], compiler)
    except (FlagsError, ProviderFailedError) as error:
        failure = FlagsError(str(error), error.hint)
        return dict.fromkeys(metas, failure)
    return {
        meta: FlagsError(f"{entry} has no flags that make {compiler} build for it: '{meta}'")
        if answer is None
        else {variable: tuple(flags) for variable, flags in answer.items()}
        for meta, answer in zip(metas, answers, strict=True)
    }


def _entry(provider: str) -> ProviderEntry:
    """The one installed provider of this name.

    It is usually the name of its entry point as well; where it is not, the providers are asked.
    """
    entries = find_providers()
    found = [entry for entry in entries if entry.name == provider]
    if not found:
        answers = run_providers(entries)
        found = [answer.entry for answer in answers if getattr(answer, "name", None) == provider]
    if not found:
        raise FlagsError(
            f"no installed provider knows how to build for it: {provider!r}",
            "'dualvariant plugins list' shows the providers",
        )
    if len(found) > 1:
        raise FlagsError(f"several providers claim the name {provider!r}: {found[0]}, {found[1]}")
    return found[0]


def _joined(parts: Iterable[Flags | FlagsError]) -> Flags | FlagsError:
    """The flags of several properties one after the other, or the first reason why not."""
    joined: dict[str, tuple[str, ...]] = {}
    for part in parts:
        if isinstance(part, FlagsError):
            return part
        for variable, flags in part.items():
            joined[variable] = joined.get(variable, ()) + flags
    return joined
