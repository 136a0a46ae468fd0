"""What is done to every wheel after the compiler: strip, repair, further dependencies, provenance, label."""

from __future__ import annotations

from pathlib import Path

from dualvariant.builder.declaration.job import Job
from dualvariant.builder.finish.dependencies import add_dependencies
from dualvariant.builder.finish.label import tag_wheel
from dualvariant.builder.finish.provenance import Origin, add_provenance, describe
from dualvariant.builder.finish.repair import repair
from dualvariant.builder.finish.strip import stripped
from dualvariant.builder.toolchain.compilers import Toolchain

__all__ = ["finish"]


def finish(wheel: Path, job: Job, toolchain: Toolchain, origin: Origin, folder: Path, log: Path) -> Path:
    """The wheel that goes out.

    Args:
        wheel: as the project's build made it.
        job: what it was to be.
        toolchain: the compiler.
        origin: what it was made of; it goes into the wheel.
        folder: an existing folder of ours.
        log: is told of what could not be done.

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
        wheel = add_dependencies(wheel, job.settings.dependencies, place("dependent"))
    wheel = add_provenance(wheel, place("documented"), describe(wheel, job, origin))
    return wheel if job.variant is None else tag_wheel(wheel, job.variant, place("variant"))
