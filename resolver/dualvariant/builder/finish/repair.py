"""A wheel that runs elsewhere, from one that runs here: auditwheel, one platform tag, the ELF note.

auditwheel copies the libraries that a wheel links to into it, and finds the oldest glibc that is enough. It writes
several platform tags that mean the same, and pips before 22.3 install a label wheel whose platform tag is compressed
even where its variant does not fit; so one is left.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from dualvariant.binary.elf import MACHINES, read_elf
from dualvariant.binary.isa_note import add_isa_note
from dualvariant.builder.declaration.job import Job
from dualvariant.builder.errors import BuildFailedError
from variantlib.cpu.levels import find_promised_level
from variantlib.wheel_archive import WheelArchive, rewrite_wheel
from variantlib.wheel_name import parse_wheel_name

__all__ = ["TOOLS", "repair"]

#: Who repairs wheels of other systems.
TOOLS = {"macosx": "delocate", "win": "delvewheel"}

_LAST_LINES = 8
_NO_LIBC = "couldn't detect libc"
_ANY_GLIBC = "manylinux_2_999"  # no policy of this name will ever be


def repair(wheel: Path, job: Job, folder: Path) -> Path:
    """The wheel with the libraries that it needs, a tag that says where it runs, and the ELF note of its level.

    A wheel for macOS or Windows is handed back as it is: :data:`TOOLS` names what repairs it, on such a system. So is
    one for Linux that says already which glibc or musl it needs; its note is added.

    Args:
        wheel: a wheel without a label.
        job: what it was built for.
        folder: an empty folder of ours.

    Raises:
        BuildFailedError: auditwheel is not installed or refuses the wheel.
    """
    platform = parse_wheel_name(wheel.name).platform
    if not job.platform.startswith("linux_"):
        return wheel
    if platform.startswith("linux_"):
        wheel = _repaired(wheel, job, folder)
    return _with_note_and_one_tag(wheel, job, folder)


def _level(job: Job) -> str:
    """The x86-64 level that the job's label asks for."""
    return find_promised_level(job.variant or ())


def _repaired(wheel: Path, job: Job, folder: Path) -> Path:
    if find_spec("auditwheel") is None:
        raise BuildFailedError(
            "repairing a wheel needs auditwheel (it is not installed)", "python -m pip install 'dualvariant[build]'"
        )
    found, said = _auditwheel(wheel, job, folder / "auditwheel")
    if found is None and _NO_LIBC in said:
        # A module that calls nothing but Python does not link to the C library, and auditwheel wants to know which
        # one it is for: a name that says manylinux tells it.
        name = parse_wheel_name(wheel.name)
        (folder / "renamed").mkdir()
        machine = job.platform.removeprefix("linux_")
        told = folder / "renamed" / wheel.name.replace(f"{name.platform}.whl", f"{_ANY_GLIBC}_{machine}.whl")
        told.write_bytes(wheel.read_bytes())
        found, said = _auditwheel(told, job, folder / "auditwheel-again")
    if found is None:
        lines = "".join(f"\n  | {line}" for line in said.strip().splitlines()[-_LAST_LINES:])
        raise BuildFailedError(f"auditwheel cannot repair {wheel.name!r}:{lines}")
    return found


def _auditwheel(wheel: Path, job: Job, out: Path) -> tuple[Path | None, str]:
    """The repaired wheel, or None, and what auditwheel said."""
    command = [sys.executable, "-m", "auditwheel", "repair", "-w", str(out)]
    if _level(job) != "v1":
        # It takes "needs x86-64-v3" for a mistake, as it is in a standard wheel; this one's label says so.
        command.append("--disable-isa-ext-check")
    environ = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])}
    done = subprocess.run(
        [*command, str(wheel)],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    found = sorted(out.glob("*.whl")) if out.is_dir() else []
    return (found[0] if len(found) == 1 and done.returncode == 0 else None), done.stdout


def _with_note_and_one_tag(wheel: Path, job: Job, folder: Path) -> Path:
    level = _level(job)
    changes: dict[str, bytes] = {}
    name = parse_wheel_name(wheel.name)
    tags = name.platform.split(".")
    tag = _newest([tag for tag in tags if not tag.startswith(_ANY_GLIBC)])
    with WheelArchive(wheel) as archive:
        if len(tags) > 1:
            place = f"{archive.dist_info}/WHEEL"
            changes[place] = _with_tag(archive.read(place).decode("utf-8"), tags, tag).encode()
        for entry in archive.namelist() if level != "v1" else ():
            if archive.read_beginning(entry, 4) != b"\x7fELF":
                continue
            content = archive.read(entry)
            elf = read_elf(content)
            if elf is None or elf.machine != MACHINES["x86_64"]:
                continue
            try:
                changes[entry] = add_isa_note(content, level)
            except ValueError as error:
                raise BuildFailedError(f"no ELF note can be added to {entry!r} ({error})") from error
    renamed = wheel.name.removesuffix(f"{name.platform}.whl") + f"{tag}.whl"
    target = folder / renamed
    if target == wheel:
        (folder / "noted").mkdir()
        target = folder / "noted" / renamed
    return rewrite_wheel(wheel, target, changes)


def _newest(tags: list[str]) -> str:
    """Of the names of what a wheel fulfils the one that says a glibc's version, and of those the oldest."""
    numbered = [tag for tag in tags if tag.startswith(("manylinux_", "musllinux_"))]

    def version(tag: str) -> tuple[int, ...]:
        return tuple(int(part) for part in tag.split("_")[1:3])

    return min(numbered, key=version) if numbered else tags[0]


def _with_tag(wheel: str, tags: list[str], tag: str) -> str:
    """The text of ``WHEEL`` without the lines of the other platform tags."""
    others = tuple(f"-{other}" for other in tags if other != tag)
    return "".join(
        line
        for line in wheel.splitlines(keepends=True)
        if not (line.startswith("Tag:") and line.rstrip().endswith(others))
    )
