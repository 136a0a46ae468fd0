"""Checks that the machine code in a wheel matches the wheel's label."""

from dualvariant.audit.findings import Finding, Kind, Severity
from dualvariant.audit.fused import audit_parts
from dualvariant.audit.release import audit_set
from dualvariant.audit.wheel import WheelAudit, audit_wheel

__all__ = ["Finding", "Kind", "Severity", "WheelAudit", "audit_parts", "audit_set", "audit_wheel"]
