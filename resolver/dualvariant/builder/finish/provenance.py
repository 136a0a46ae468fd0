"""Provenance: the sources, tools and flags of a build, written into the wheel as a CycloneDX document.

The place is ``.dist-info/sboms/`` (PEP 770), where auditwheel puts its own list of bundled libraries; the form is
CycloneDX 1.6, which tools for software bills of materials read. Nothing in it depends on when or in which folder a
wheel was built, so that the same sources built again give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from attrs import field, frozen

from dualvariant import __version__
from dualvariant.audit.declared import PROPERTY, RECORD, format_declared
from dualvariant.builder.declaration.job import Job
from variantlib.wheel_archive import WheelArchive
from variantlib.wheel_name import parse_wheel_name

__all__ = ["FILENAME", "SOURCE_TREE", "Origin", "add_provenance", "describe"]

#: The file's place in ``.dist-info``.
FILENAME = RECORD

#: What :attr:`Origin.source` is for a wheel that was built from a folder.
SOURCE_TREE = "source tree"


@frozen
class Origin:
    """The sources and tools that a wheel was made of.

    Args:
        source: the file name of the source distribution, or :data:`SOURCE_TREE`.
        sha256: that file's digest; None for a source tree.
        backend: the project's build backend.
        compiler: kind and, where it is known, version: ``gcc: gcc (Debian) 12.2``.
        flags: what the compiler and the linker were told, by variable.
        installed: what was installed for the build, ``NAME VERSION`` each.
        epoch: the ``SOURCE_DATE_EPOCH`` of the build, in seconds.
        tree_sha256: the digest of a source tree's files and their names
            (:func:`dualvariant.builder.run.source.hash_tree`); None for a source distribution.
        reach: what the compiler driver recorded (:class:`dualvariant.builder.toolchain.reach.Reach`); None where
            there was none.
    """

    source: str
    sha256: str | None
    backend: str
    compiler: str
    flags: Mapping[str, str] = field(hash=False)
    installed: tuple[str, ...]
    epoch: str
    tree_sha256: str | None = None
    reach: Mapping[str, Any] | None = field(default=None, hash=False)


def describe(wheel: Path, job: Job, origin: Origin) -> dict[str, Any]:
    """The document for a wheel.

    Args:
        wheel: the wheel; its name says project and version.
        job: what was built.
        origin: what it was made of.
    """
    name = parse_wheel_name(wheel.name)
    package = f"pkg:pypi/{name.name}@{name.version}"
    facts = {
        "source": origin.source,
        **({"source-tree-sha256": origin.tree_sha256} if origin.tree_sha256 else {}),
        "source-date-epoch": origin.epoch,
        "platform": job.platform,
        **{f"flags:{variable}": value for variable, value in sorted(origin.flags.items())},
    }
    facts |= _describe_reach(origin.reach or {})
    properties = [{"name": f"dualvariant:{key}", "value": value} for key, value in facts.items()]
    properties += [{"name": "dualvariant:property", "value": text} for text in _properties(job)]
    properties += [{"name": PROPERTY, "value": text} for text in format_declared(job.settings.allow)]
    moment = datetime.fromtimestamp(int(origin.epoch), timezone.utc)
    tools = [{"type": "application", "name": "dualvariant", "version": __version__}, _tool("compiler", origin.compiler)]
    tools += [{"type": "application", "name": origin.backend, "description": "build backend"}]
    tools += [_installed(text) for text in origin.installed]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tools": {"components": tools},
            "component": {
                "type": "library",
                "bom-ref": package,
                "name": str(name.name),
                "version": str(name.version),
                "purl": package,
                **({"externalReferences": [_sdist(origin.source, origin.sha256)]} if origin.sha256 else {}),
                "properties": properties,
            },
        },
    }


def _describe_reach(reach: Mapping[str, Any]) -> dict[str, str]:
    """What the flags reached, one fact a line; nothing where no record was kept."""
    if not reach:
        return {}
    own = {f"own-flags:{source}": " ".join(flags) for source, flags in reach["own_flags"].items()}
    return {
        "compilations": str(reach["objects"]),
        "flags-reached-every-object": str(reach["reached_every_object"]).lower(),
        **({"not-recorded": ", ".join(reach["unknown"])} if reach["unknown"] else {}),
        **({"native-replaced": str(reach["native_replaced"])} if reach["native_replaced"] else {}),
        **own,
    }


def _properties(job: Job) -> list[str]:
    return [] if job.variant is None else job.variant.properties


def _sdist(filename: str, sha256: str) -> dict[str, Any]:
    return {"type": "source-distribution", "url": filename, "hashes": [{"alg": "SHA-256", "content": sha256}]}


def _tool(kind: str, text: str) -> dict[str, Any]:
    name, _, version = text.partition(": ")
    return {
        "type": "application",
        "name": name,
        **({"version": version} if version else {}),
        "description": kind,
    }


def _installed(text: str) -> dict[str, Any]:
    name, _, version = text.partition(" ")
    return {"type": "library", "name": name, "version": version, "purl": f"pkg:pypi/{name.lower()}@{version}"}


def add_provenance(wheel: Path, folder: Path, document: Mapping[str, Any]) -> Path:
    """Write a wheel again with the document in it; ``RECORD`` lists it.

    Args:
        wheel: a wheel without a label.
        folder: an empty folder for the new wheel, which has the same name.
        document: what :func:`describe` gives.

    Raises:
        WheelFileError: it is no whole wheel.
    """
    content = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    target = folder / wheel.name
    with WheelArchive(wheel) as archive, target.open("wb") as file:
        archive.rewrite(file, {f"{archive.dist_info}/{FILENAME}": content.encode()})
    return target
