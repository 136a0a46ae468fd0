"""The audit of a fused wheel, variant by variant: each is held to what the processors have that load it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from attrs import evolve

from dualvariant.audit.module import Module
from dualvariant.audit.wheel import WheelAudit, audit_wheel, judge_modules
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
    with WheelArchive(path) as archive:
        fused = _read_description(archive)
        return [audit] if fused is None else _audit_fused(archive, audit, fused)


def _audit_fused(archive: WheelArchive, audit: WheelAudit, fused: FusedWheel) -> list[WheelAudit]:
    # A stub asks the processor, and holds nothing that depends on the answer.
    modules = {
        module.path: evolve(module, asks=()) if module.path in fused.modules else module for module in audit.modules
    }
    missing = sorted((fused.all_files | fused.modules.keys()) - modules.keys())
    if missing:
        raise WheelFileError(
            archive.name.filename, f"its {FILENAME} names {missing[0]!r}, and that is no native file in it"
        )
    shared = modules.keys() - fused.all_files
    found = []
    for variant in fused.variants:
        own = list(_take(modules, fused.files_of(variant.name) - fused.files_of(STANDARD)))
        found.append(_judge(archive, audit, variant.name, tuple(variant.description), own))
    rest = list(_take(modules, shared | fused.files_of(STANDARD)))
    return [*found, _judge(archive, audit, STANDARD, (), rest)]


def _read_description(archive: WheelArchive) -> FusedWheel | None:
    entry = f"{archive.dist_info}/{FILENAME}"
    if archive.name.label is not None or entry not in archive.namelist():
        return None
    try:
        return FusedWheel.parse(archive.read(entry, LARGEST_DOCUMENT))
    except IndexMetadataError as error:
        raise WheelFileError(archive.name.filename, f"its {FILENAME}: {error}") from error


def _take(modules: dict[str, Module], paths: Collection[str]) -> Iterator[Module]:
    return (modules[path] for path in sorted(paths))


def _judge(
    archive: WheelArchive, audit: WheelAudit, part: str, properties: tuple[VariantMeta, ...], modules: Sequence[Module]
) -> WheelAudit:
    findings, left_open = judge_modules(archive, properties, modules)
    own = tuple(modules)
    return audit._replace(properties=properties, modules=own, findings=findings, open=left_open, part=part)
