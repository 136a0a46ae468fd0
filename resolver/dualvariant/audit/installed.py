"""The machine code of installed distributions, compared with what a CPU has.

A platform tag cannot say which level of x86-64 a wheel needs, so a standard wheel may need more than a host has. Code
that is chosen at run time does not count: only what runs on every CPU does, as in the audit of a wheel.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from dualvariant.audit.dispatch import ASKING_PYTHON, Dispatch, find_asking_module
from dualvariant.audit.module import Module, detect_format, read_module
from dualvariant.binary.version_names import is_named_version
from dualvariant.core.errors import BadDataError
from dualvariant.core.files import read_regular
from dualvariant.target.record import list_recorded_paths
from variantlib.cpu.levels import find_allowed_arm_features, find_allowed_features
from variantlib.cpu.tables import load_table
from variantlib.meta import VariantMeta
from variantlib.profile import HostProfile

__all__ = ["LIMIT", "Allowance", "CpuCode", "InstalledCode", "read_cpu_code"]

#: Bytes of native files that one check reads: a disassembler takes a second for some ten million of them.
LIMIT = 256 << 20
_LARGEST_PYTHON = 4 << 20


class CpuCode(NamedTuple):
    """What code may use on a CPU.

    Args:
        machine: the architecture, as in a platform tag.
        allowed: the instruction sets beyond the baseline that it has.
        judged: those that the answer is about; None for all. Beside the versions of Arm's architecture, no provider
            says what a CPU has.
    """

    machine: str
    allowed: frozenset[str]
    judged: frozenset[str] | None = None

    def find_missing(self, features: frozenset[str]) -> frozenset[str]:
        """The instruction sets among these that the CPU lacks."""
        return (features if self.judged is None else features & self.judged) - self.allowed


def read_cpu_code(profile: HostProfile) -> CpuCode:
    """What code may use on a profile's CPU.

    Raises:
        BadDataError: the profile says nothing of a CPU.
    """
    for provider in profile.providers:
        best = [VariantMeta(provider.provider, config.key, config.values[0]) for config in provider.configs]
        if provider.provider == "x86_64":
            return CpuCode("x86_64", find_allowed_features(best))
        if provider.provider == "aarch64":
            table = load_table("aarch64")
            newest = frozenset[str]().union(*(table.of_level(level.value) for level in table.levels))
            return CpuCode("aarch64", find_allowed_arm_features(best), newest)
    raise BadDataError(
        "nothing says what the CPU has (no provider x86_64 or aarch64 reports anything)",
        "'dualvariant plugins list' shows the providers, and what each of them says",
    )


class Allowance:
    """The bytes that may still be read.

    Args:
        size: how many.
    """

    def __init__(self, size: int = LIMIT) -> None:
        self.left = size

    def take(self, size: int) -> bool:
        """Whether a file of this size may be read; then it counts."""
        if size > self.left:
            return False
        self.left -= size
        return True


class InstalledCode(NamedTuple):
    """What the native files of one installed distribution need.

    Args:
        missing: for each file that needs more than the CPU has, the instruction sets that it lacks.
        unread: the files that were not read, because they would have been too much.
    """

    missing: tuple[tuple[str, tuple[str, ...]], ...]
    unread: tuple[str, ...] = ()

    @property
    def features(self) -> list[str]:
        """Every instruction set that the CPU lacks."""
        return sorted({feature for _, features in self.missing for feature in features})

    @classmethod
    def read(cls, metadata: Path, cpu: CpuCode, allowance: Allowance, skip: Collection[str] = ()) -> InstalledCode:
        """Read the native files of an installed distribution, the smallest first.

        Args:
            metadata: its ``.dist-info`` folder.
            cpu: the CPU.
            allowance: what may still be read.
            skip: files that are loaded on other CPUs only, as RECORD has them.

        Raises:
            UsageError: no disassembler is installed.
        """
        folder, listed = metadata.parent, list_recorded_paths(metadata)
        modules, unread = [], []
        for size, path in sorted(_find_native(folder, [path for path in listed if path not in skip])):
            if not allowance.take(size):
                unread.append(path)
                continue
            try:
                content = (folder / path).read_bytes()
            except OSError:
                unread.append(path)
                continue
            module = read_module(path, "ELF", content, cpu.allowed)
            if module.reason is None and module.machine == cpu.machine:
                modules.append(module)
        asking = find_asking_module(modules)
        if asking is None and any(cpu.find_missing(module.features) for module in modules):
            asking = _find_asking_python(folder, listed)
        dispatch = Dispatch(asking)
        found = [(module.path, tuple(sorted(_find_missing(module, cpu, dispatch)))) for module in modules]
        return cls(tuple(pair for pair in found if pair[1]), tuple(unread))


def _find_missing(module: Module, cpu: CpuCode, dispatch: Dispatch) -> frozenset[str]:
    """What a file needs on every CPU, and this one lacks."""
    at_import = frozenset(module.unguarded)
    if is_named_version(module.path) and not module.asks:
        at_import = frozenset()  # whether it is imported at all is decided at run time
    needs = at_import if dispatch.is_left_open(module, cpu.allowed) else at_import | module.features
    return cpu.find_missing(needs)


def _find_native(folder: Path, paths: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The ELF files among these, each with its size."""
    for path in paths:
        if path.endswith((".py", ".pyc", ".pyi", ".txt")):
            continue
        with suppress(OSError):
            file = folder / path
            with file.open("rb") as opened:
                kind = detect_format(path, opened.read(8))
            if kind == "ELF":
                yield file.stat().st_size, path


def _find_asking_python(folder: Path, paths: Sequence[str]) -> str | None:
    """The first Python file that asks the processor."""
    for path in paths:
        if path.endswith(".py"):
            with suppress(OSError):
                if ASKING_PYTHON.search(read_regular(folder / path, _LARGEST_PYTHON)):
                    return path
    return None
