"""The steps after the compiler, in one order for every builder; a builder names the steps that it leaves out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from dualvariant.builder.declaration.job import Job
from dualvariant.builder.finish.check import check_wheel
from dualvariant.builder.finish.dependencies import add_dependencies
from dualvariant.builder.finish.label import label_wheel, tag_wheel
from dualvariant.builder.finish.note import add_level_note
from dualvariant.builder.finish.provenance import Origin, add_provenance, describe
from dualvariant.builder.finish.repair import repair
from dualvariant.builder.finish.strip import strip_wheel
from dualvariant.builder.toolchain.compilers import Toolchain

__all__ = ["Step", "UnfinishedWheel", "finish_wheel"]


class Step(Enum):
    """A step of the pipeline; the members are in the order in which the steps run.

    ``strip`` comes first of those that change the wheel: patchelf (in ``repair``) and the ELF note put data at the end
    of a library, which a program that strips would move or remove. ``label`` comes last, because it changes the name.
    """

    #: Refuse a wheel that cannot be what its job says.
    CHECK = "check"
    #: Remove symbol tables and debug information.
    STRIP = "strip"
    #: Copy the libraries that a Linux wheel needs into it, and find its manylinux tag.
    REPAIR = "repair"
    #: Add the ELF note of the x86-64 level, and leave one platform tag.
    NOTE = "note"
    #: Add the declared run-time requirements to METADATA.
    DEPENDENCIES = "dependencies"
    #: Add the record of what the wheel was built from and with.
    PROVENANCE = "provenance"
    #: Make it a variant wheel.
    LABEL = "label"


class UnfinishedWheel(NamedTuple):
    """What the steps need to know of a wheel.

    Args:
        job: what it was built for.
        origin: what it was built from and with.
        log: a file to which steps append what they did and what they could not do.
        toolchain: the compiler; None if ``strip`` is left out.
    """

    job: Job
    origin: Origin
    log: Path
    toolchain: Toolchain | None = None


def finish_wheel(wheel: Path, about: UnfinishedWheel, folder: Path, leave_out: Collection[Step] = ()) -> Path:
    """Run the steps on a wheel and return the finished one, which is in ``folder`` or is ``wheel`` itself.

    Args:
        wheel: as the project's build made it.
        about: what the steps need to know.
        folder: an existing folder of ours.
        leave_out: the steps that the builder does itself or leaves to others.

    Raises:
        BuildFailedError, WheelNameError, WheelFileError: the wheel does not fit its job, or a step fails.
    """
    for step in Step:
        if step not in leave_out:
            place = folder / f"finish-{step.value}"
            place.mkdir()
            wheel = _STEPS[step](wheel, about, place)
    return wheel


def _check(wheel: Path, about: UnfinishedWheel, folder: Path) -> Path:
    check_wheel(wheel, about.job.platform, variant=about.job.variant is not None)
    return wheel


def _strip(wheel: Path, about: UnfinishedWheel, folder: Path) -> Path:
    if about.toolchain is None:
        raise ValueError("the step 'strip' needs a toolchain; leave it out")
    return strip_wheel(wheel, about.toolchain, folder, about.log)


def _repair(wheel: Path, about: UnfinishedWheel, folder: Path) -> Path:
    return repair(wheel, about.job, folder)


def _note(wheel: Path, about: UnfinishedWheel, folder: Path) -> Path:
    return add_level_note(wheel, about.job, folder)


def _add_dependencies(wheel: Path, about: UnfinishedWheel, folder: Path) -> Path:
    dependencies = about.job.settings.dependencies
    return add_dependencies(wheel, dependencies, folder) if dependencies else wheel


def _add_provenance(wheel: Path, about: UnfinishedWheel, folder: Path) -> Path:
    return add_provenance(wheel, folder, describe(wheel, about.job, about.origin))


def _label(wheel: Path, about: UnfinishedWheel, folder: Path) -> Path:
    job = about.job
    if job.variant is None:
        return wheel
    if job.dialect == "label" and job.labelled is not None:
        return label_wheel(wheel, job.labelled, folder)
    return tag_wheel(wheel, job.variant.with_names(job.names), folder)


_STEPS: Mapping[Step, Callable[[Path, UnfinishedWheel, Path], Path]] = {
    Step.CHECK: _check,
    Step.STRIP: _strip,
    Step.REPAIR: _repair,
    Step.NOTE: _note,
    Step.DEPENDENCIES: _add_dependencies,
    Step.PROVENANCE: _add_provenance,
    Step.LABEL: _label,
}
