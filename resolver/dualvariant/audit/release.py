"""Compares the wheels of one release: a variant must differ from the standard wheel and from other variants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from dualvariant.audit.findings import Finding, Kind, Severity
from dualvariant.audit.wheel import WheelAudit, audit_wheel
from variantlib.cpu.levels import find_allowed_features

__all__ = ["audit_set", "compare_audits"]


def audit_set(paths: Sequence[Path]) -> list[WheelAudit]:
    """Audit wheels, each by itself and those of one release, Python and platform among each other.

    Args:
        paths: the wheels.

    Returns:
        An audit for each, in this order.

    Raises:
        UsageError, WheelNameError, WheelFileError, BadDataError: as :func:`audit_wheel`.
    """
    return compare_audits([audit_wheel(path) for path in paths])


def compare_audits(audits: Sequence[WheelAudit]) -> list[WheelAudit]:
    """Compare audited wheels with each other, and add what that finds to their findings."""
    modest = sorted(audits, key=_asks)
    return [
        audit._replace(findings=(*audit.findings, *_same(audit, modest[: modest.index(audit)], audits)))
        for audit in audits
    ]


def _asks(audit: WheelAudit) -> tuple[int, int]:
    """How much a label asks for. Of two variants with one code, it is the one which asks for more that is wrong."""
    return len(find_allowed_features(audit.properties)), len(audit.properties)


def _same(audit: WheelAudit, before: Sequence[WheelAudit], all_audits: Sequence[WheelAudit]) -> Iterator[Finding]:
    if audit.name.label is None or not audit.properties:  # the label variant 'null' promises what every host has
        return
    for other in all_audits:
        if other is audit or _release(other) != _release(audit):
            continue
        what = _in_common(audit, other)
        if what is None:
            continue
        if other.name.label is None:
            # Where it is no error the variant is of no use, which its author should know.
            severity = Severity.ERROR if _promises(audit) else Severity.WARNING
            yield Finding(Kind.EQUALS_STANDARD, severity, f"{what} the standard wheel's ({other.name.filename})")
        elif any(other is one for one in before):
            severity = Severity.ERROR if _promises(audit) and _promises(other) else Severity.WARNING
            yield Finding(Kind.EQUALS_VARIANT, severity, f"{what} that of another variant ({other.name.filename})")


def _release(audit: WheelAudit) -> tuple[object, ...]:
    return (audit.name.name, audit.name.version, audit.name.build, audit.name.tag_set)


def _promises(audit: WheelAudit) -> bool:
    """Whether the label says anything that must show in the wheel.

    A variant of the baseline need not differ; nor must one for a later Arm: small code may have no use for what that
    has, and which instructions are there is not read.
    """
    return any(
        find_allowed_features([meta]) if meta.provider == "x86_64" else meta.provider != "aarch64"
        for meta in audit.properties
    )


def _in_common(one: WheelAudit, other: WheelAudit) -> str | None:
    """What two wheels have in common that should differ; None if nothing."""
    if one.name.dialect is not other.name.dialect and one.properties == other.properties:
        return None  # one wheel in two dialects
    if one.payload == other.payload:
        return "every file in it is"
    machines = {"x86_64", "aarch64"}
    if {meta for meta in one.properties if meta.provider in machines} == {
        meta for meta in other.properties if meta.provider in machines
    }:
        return None  # they differ in something that is no instruction set
    codes = [sorted(module.digest or "" for module in audit.modules if module.digest) for audit in (one, other)]
    return "its machine code is" if codes[0] and codes[0] == codes[1] else None
