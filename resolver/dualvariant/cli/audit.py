"""``dualvariant audit``: compare the labels of wheels with the machine code in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dualvariant.cli._json import print_document
from dualvariant.cli._parser import Parser
from dualvariant.cli._properties import warn_of_doubts
from dualvariant.core.printable import printable_line
from dualvariant.core.report import TerminalReporter

if TYPE_CHECKING:
    from dualvariant.audit import WheelAudit

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Print what the code of each wheel needs and whether its label says so; exit code 1 if a label is wrong."""
    parser = Parser("audit", "Compare the labels of wheels with the machine code in them.")
    parser.add_argument("wheels", metavar="WHEEL", type=Path, nargs="+", help="a wheel")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)

    from dualvariant.audit.fused import audit_parts
    from dualvariant.audit.release import compare_audits
    from dualvariant.core.errors import DualvariantError
    from variantlib.errors import VariantError

    audits: list[WheelAudit] = []
    problems: dict[str, DualvariantError | VariantError] = {}
    for path in dict.fromkeys(options.wheels):
        try:
            audits += audit_parts(path)
        except (DualvariantError, VariantError) as problem:  # the other wheels are still audited
            problems.setdefault(str(problem), problem)
    audits = compare_audits(audits)
    warn_of_doubts(dict.fromkeys(meta for audit in audits for meta in audit.properties), TerminalReporter())
    if options.json:
        print_document([audit.to_dict() for audit in audits])
    elif audits:
        _print(audits)
    if problems:
        *others, last = problems.values()
        for other in others:
            TerminalReporter().warn(str(other))
        raise last
    return 1 if any(audit.errors for audit in audits) else 0


def _print(audits: list[WheelAudit]) -> None:
    from dualvariant.cli._table import table

    rows = [("wheel", "label", "code needs", "verdict")]
    for audit in audits:
        label = ", ".join(str(meta) for meta in audit.properties) or "standard"
        label += f" ({audit.part})" if audit.part else ""
        rows.append((audit.name.filename, label, _needs(audit), _describe_verdict(audit)))
    print(table(rows))
    for audit in audits:
        if audit.findings:
            part = f" ({audit.part})" if audit.part else ""
            print(f"\n{printable_line(audit.name.filename)}{part}")
        for finding in [*audit.errors, *audit.warnings]:
            print(f"  {finding.severity}: {printable_line(str(finding))}")


def _describe_verdict(audit: WheelAudit) -> str:
    """The verdict in words; a published wheel's tag has no place for a level, so it is not called mislabelled."""
    from variantlib.cpu.levels import find_level

    beyond = audit.beyond_tag
    if audit.verdict != "mislabelled" or audit.properties or not beyond:
        return audit.verdict
    level, more = find_level(beyond)
    needs = ([] if level == "v1" else [f"x86-64-{level}"]) + list(more)
    return f"needs {', '.join(needs)}, which its tag cannot say"


def _needs(audit: WheelAudit) -> str:
    from variantlib.cpu.levels import find_level

    if not audit.modules:
        return "no code"
    if audit.level_found is None:
        return "unknown"
    return " + ".join([audit.level_found, *find_level(audit.needs)[1]])
