"""What a refit would do with each distribution, found out without changing anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from dualvariant.core.errors import DualvariantError
from dualvariant.core.files import read_regular
from dualvariant.network.urls import redact_url
from dualvariant.refit.failures import LeftAloneError
from dualvariant.refit.files import InstalledFiles, Present, find_modified, read_files, read_valid_note
from dualvariant.refit.identify import Identified, identify
from dualvariant.refit.outcome import Action, Finding
from dualvariant.refit.project_locks import Locked
from dualvariant.refit.undo import Undo
from dualvariant.repository.listed_file import ListedFile, find_sha256
from dualvariant.requirements.markers import applies
from dualvariant.selection.inspection import find_flaw
from dualvariant.selection.project import Release
from dualvariant.selection.view import View
from dualvariant.target.installed import Installed, describe_missing
from dualvariant.target.interpreter import Interpreter
from dualvariant.target.record import InvalidRecordError, RecordRow, parse_record
from dualvariant.target.refit_note import NotedWheel, RefitNote
from variantlib.errors import WheelFileError
from variantlib.verdict import Candidate
from variantlib.wheel_archive import parse_headers
from variantlib.wheel_name import WheelName

__all__ = ["Environment", "Exchange", "Planner"]

#: The most bytes of the METADATA of what is installed.
_LARGEST_METADATA = 64 << 20


class Environment(NamedTuple):
    """What is installed where a refit looks.

    Args:
        target: its interpreter.
        present: every distribution by its project.
        locked: what lock files beside it say.
    """

    target: Interpreter
    present: Mapping[NormalizedName, Present]
    locked: Mapping[tuple[NormalizedName, Version], Sequence[Locked]]


class Exchange(NamedTuple):
    """One distribution that takes another wheel.

    Args:
        finding: what is said of it.
        files: what is there.
        wheel: the lines of the installed wheel's RECORD, by the paths of the installation.
        listed: the wheel that takes its place.
        name: what its file name says.
        rows: the lines of its own RECORD.
        note: what the environment keeps of the exchange.
    """

    finding: Finding
    files: InstalledFiles
    wheel: Mapping[str, RecordRow]
    listed: ListedFile
    name: WheelName
    rows: Mapping[str, RecordRow]
    note: RefitNote


class Planner:
    """Finds out what is to be done with each distribution.

    Args:
        environment: what is installed.
        view: what the sources have, and what is chosen.
        failures: why the sources could not be read, for each project of which they could not.
        strict: a source that fails is an error.
    """

    def __init__(
        self,
        environment: Environment,
        view: View,
        failures: Mapping[NormalizedName, DualvariantError],
        *,
        strict: bool = False,
    ) -> None:
        self.environment = environment
        self.view = view
        self.failures = failures
        self.strict = strict

    def plan(self, present: Present) -> Finding | Exchange | Undo:
        """What is to be done with one distribution.

        Raises:
            DualvariantError: a source cannot be read, and that is an error.
        """
        installed = present.installed
        keep = Finding(installed, Action.KEEP, "")
        if present.foreign is not None:
            return keep.left_alone(present.foreign)
        try:
            if installed.name in self.failures:
                raise self.failures[installed.name]
            release = self._find_release(installed)
            if release is None:
                return keep.with_reason("its release has no variants on the sources")
            chosen = self._choose(installed.name, release)
            if chosen is None:
                return self._keep_or_leave(installed)
            listed, candidate = chosen
            if installed.is_of(candidate.wheel):
                return keep.with_reason("it is the best wheel of its release for this host")
            files = read_files(installed, present.info, self.environment.target.prefix)
            return self._plan_exchange(files, listed, candidate)
        except LeftAloneError as error:
            return keep.left_alone(str(error))
        except DualvariantError as error:
            if self.strict:
                raise
            return keep.left_alone(str(error))

    def _find_release(self, installed: Installed) -> Release | None:
        """The release that is installed, if the sources have variants of it."""
        project = self.view.project(installed.name)
        if project is None or project.plain is not None:
            return None
        release = project.find_release(installed.version)
        return release if release is not None and release.has_variants else None

    def _choose(self, name: NormalizedName, release: Release) -> tuple[ListedFile, Candidate] | None:
        """The best wheel of the release for this host, after a look into it; None if none fits."""
        while (chosen := release.chosen) is not None:
            listed = release.find_copy(chosen)
            why = find_flaw(self.view, listed.file, chosen)
            if why is None:
                return listed, chosen
            project = self.view.project(name)
            assert project is not None
            if chosen.description is not None:
                self.view.warn(f"{chosen.wheel.filename} is passed over: {why}")
            release = self.view.refuse(project, listed, why).releases[release.version]
        return None

    def _keep_or_leave(self, installed: Installed) -> Finding:
        keep = Finding(installed, Action.KEEP, "no other wheel of its release fits this host")
        choice = self.view.choice
        if choice.preferences(installed.name).wanted:
            return keep.left_alone(
                f"no wheel fits what --variant asks for: {choice.preferences(installed.name).wanted}"
            )
        lacking = (
            describe_missing(installed, choice.profile, choice.label_rules) if installed.label is not None else None
        )
        return keep if lacking is None else keep.left_alone(f"no wheel of its release fits this host ({lacking})")

    def _plan_exchange(self, files: InstalledFiles, listed: ListedFile, candidate: Candidate) -> Exchange | Undo:
        """The exchange for a chosen wheel.

        Raises:
            LeftAloneError: it must not be made.
        """
        installed = files.installed
        project = self.view.project(installed.name)
        assert project is not None
        release = project.find_release(installed.version)
        assert release is not None
        note = read_valid_note(files)
        locked = self.environment.locked.get((installed.name, release.version), ())
        known = frozenset(digest for lock in locked for digest in lock.sha256)
        noted = frozenset() if note is None else frozenset([note.exchanged_for.sha256])
        found = identify(files, release.files, self.view.reader, noted or known)
        first = self._note_wheel(found.listed[0]) if note is None else note.installed
        _check_locks(first, locked)
        _check_source(found, listed, self._places(found), self._place(listed))
        self._check_requirements(listed, candidate.wheel, files)
        if note is not None and first.sha256 and find_sha256(listed.file) == first.sha256:
            return Undo.of(files, note, listed.file, self._explain(installed))
        why = find_modified(files)
        if why is not None:
            raise LeftAloneError(why)
        rows = self._read_rows(listed, candidate.wheel)
        described = _describe_wheel(candidate)
        finding = Finding(installed, Action.EXCHANGE, self._explain(installed), candidate.wheel.filename, described)
        record = files.record if note is None else note.record
        kept = {} if note is None else note.kept
        new_note = RefitNote(first, self._note_wheel(listed), record, kept)
        return Exchange(finding, files, found.rows, listed, candidate.wheel, rows, new_note)

    def _explain(self, installed: Installed) -> str:
        """Why another wheel is better."""
        choice = self.view.choice
        lacking = (
            describe_missing(installed, choice.profile, choice.label_rules) if installed.label is not None else None
        )
        if lacking is not None:
            return f"the installed variant {installed.label} does not run on this host ({lacking})"
        what = "the standard wheel" if installed.label is None else f"variant {installed.label}"
        return f"{what} is installed"

    def _read_rows(self, listed: ListedFile, wheel: WheelName) -> Mapping[str, RecordRow]:
        try:
            return parse_record(self.view.reader.read_record(listed.file, wheel))
        except (InvalidRecordError, WheelFileError, OSError) as error:
            raise LeftAloneError(f"the RECORD of {wheel.filename} cannot be used: {error}") from error

    def _check_requirements(self, listed: ListedFile, wheel: WheelName, files: InstalledFiles) -> None:
        """Refuse a wheel that needs distributions which the installed one does not, and which are not there.

        Raises:
            LeftAloneError: it does.
        """
        try:
            wanted = parse_headers(self.view.reader.read_metadata(listed.file, wheel)).get_all("Requires-Dist", [])
            had = parse_headers(read_regular(files.info / "METADATA", _LARGEST_METADATA)).get_all("Requires-Dist", [])
        except (WheelFileError, OSError) as error:
            raise LeftAloneError(f"the METADATA of {wheel.filename} cannot be used: {error}") from error
        for text in [str(text) for text in wanted if text not in had]:
            try:
                requirement = Requirement(text)
            except InvalidRequirement as error:
                raise LeftAloneError(f"{wheel.filename} has a requirement that cannot be read: {text!r}") from error
            if applies(requirement, self.environment.target.markers) and not self._is_met(requirement):
                raise LeftAloneError(
                    f"{wheel.filename} needs {text!r}, which is not installed; "
                    f"'dualvariant install {files.installed.name}=={files.installed.version}' gets both"
                )

    def _is_met(self, requirement: Requirement) -> bool:
        present = self.environment.present.get(canonicalize_name(requirement.name))
        try:
            return present is not None and requirement.specifier.contains(present.installed.version, prereleases=True)
        except ValueError:  # InvalidVersion, or a number with more digits than Python reads
            return False

    def _note_wheel(self, listed: ListedFile) -> NotedWheel:
        url = redact_url(listed.file.url)
        return NotedWheel(listed.file.filename, find_sha256(listed.file) or "", url, self._place(listed))

    def _place(self, listed: ListedFile) -> str:
        return redact_url(self.view.sources.sources[listed.source].place)

    def _places(self, found: Identified) -> list[str]:
        return [self._place(listed) for listed in found.listed]


def _check_source(found: Identified, listed: ListedFile, have: Sequence[str], place: str) -> None:
    """Refuse a variant of another build of the release than the installed wheel.

    Raises:
        LeftAloneError: no source lists both.
    """
    if listed.source not in {copy.source for copy in found.listed}:
        raise LeftAloneError(
            f"the installed wheel is listed by {', '.join(have)}, and the better one by {place}: "
            "two builds of one release are not exchanged for each other"
        )


def _check_locks(first: NotedWheel, locked: Sequence[Locked]) -> None:
    """Refuse an installation that is another file than a lock beside the environment says.

    Raises:
        LeftAloneError: a lock has hashes of the release, and that of the installed wheel is not among them.
    """
    for lock in locked:
        if lock.sha256 and first.sha256 and first.sha256 not in lock.sha256:
            raise LeftAloneError(
                f"{str(lock.path)!r} has other hashes for this release than that of the installed wheel "
                f"({first.filename}, sha256 {first.sha256[:16]}…)"
            )


def _describe_wheel(candidate: Candidate) -> str:
    """A wheel in words."""
    if candidate.description is None:
        return "the standard wheel"
    names = f", called {', '.join(candidate.description.names)}" if candidate.description.names else ""
    return f"variant {candidate.wheel.label}{names} ({', '.join(candidate.description.properties) or 'no properties'})"
