"""The audit of a fused wheel, variant by variant: each is held to what the processors have that load it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from attrs import evolve

from dualvariant.audit.judge import judge
from dualvariant.audit.module import Module
from dualvariant.audit.wheel import WheelAudit, audit_wheel
from variantlib.cpu.levels import find_allowed_features
from variantlib.errors import IndexMetadataError, WheelFileError
from variantlib.fused import FILENAME, LARGEST_DOCUMENT, STANDARD, FusedWheel
from variantlib.meta import VariantMeta
from variantlib.wheel_archive import WheelArchive

__all__ = ["audit_parts"]


def audit_parts(path: Path) -> list[WheelAudit]:
    """Audit a wheel; a fused wheel gives an audit for each of its variants, best first, and one for all the rest.

    Args:
        path: the wheel.

    Raises:
        UsageError, WheelNameError, WheelFileError, BadDataError: as :func:`dualvariant.audit.wheel.audit_wheel`; its
            ``fused.json`` cannot be used, or names files that it does not have.
    """
    audit = audit_wheel(path)
    fused = _read_description(path)
    if fused is None:
        return [audit]
    modules = {module.path: module for module in audit.modules}
    missing = sorted((fused.all_files | fused.modules.keys()) - modules.keys())
    if missing:
        raise WheelFileError(path.name, f"its {FILENAME} names {missing[0]!r}, and that is no native file in it")
    shared = modules.keys() - fused.all_files
    found = []
    for variant in fused.variants:
        own = list(_take(modules, fused.files_of(variant.name) - fused.files_of(STANDARD)))
        found.append(_judge(audit, variant.name, tuple(variant.description), own))
    stubs = fused.modules.keys()
    rest = list(_take(modules, shared | fused.files_of(STANDARD)))
    # A stub asks the processor, and holds nothing that depends on the answer.
    rest = [evolve(module, asks=()) if module.path in stubs else module for module in rest]
    return [*found, _judge(audit, STANDARD, (), rest)]


def _read_description(path: Path) -> FusedWheel | None:
    with WheelArchive(path) as archive:
        entry = f"{archive.dist_info}/{FILENAME}"
        if archive.name.label is not None or entry not in archive.namelist():
            return None
        content = archive.read(entry, LARGEST_DOCUMENT)
    try:
        return FusedWheel.parse(content)
    except IndexMetadataError as error:
        raise WheelFileError(path.name, f"its {FILENAME}: {error}") from error


def _take(modules: dict[str, Module], paths: Collection[str]) -> Iterator[Module]:
    return (modules[path] for path in sorted(paths))


def _judge(audit: WheelAudit, part: str, properties: tuple[VariantMeta, ...], modules: list[Module]) -> WheelAudit:
    findings = tuple(judge(audit.name, properties, find_allowed_features(properties), modules))
    return evolve(audit, properties=properties, modules=tuple(modules), findings=findings, part=part)
