"""Which files of a wheel are versions of others, chosen when the program runs, as far as it can be told from outside.

A wheel asks the processor if one of its files does: a native one by CPUID, an indirect function or the compiler's
``__cpu_model``, a Python file by one of the modules that tell of the processor. Then code above the label may be what
the answer is for, in any of its files. Libraries that auditwheel has copied (``NAME.libs``) ask for themselves only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

from dualvariant.audit.declared import Declared
from dualvariant.audit.module import Module

__all__ = ["ASKING_PYTHON", "Dispatch", "find_asking_module"]

#: How Python code asks.
ASKING_PYTHON = re.compile(rb"cpuid|cpuinfo|cpu_?feature|archspec|AT_HWCAP", re.IGNORECASE)


class Dispatch(NamedTuple):
    """What a wheel chooses at run time.

    Args:
        asking: the file that asks the processor, for others too; None if none does.
        declared: what the project says.
    """

    asking: str | None = None
    declared: tuple[Declared, ...] = ()

    def is_chosen(self, module: Module) -> bool:
        """Whether code beyond the label in a module may be chosen at run time."""
        return bool(module.asks) or self.asking is not None

    def find_declared(self, path: str, feature: str) -> str | None:
        """The reason that the project gives for an instruction set in a file; None if it says nothing."""
        return next(
            (
                each.reason
                for each in self.declared
                if each.feature == feature and (fnmatchcase(path, each.file) or path.endswith(f"/{each.file}"))
            ),
            None,
        )

    def is_left_open(self, module: Module, allowed: frozenset[str]) -> bool:
        """Whether what a module needs cannot be told: it asks, or holds what somebody else may have asked for."""
        beyond = module.features - allowed
        declared = any(self.find_declared(module.path, feature) for feature in beyond)
        return bool(module.asks) or declared or (self.asking is not None and bool(beyond))


def find_asking_module(modules: Iterable[Module]) -> str | None:
    """The first native file of a wheel that asks the processor, for others too; None if none does."""
    return next((module.path for module in modules if module.asks and not _is_copied(module.path)), None)


def _is_copied(path: str) -> bool:
    return path.partition("/")[0].endswith((".libs", ".dylibs"))
