"""Ask providers which compiler flags build for a property."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dualvariant.builder.declaration.job import Flags, Job, select_native_flags
from dualvariant.builder.errors import FlagsError, NoProviderError
from dualvariant.core.errors import NoNextStep, ProviderFailedError
from dualvariant.host.discovery import ProviderEntry, find_providers
from dualvariant.host.runner import ask_build_flags, run_providers
from variantlib.meta import VariantMeta

__all__ = ["find_flags"]


def find_flags(jobs: Sequence[Job], compiler: str, *, rust: bool = False) -> dict[Job, Flags | FlagsError]:
    """The flags of each variant among ``jobs``, or why there are none.

    Each provider runs once, in a process of its own.

    Args:
        jobs: jobs that all use this compiler.
        compiler: ``gcc``, ``clang`` or ``zig``.
        rust: whether cargo builds the project, and the flags of its compiler are wanted as well.
    """
    wanted: dict[str, dict[VariantMeta, None]] = {}
    for job in jobs:
        for meta in job.variant or ():
            wanted.setdefault(meta.provider, {})[meta] = None
    known: dict[VariantMeta, Flags | FlagsError] = {}
    for provider, metas in wanted.items():
        known |= _ask(provider, list(metas), compiler, rust=rust)
    return {job: _join(_allow_described(known[meta], job) for meta in job.variant) for job in jobs if job.variant}


def _allow_described(flags: Flags | FlagsError, job: Job) -> Flags | FlagsError:
    """No flags, and no error, where no provider knows the property but the package says how to build for it."""
    return {} if isinstance(flags, NoProviderError) and job.described else flags


def _ask(
    provider: str, metas: Sequence[VariantMeta], compiler: str, *, rust: bool
) -> Mapping[VariantMeta, Flags | FlagsError]:
    pairs = [(meta.key, meta.value) for meta in metas]
    try:
        entry = _find_entry(provider)
        answers = ask_build_flags(entry, pairs, compiler)
        rust_answers = ask_build_flags(entry, pairs, "rustc") if rust else [None] * len(pairs)
    except NoProviderError as error:
        return dict.fromkeys(metas, error)
    except (FlagsError, ProviderFailedError) as error:
        failure = FlagsError(str(error), error.next_step or NoNextStep("the error that it wraps has none"))
        return dict.fromkeys(metas, failure)
    return {
        meta: FlagsError(
            f"{entry} has no flags that make {compiler} build for it: '{meta}'",
            "correct the property, or declare a configuration that says how to build it",
        )
        if answer is None
        else _check_answer(entry, meta, {**answer, **(more or {})})
        for meta, answer, more in zip(metas, answers, rust_answers, strict=True)
    }


def _check_answer(entry: ProviderEntry, meta: VariantMeta, answer: Mapping[str, Sequence[str]]) -> Flags | FlagsError:
    """A provider's flags, unless they mean the CPU of this machine, which no label can express."""
    native = select_native_flags([flag for flags in answer.values() for flag in flags])
    if native:
        return FlagsError(
            f"{entry} builds for the CPU of this machine, which no label can express ({native[0]}): '{meta}'",
            "use a value that names a CPU level or a feature",
        )
    return {variable: tuple(flags) for variable, flags in answer.items()}


def _find_entry(provider: str) -> ProviderEntry:
    """The one installed provider of this name.

    It is usually the name of its entry point as well; where it is not, the providers are asked.
    """
    entries = find_providers()
    found = [entry for entry in entries if entry.name == provider]
    if not found:
        answers = run_providers(entries)
        found = [answer.entry for answer in answers if getattr(answer, "name", None) == provider]
    if not found:
        raise NoProviderError(
            f"no installed provider knows how to build for it: {provider!r}",
            "install its provider, or declare how to build for it; 'dualvariant plugins list' shows the providers",
        )
    if len(found) > 1:
        raise FlagsError(
            f"several providers have the name {provider!r}: {found[0]}, {found[1]}", "uninstall all but one of them"
        )
    return found[0]


def _join(parts: Iterable[Flags | FlagsError]) -> Flags | FlagsError:
    """The flags of several properties one after the other, or the first reason why not."""
    joined: dict[str, tuple[str, ...]] = {}
    for part in parts:
        if isinstance(part, FlagsError):
            return part
        for variable, flags in part.items():
            joined[variable] = joined.get(variable, ()) + flags
    return joined
