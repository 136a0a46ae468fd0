"""What is done to every wheel after the compiler: strip, repair, further dependencies, provenance, label."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from dualvariant.build.dependencies import with_dependencies
from dualvariant.build.job import Job
from dualvariant.build.provenance import describe, with_provenance
from dualvariant.build.repair import repair
from dualvariant.build.strip import stripped
from dualvariant.build.tag import tag_wheel
from dualvariant.build.toolchain import Toolchain

__all__ = ["finish"]

_FLAGS = ("CFLAGS", "CXXFLAGS", "LDFLAGS", "RUSTFLAGS")


def finish(
    wheel: Path,
    job: Job,
    toolchain: Toolchain,
    *,
    folder: Path,
    log: Path,
    source: str,
    content: bytes,
    backend: str,
    compiler: str,
    environ: Mapping[str, str],
    installed: Sequence[str],
    epoch: str,
) -> Path:
    """The wheel that goes out.

    Args:
        wheel: as the project's build made it.
        job: what it was to be.
        toolchain: the compiler.
        folder: an existing folder of ours.
        log: is told of what could not be done.
        source: the file name of what it was built from.
        content: that file's bytes.
        backend: the build backend.
        compiler: what the compiler says of itself.
        environ: the variables that it was built with.
        installed: what was in the environment of the build, ``NAME VERSION`` each.
        epoch: the time that goes into the wheel.

    Raises:
        BuildFailedError, WheelFileError: it cannot be repaired, or is no whole wheel.
    """

    def place(name: str) -> Path:
        made = folder / name
        made.mkdir()
        return made

    # In this order: patchelf (in the repair) and the ELF note put things at the end of a library, which a program
    # that strips would take for rubbish, or move.
    wheel = stripped(wheel, toolchain, place("stripped"), log)
    wheel = repair(wheel, job, place("repaired"))
    if job.settings.dependencies:
        wheel = with_dependencies(wheel, job.settings.dependencies, place("dependent"))
    document = describe(
        wheel=wheel,
        job=job,
        source=source,
        source_sha256=hashlib.sha256(content).hexdigest(),
        compiler=compiler,
        flags={name: environ[name] for name in _FLAGS if name in environ},
        backend=backend,
        environment=installed,
        epoch=epoch,
    )
    wheel = with_provenance(wheel, place("documented"), document)
    return wheel if job.variant is None else tag_wheel(wheel, job.variant, place("variant"))
