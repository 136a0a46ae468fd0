"""``check --code``: which installed distributions have machine code that this CPU does not run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dualvariant.cli._json import print_document
from dualvariant.core.printable import printable_line
from dualvariant.core.report import print_message
from variantlib.fused import STANDARD, FusedWheel

if TYPE_CHECKING:
    from dualvariant.audit.installed import InstalledCode
    from dualvariant.target.installed import Installed
    from variantlib.profile import HostProfile

__all__ = ["check_code"]


def check_code(installed: Iterable[Installed], profile: HostProfile, *, as_json: bool) -> int:
    """Print a line for each distribution whose code needs more than a profile's CPU has.

    Args:
        installed: every distribution of the target, standard wheels too.
        profile: the host.
        as_json: print JSON, with every distribution that has native files which were read or left out.

    Returns:
        1 if one needs more, else 0.

    Raises:
        UsageError: no disassembler is installed.
        BadDataError: the profile says nothing of a CPU.
    """
    from dualvariant.audit.installed import Allowance, InstalledCode, read_cpu_code

    cpu, allowance = read_cpu_code(profile), Allowance()
    found = [
        (distribution, InstalledCode.read(distribution.metadata, cpu, allowance, _find_others(distribution)))
        for distribution in installed
    ]
    if as_json:
        print_document([_to_dict(distribution, code) for distribution, code in found])
    else:
        for distribution, code in found:
            for line in _to_lines(distribution, code):
                print(printable_line(line))
        if not any(code.missing for _, code in found):
            print_message(f"no machine code that was read needs more than this {cpu.machine} CPU has")
    unread = [path for _, code in found for path in code.unread]
    if unread:
        why = "too much for one check, or not readable"
        print_message(f"{len(unread)} native files were not read ({why}); the first is {unread[0]!r}")
    return 1 if any(code.missing for _, code in found) else 0


def _find_others(distribution: Installed) -> frozenset[str]:
    """The files of a fused wheel's variants: it loads those that fit, and the standard ones where none does."""
    fused = distribution.fused
    return fused.all_files - fused.files_of(STANDARD) if isinstance(fused, FusedWheel) else frozenset()


def _to_lines(distribution: Installed, code: InstalledCode) -> Iterable[str]:
    if code.missing:
        first = code.missing[0][0]
        more = f" and {len(code.missing) - 1} more files" if len(code.missing) > 1 else ""
        label = distribution.label or "standard"
        yield f"{distribution.name} {distribution.version}  {label}  needs {', '.join(code.features)} ({first}{more})"


def _to_dict(distribution: Installed, code: InstalledCode) -> dict[str, object]:
    return {
        "name": distribution.name,
        "version": distribution.version,
        "label": distribution.label,
        "needs": code.features,
        "files": {path: list(features) for path, features in code.missing},
        "unread": list(code.unread),
    }
