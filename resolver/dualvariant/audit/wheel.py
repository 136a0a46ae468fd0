"""The audit of one wheel: its label, its native files, and the findings on both."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dualvariant.audit.declared import read_declared
from dualvariant.audit.dispatch import ASKING_PYTHON, Dispatch, find_asking_module
from dualvariant.audit.findings import Finding, Kind, Severity
from dualvariant.audit.judge import judge
from dualvariant.audit.module import Module, detect_format, read_module
from dualvariant.core.errors import BadDataError, UsageError
from variantlib.cpu.levels import find_allowed_arm_features, find_allowed_features, find_arm_version, find_level
from variantlib.dialects import find_dialect, hashes
from variantlib.label_meta import LabelVariant
from variantlib.meta import VariantMeta
from variantlib.wheel_archive import WheelArchive
from variantlib.wheel_name import WheelName, parse_wheel_name

__all__ = ["LARGEST_FILE", "WheelAudit", "audit_wheel", "judge_modules"]

#: More bytes than these are not unpacked: a whole CUDA library is smaller, the content of a zip bomb is not.
LARGEST_FILE = 3 << 30
LARGEST_WHEEL = 12 << 30
LARGEST_PYTHON = 4 << 20
#: A file above the first size whose compressed share is below the second is no code: that shrinks to a half or a fifth.
USUAL_FILE, SMALLEST_SHARE = 64 << 20, 1 / 100


class WheelAudit(NamedTuple):
    """What an audit says of a wheel.

    Args:
        path: the wheel.
        name: what its file name says.
        properties: the label's properties; empty for a standard wheel.
        modules: its native files.
        payload: a digest of all its files but those of ``.dist-info``.
        findings: all that was found.
        open: the files whose needs cannot be told, because something in the wheel asks the processor.
        part: the variant of a fused wheel that was audited, by name; None for any other wheel.
    """

    path: Path
    name: WheelName
    properties: tuple[VariantMeta, ...]
    modules: tuple[Module, ...]
    payload: str
    findings: tuple[Finding, ...]
    open: frozenset[str] = frozenset()
    part: str | None = None

    @property
    def errors(self) -> list[Finding]:
        """The findings that make the wheel mislabelled."""
        return [finding for finding in self.findings if finding.severity is Severity.ERROR]

    @property
    def warnings(self) -> list[Finding]:
        """The findings that a person should look at."""
        return [finding for finding in self.findings if finding.severity is Severity.WARNING]

    @property
    def level_found(self) -> str | None:
        """The level that the code needs; None where there is no code, or none that can be judged."""
        judged = self._judged
        if not judged:
            return None
        find = find_arm_version if any(module.machine == "aarch64" for module in judged) else find_level
        return find(frozenset().union(*(module.features for module in judged)))[0]

    @property
    def _judged(self) -> list[Module]:
        return [module for module in self.modules if module.reason is None and module.path not in self.open]

    @property
    def verdict(self) -> str:
        """``mislabelled``; ``true``; or ``not judged``.

        The last where there is code and none of it can be judged, a file holds code beyond the label that it or another
        file may choose, or the label has a property of which code shows nothing.
        """
        if self.errors:
            return "mislabelled"
        if any(finding.kind is Kind.NOT_JUDGED and finding.module is None for finding in self.findings):
            return "not judged"
        if self.find_beyond():
            return "not judged"
        return "true" if self.level_found is not None or not self.modules else "not judged"

    @property
    def reasons_not_judged(self) -> list[Finding]:
        """Why the verdict is ``not judged``; nothing where it is another one."""
        kinds = (Kind.NOT_JUDGED, Kind.RUN_TIME_DISPATCH, Kind.DECLARED)
        return [finding for finding in self.findings if finding.kind in kinds] if self.verdict == "not judged" else []

    @property
    def beyond_tag(self) -> frozenset[str]:
        """The instruction sets that a standard wheel needs and its tag cannot say; none where it has other errors."""
        if any(finding.kind not in (Kind.BEYOND_LABEL, Kind.UNGUARDED) for finding in self.errors):
            return frozenset()
        at_import = {feature for module in self.modules for feature in module.unguarded}
        judged = {feature for module in self._judged for feature in module.features}
        return frozenset(at_import | judged) if self.errors else frozenset()

    @property
    def needs(self) -> list[str]:
        """The instruction sets that the code needs beyond the baseline, of files that decide nothing at run time."""
        return sorted(frozenset[str]().union(*(module.features for module in self._judged)))

    def find_beyond(self) -> dict[str, list[str]]:
        """The instruction sets beyond the label in files whose needs cannot be told, by file."""
        allowed = _find_allowed(self.properties)
        beyond = {module.path: sorted(module.features - allowed) for module in self.modules if module.path in self.open}
        return {path: features for path, features in beyond.items() if features}

    def in_brief(self) -> dict[str, Any]:
        """As ``build --json`` has it, in the table at the end and in what is kept of a build."""
        return {
            "level": self.level_found,
            "verdict": str(self.verdict),
            "errors": [str(finding) for finding in self.errors],
            "lies": [str(finding) for finding in self.errors],  # the key's name in 0.1; to be removed after 0.2
            "warnings": [str(finding) for finding in self.warnings],
            "not_judged": [str(finding) for finding in self.reasons_not_judged],
            "beyond": self.find_beyond(),
            "same_code": any(finding.kind in (Kind.EQUALS_STANDARD, Kind.EQUALS_VARIANT) for finding in self.errors),
        }

    def to_dict(self) -> dict[str, Any]:
        """As ``--json`` has it."""
        return {
            "filename": self.name.filename,
            "dialect": str(self.name.dialect),
            "label": self.name.label,
            "part": self.part,
            "properties": [str(meta) for meta in self.properties],
            "level_found": self.level_found,
            "needs": self.needs,
            "beyond": self.find_beyond(),
            "verdict": self.verdict,
            "errors": [finding.to_dict() for finding in self.errors],
            "lies": [finding.to_dict() for finding in self.errors],  # the key's name in 0.1; to be removed after 0.2
            "warnings": [finding.to_dict() for finding in self.warnings],
            "modules": [module.to_dict() for module in self.modules],
        }


def audit_wheel(path: Path, name: WheelName | None = None) -> WheelAudit:
    """Compare a wheel's label with the machine code in it.

    Args:
        path: the wheel.
        name: the name that it is to have, where the file has another.

    Raises:
        UsageError: there is no such file, or iced-x86 is not installed.
        WheelNameError, WheelFileError: it is no wheel, is broken, or contradicts its name.
        BadDataError: it unpacks to more than :data:`LARGEST_WHEEL`.
    """
    name = name or parse_wheel_name(path.name)
    if not path.is_file():
        raise UsageError(f"no such wheel: {str(path)!r}", "name an existing wheel file")
    with WheelArchive(path, name) as archive:
        variant = (find_dialect(name) or hashes).read_wheel(archive)
        promised = tuple(variant or ()) if not isinstance(variant, LabelVariant) else find_least(variant)
        modules, payload = _modules(archive, _find_allowed(promised))
        findings, left_open = judge_modules(archive, promised, modules)
    return WheelAudit(path, name, tuple(variant or ()), modules, payload, findings, left_open)


def judge_modules(
    archive: WheelArchive, promised: Sequence[VariantMeta], modules: Sequence[Module]
) -> tuple[tuple[Finding, ...], frozenset[str]]:
    """What there is to say of native files of a wheel whose label promises properties.

    Returns:
        The findings, and the paths of the files whose needs cannot be told.
    """
    allowed = _find_allowed(promised)
    dispatch = _find_dispatch(archive, modules, allowed)
    findings = judge(archive.name, promised, allowed, modules, dispatch)
    return tuple(findings), frozenset(module.path for module in modules if dispatch.is_left_open(module, allowed))


def _find_allowed(properties: Sequence[VariantMeta]) -> frozenset[str]:
    return find_allowed_features(properties) | find_allowed_arm_features(properties)


def _find_dispatch(archive: WheelArchive, modules: Sequence[Module], allowed: frozenset[str]) -> Dispatch:
    """Who asks the processor, and what the project says; Python files are read if it matters."""
    asking = find_asking_module(modules)
    if asking is None and any(module.features - allowed for module in modules):
        asking = _find_asking_python(archive)
    return Dispatch(asking, read_declared(archive))


def _find_asking_python(archive: WheelArchive) -> str | None:
    """The first Python file that asks the processor."""
    files = [entry for entry in archive.infolist() if entry.filename.endswith(".py")]
    small = (entry for entry in files if entry.file_size < LARGEST_PYTHON)
    return next((entry.filename for entry in small if ASKING_PYTHON.search(archive.read(entry))), None)


def find_least(variant: LabelVariant) -> tuple[VariantMeta, ...]:
    """What a host must have at the least to get a label variant: of each feature the value that allows the least code.

    A host fits that supports one of the values, and the code has to run there.
    """
    return tuple(
        min(
            (VariantMeta(feature.namespace, feature.feature, value) for value in feature.values),
            key=lambda meta: len(find_allowed_features((meta,))),
        )
        for feature in variant.data
    )


def _modules(archive: WheelArchive, allowed: frozenset[str]) -> tuple[tuple[Module, ...], str]:
    found: list[Module] = []
    digests: list[str] = []
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if sum(entry.file_size for entry in entries) > LARGEST_WHEEL:
        raise BadDataError(
            f"it unpacks to more than {LARGEST_WHEEL >> 30} GiB: {archive.name.filename!r}",
            "audit the libraries in smaller wheels",
        )
    for entry in sorted(entries, key=lambda entry: entry.filename):
        if ".dist-info/" not in entry.filename:
            digests.append(f"{entry.filename} {entry.file_size} {entry.CRC}")
        kind = detect_format(entry.filename, archive.read_beginning(entry, 8))
        if kind is None:
            continue
        bomb = _bomb(entry) if kind == "ELF" else None
        if bomb is not None:
            found.append(Module(entry.filename, kind, reason=bomb))
            continue
        content = archive.read(entry) if kind == "ELF" else b""
        found.append(read_module(entry.filename, kind, content, allowed))
    return tuple(found), hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _bomb(entry: zipfile.ZipInfo) -> str | None:
    """Why a file is not unpacked; None if it is."""
    if entry.file_size > LARGEST_FILE:
        return f"it is larger than {LARGEST_FILE >> 30} GiB"
    if entry.file_size > USUAL_FILE and entry.compress_size < entry.file_size * SMALLEST_SHARE:
        return f"it unpacks to {entry.file_size // max(entry.compress_size, 1)} times its size, as code does not"
    return None
