"""A profile that is chosen for, beside the CPU of this machine: a choice for another machine is to be known as one."""

from __future__ import annotations

import platform

from dualvariant.core.errors import DualvariantError
from dualvariant.host.answer import ProviderAnswer
from dualvariant.host.detect import ask_providers
from dualvariant.host.discovery import OWN_DISTRIBUTION, find_providers, installed_distributions
from dualvariant.profiles.algebra import list_properties
from variantlib.config import ProviderConfig
from variantlib.profile import HostProfile

__all__ = ["describe_other_machine"]

#: The name of the built-in provider, by what the system calls the machine.
_PROVIDERS = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


def describe_other_machine(name: str, profile: HostProfile) -> str | None:
    """That a profile is not this machine's, in a sentence; None if its CPU offers the same.

    Only the built-in provider of this machine's architecture is asked: the profile takes the place of all others.

    Args:
        name: what the profile is called.
        profile: what is chosen for.
    """
    cpus = [meta for meta in list_properties(profile) if meta.provider in _PROVIDERS.values()]
    if not cpus:
        return f"chosen for the profile {name!r}, which says nothing of a CPU: what depends on one is left out"
    here = _read_own_cpu()
    if here is None:
        return None
    ours = set(list_properties(HostProfile([here])))
    lacking = [meta for meta in cpus if meta not in ours]
    if lacking:
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        return (
            f"chosen for the profile {name!r}, and this machine is another one: it lacks '{lacking[0]}'{more}, so "
            "what is chosen may not run here"
        )
    if len(cpus) < len(ours):
        return f"chosen for the profile {name!r}, and this machine is another one: it offers more"
    return None


def _read_own_cpu() -> ProviderConfig | None:
    """What this machine's CPU offers; None where that cannot be told."""
    wanted = _PROVIDERS.get(platform.machine().lower())
    own = [each for each in installed_distributions() if each.normalized == OWN_DISTRIBUTION]
    entries = [entry for entry in find_providers(own) if entry.name == wanted]
    try:
        outcomes = ask_providers(entries, {}, refresh=False)
    except DualvariantError:
        return None
    return next((answer.config for answer in outcomes if isinstance(answer, ProviderAnswer)), None)
