"""The way back: which distributions ``refit`` has exchanged, and the wheel that was there first."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from dualvariant.core.errors import DualvariantError
from dualvariant.refit.failures import LeftAloneError
from dualvariant.refit.files import InstalledFiles, Present, find_modified, read_files, read_valid_note
from dualvariant.refit.outcome import Action, Finding
from dualvariant.repository.listed_file import find_sha256
from dualvariant.repository.page import File
from dualvariant.selection.project import ShownFile
from dualvariant.selection.view import View
from dualvariant.target.refit_note import NOTE_NAME, RefitNote
from variantlib.errors import WheelNameError
from variantlib.wheel_name import parse_wheel_name

__all__ = ["Undo", "plan_undo"]


class Undo(NamedTuple):
    """One distribution that goes back to the wheel that was there first.

    Args:
        finding: what is said of it.
        files: what is there.
        note: what was there.
        shown: the wheel, under the name by which an engine takes it.
    """

    finding: Finding
    files: InstalledFiles
    note: RefitNote
    shown: ShownFile

    @classmethod
    def of(cls, files: InstalledFiles, note: RefitNote, file: File, reason: str) -> Undo:
        """The way back by a file.

        Raises:
            LeftAloneError: the note names no wheel, or a file was changed.
        """
        why = find_modified(files)
        if why is not None:
            raise LeftAloneError(why)
        try:
            wheel = parse_wheel_name(note.installed.filename)
        except WheelNameError as error:
            raise LeftAloneError(f"its {NOTE_NAME} names no wheel: {note.installed.filename!r}") from error
        what = "the standard wheel" if wheel.label is None else f"variant {wheel.label}"
        finding = Finding(files.installed, Action.UNDO, reason, note.installed.filename, f"{what} that was there first")
        return cls(finding, files, note, ShownFile(wheel.standard_filename, file))


def plan_undo(present: Present, prefix: Path, view: View) -> Finding | Undo:
    """What ``--undo`` does with one distribution.

    Args:
        present: the distribution.
        prefix: the environment.
        view: what the sources have.
    """
    keep = Finding(present.installed, Action.KEEP, "refit has not exchanged it")
    if present.foreign is not None or not (present.info / NOTE_NAME).exists():
        return keep
    try:
        files = read_files(present.installed, present.info, prefix)
        note = read_valid_note(files)
        if note is None:
            return keep.left_alone(f"its RECORD does not list its {NOTE_NAME}")
        return Undo.of(files, note, _find_file(present, note, view), "refit has exchanged it")
    except LeftAloneError as error:
        return keep.left_alone(str(error))


def _find_file(present: Present, note: RefitNote, view: View) -> File:
    """The first wheel as a source lists it now, else where it was listed then; its sha256 is compared in any case."""
    first = note.installed
    noted = File(first.filename, first.url, hashes={"sha256": first.sha256} if first.sha256 else {})
    try:
        project = view.project(present.installed.name)
    except DualvariantError:
        return noted
    release = None if project is None else project.find_release(present.installed.version)
    for listed in () if release is None else release.files:
        if first.sha256 and listed.file.filename == first.filename and find_sha256(listed.file) == first.sha256:
            return listed.file
    return noted
