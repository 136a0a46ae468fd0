"""A catalogue of machines by name: the levels of our tables, and the microarchitectures that archspec describes.

archspec (https://archspec.readthedocs.io, the data of Spack and EESSI) is an optional dependency, the extra
``dualvariant[machines]``. It lists the features of each CPU by the names of Linux's ``/proc/cpuinfo``, often without
those that every CPU of a level has; each CPU descends from the levels that it implements, ``x86_64_v3`` or
``armv8.2a``. So a machine has what its entry lists, and all that its levels promise.
"""

from __future__ import annotations

from typing import Any

from dualvariant.core.errors import BadDataError, UnknownNameError, did_you_mean
from variantlib.cpu.answers import make_aarch64_answer, make_x86_64_answer
from variantlib.cpu.tables import load_aarch64, load_x86_64
from variantlib.profile import HostProfile

__all__ = ["find_machine", "list_machines"]

#: The clouds' names of machines, and archspec's names of their CPUs. Source: the cloud providers' descriptions of
#: their instance types (AWS Graviton technical guide; Google Axion; Azure Cobalt 100).
_ALSO_CALLED = {
    "graviton2": "neoverse_n1",
    "graviton3": "neoverse_v1",
    "graviton4": "neoverse_v2",
    "axion": "neoverse_v2",
    "cobalt100": "neoverse_n2",
}

_INSTALL = "'pip install archspec' beside dualvariant brings the names of CPUs (the extra dualvariant[machines])"


def list_machines() -> list[str]:
    """The names in the catalogue, sorted; those of archspec only where it is installed."""
    names = {*_list_levels()}
    targets = _load_targets()
    if targets is not None:
        names |= {name for name in targets if _find_family(targets[name]) is not None}
        names |= {name for name, cpu in _ALSO_CALLED.items() if cpu in targets}
    return sorted(names)


def find_machine(name: str) -> HostProfile:
    """The profile of a machine in the catalogue.

    Raises:
        UnknownNameError: there is no machine of that name.
    """
    levels = _list_levels()
    if name in levels:
        return levels[name]
    targets = _load_targets()
    if targets is None:
        hint = did_you_mean(name, levels, 0.85) or _INSTALL
        raise UnknownNameError(f"no machine and no file is called so (--profile): {name!r}", hint)
    target = targets.get(name) or targets.get(_ALSO_CALLED.get(name, name))
    if target is None:
        known = list_machines()
        hint = did_you_mean(name, known) or "'dualvariant profile show --names' lists the machines"
        raise UnknownNameError(f"no machine and no file is called so (--profile): {name!r}", hint)
    return _describe(name, target)


def _list_levels() -> dict[str, HostProfile]:
    """Each level of our tables by archspec's name of it."""
    x86 = {
        f"x86_64_{level.value}": HostProfile([make_x86_64_answer(load_x86_64().of_level(level.value))])
        for level in load_x86_64().levels
    }
    arm = {
        f"armv{level.value}": HostProfile([make_aarch64_answer(load_aarch64().of_level(level.value))])
        for level in load_aarch64().levels
    }
    return x86 | arm


def _load_targets() -> Any:
    """archspec's CPUs by name; None where it is not installed.

    Raises:
        BadDataError: its data cannot be used; the variable ``ARCHSPEC_CPU_DIR`` names another folder of them.
    """
    try:
        from archspec.cpu import TARGETS

        len(TARGETS)  # they are read now
    except ImportError:
        return None
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise BadDataError(
            f"archspec's data cannot be used ({error})", "unset ARCHSPEC_CPU_DIR, or install archspec again"
        ) from error
    return TARGETS


def _find_family(target: Any) -> str | None:
    """The architecture of a CPU of archspec's, by the name of our table; None where we have no table of it."""
    family = str(target.family)
    return family if family in ("x86_64", "aarch64") else None


def _describe(name: str, target: Any) -> HostProfile:
    family = _find_family(target)
    if family is None:
        raise UnknownNameError(
            f"no provider describes the architecture of this machine ({target.family}): {name!r}",
            "standard wheels are what it gets; 'dualvariant profile show --names' lists the others",
        )
    lineage = [target.name, *(ancestor.name for ancestor in target.ancestors)]
    if family == "x86_64":
        levels = [level.value for level in load_x86_64().levels if f"x86_64_{level.value}" in lineage]
        promised = load_x86_64().of_level(levels[0]) if levels else frozenset[str]()
        return HostProfile([make_x86_64_answer(frozenset(target.features) | promised)])
    versions = [level.value for level in load_aarch64().levels if f"armv{level.value}" in lineage]
    features = load_aarch64().of_level(versions[0]) if versions else frozenset()
    return HostProfile([make_aarch64_answer(features)])
