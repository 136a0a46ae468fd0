"""Admission: what an installer filters the files of a project by, known to the choice of variants.

A chosen variant takes the place of the standard wheels of its release. If the installer then passed over the variant,
because of its hash or its upload time, nothing would be left of a release that plain pip or uv installs. So a variant
is admitted only if it is known to pass every filter; whatever cannot be told counts against it. Standard wheels and
sdists are the installer's to judge: they are excluded here only where it is known to pass over them.

Source: ``LinkEvaluator.evaluate_link`` and ``filter_unallowed_hashes`` of pip 26.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from packaging.utils import NormalizedName

from dualvariant.core.files import digests_of
from dualvariant.core.iso_time import parse_iso_time
from dualvariant.network.urls import local_path
from dualvariant.repository.listed_file import ListedFile
from dualvariant.repository.page import File
from dualvariant.requirements.allowed_hashes import AllowedHashes
from dualvariant.selection.choice import Choice
from variantlib.selection import TagRanks
from variantlib.verdict import Candidate
from variantlib.wheel_name import Dialect

__all__ = ["Admission"]

#: The upload time of a file that no limit is about, on a page where every file needs one.
_BEGINNING = "1970-01-01T00:00:00Z"
#: Why a file without an upload time is out.
_NO_TIME = "only files that were uploaded early enough may be taken, and its upload time is not known"


class _Ordinary(NamedTuple):
    """What a variant is compared with: the standard wheels and sdists of its release that the installer could take.

    Args:
        yanked: whether all of them are yanked; None if there are none.
        versions: the version, as each of the wheels writes it.
        uploaded: when the latest of the wheels was uploaded, as far as that is known.
    """

    yanked: bool | None
    versions: frozenset[str]
    uploaded: datetime | None

    @classmethod
    def of(cls, wheels: Sequence[ListedFile], sdists: Sequence[ListedFile]) -> _Ordinary:
        """Of these files of one release."""
        yanked = [listed.file.yanked is not None for listed in (*wheels, *sdists)]
        times = [parse_iso_time(listed.file.upload_time) for listed in wheels]
        return cls(
            all(yanked) if yanked else None,
            frozenset(str(listed.version) for listed in wheels),
            max((time for time in times if time is not None), default=None),
        )


class Admission:
    """The filters of an installer for one project.

    Args:
        choice: what the user asked for.
        project: the project.
        tags: the wheel tags of the target.

    Attributes:
        project: the project.
        sources: whether sdists may be taken.
    """

    def __init__(self, choice: Choice, project: NormalizedName, tags: TagRanks) -> None:
        self.project = project
        self._choice = choice
        self._tags = tags
        self._wheels = choice.formats.wheels(project)
        self.sources = choice.formats.sources(project)
        self._hashes = choice.hashes.get(project)
        self._limit = choice.uploads.find(project)
        self._digests: dict[str, Mapping[str, str]] = {}

    def judge(self, candidates: Sequence[Candidate], files: Sequence[ListedFile]) -> list[Candidate]:
        """The candidates of one release; those that the installer would pass over are excluded, with the reason.

        Args:
            candidates: its wheels, in the order of their files.
            files: every file of the release.
        """
        wheels = [listed for listed in files if listed.wheel is not None]
        judged = [
            candidate if candidate.excluded is not None else _exclude(candidate, self.why_not(listed))
            for candidate, listed in zip(candidates, wheels, strict=True)
        ]
        judged = list(self._prefer_listed(judged, wheels))
        ordinary = _Ordinary.of(
            [listed for candidate, listed in zip(judged, wheels, strict=True) if self._is_ordinary(candidate)],
            [listed for listed in files if listed.wheel is None and self.why_not(listed) is None],
        )
        return [
            _exclude(candidate, self._why_not_preferred(listed, ordinary)) if candidate.excluded is None else candidate
            for candidate, listed in zip(judged, wheels, strict=True)
        ]

    def _is_ordinary(self, candidate: Candidate) -> bool:
        """Whether a candidate is a standard wheel that the installer could take."""
        standard = candidate.wheel.dialect is Dialect.STANDARD
        return standard and candidate.excluded is None and self._tags.rank(candidate) is not None

    def _prefer_listed(self, candidates: Sequence[Candidate], wheels: Sequence[ListedFile]) -> Sequence[Candidate]:
        """The candidates, of whose standard wheels only those count that the installer prefers for their hashes.

        To pip, a yanked one with a listed hash does not come before one that is not yanked.
        """
        if self._hashes is None:
            return candidates
        ranks = [self._rank_hashes(listed.file, self._hashes) for listed in wheels]
        pairs = list(zip(candidates, ranks, strict=True))
        ordinary = [
            (listed.file.yanked is not None, rank)
            for (candidate, rank), listed in zip(pairs, wheels, strict=True)
            if self._is_ordinary(candidate)
        ]
        current = [rank for is_yanked, rank in ordinary if not is_yanked]
        best = max(current if current and not self._choice.rules.as_uv else [rank for _, rank in ordinary], default=0)
        why = "another wheel has a hash that is known to be among those that the requirement lists"
        if best == 1:
            why = "uv prefers another wheel, whose page lists no hash, to one whose page lists another hash"
        return [
            _exclude(candidate, why) if self._is_ordinary(candidate) and rank < best else candidate
            for candidate, rank in pairs
        ]

    def _rank_hashes(self, file: File, hashes: AllowedHashes) -> int:
        """2 for a page with a listed hash; to uv, 1 for a page without any; else 0."""
        if hashes.lists(file.hashes):
            return 2
        return 1 if self._choice.rules.as_uv and not file.hashes else 0

    def why_not(self, listed: ListedFile) -> str | None:
        """Why the installer is known not to install a file, of whichever kind; None if it may do so."""
        return self.why_not_considered(listed) or self._why_not_listed(listed.file)

    def why_not_considered(self, listed: ListedFile) -> str | None:
        """Why the installer passes over a file before it compares hashes.

        pip takes a file with another hash where no file has a listed one, and ends when it has read it.
        """
        if listed.wheel is not None and not self._wheels:
            return "--no-binary asks for sources"
        if listed.wheel is None and not self.sources:
            return "--only-binary asks for wheels"
        return self._why_other_python(listed.file) or self._why_too_late(listed)

    def reads(self, file: File) -> bool:
        """Whether the digests of a file are those of the file itself, and not only what its page claims."""
        return bool(self._compute_digests(file))

    def show(self, listed: ListedFile) -> File:
        """A file as the installer is to see it: with what makes it pass the same filters as on the user's sources.

        A chosen variant gets its listed digests, also those that its page does not have: pip prefers a file with a
        listed digest to one without, even if that one is of a newer release. A file of a find-links source, to which uv
        applies no limit, gets an upload time: the installer sees it on an index.
        """
        file = listed.file
        if _is_variant(listed) and (digests := self._find_listed_digests(file)):
            others = {name: digest for name, digest in file.hashes.items() if name not in digests}
            file = file._replace(hashes={**digests, **others})
        if self._limit is not None and self._choice.uploads.by_source and self._is_exempt(listed):
            file = file._replace(upload_time=file.upload_time or _BEGINNING)
        return file

    def hides_digests(self, files: Sequence[ListedFile]) -> bool:
        """Whether an installer must not see the digests of a chosen variant, because it would prefer its release.

        Where hashes are listed, pip prefers files with a listed digest to those of a newer release without. So a
        variant shows its digests only if a file whose place it takes shows a listed one, or if there is no such file.

        Args:
            files: every file of the release.
        """
        if self._hashes is None:
            return False
        hashes, known = self._hashes, []
        for listed in files:
            fits = listed.wheel is None or self._tags.rank(Candidate(listed.wheel)) is not None
            if fits and not _is_variant(listed) and self.why_not_considered(listed) is None:
                known.append(hashes.lists(listed.file.hashes))
        return bool(known) and not any(known)

    def _why_not_preferred(self, listed: ListedFile, ordinary: _Ordinary) -> str | None:
        """Why a wheel that the installer could take is not the one that it takes of its release.

        A variant is out if it is not known to be taken either.
        """
        yanked = listed.file.yanked
        if yanked is not None and ordinary.yanked is not True:
            return f"yanked ({yanked or 'no reason given'})"
        if not _is_variant(listed):
            return None
        if self._hashes is not None and not self._find_listed_digests(listed.file):
            algorithms = ", ".join(sorted(self._hashes.digests))
            return f"it is not known to be among the files whose hashes ({algorithms}) the requirement lists"
        # Without its variants a yanked release would be passed over, or taken because it is pinned.
        if yanked is None and ordinary.yanked:
            return "its release is yanked"
        if ordinary.versions and ordinary.versions != {str(listed.version)}:
            return "its version is not written as that of the standard wheel"  # '===' compares the text
        return self._why_not_early(listed, ordinary.uploaded)

    def _why_other_python(self, file: File) -> str | None:
        """Why the file is not for the target's Python (PEP 503), or None if it is."""
        admitted = self._choice.rules.admits_python(file.requires_python, self._choice.python)
        return None if admitted else f"needs Python {file.requires_python}"

    def _why_too_late(self, listed: ListedFile) -> str | None:
        if self._limit is None or self._limit.before is None or self._is_exempt(listed):
            return None
        uploaded = parse_iso_time(listed.file.upload_time)
        if uploaded is None and self._choice.uploads.by_source:
            return _NO_TIME
        if uploaded is None or self._limit.admits(uploaded):
            return None  # without an upload time, pip ends the run
        return f"uploaded at {listed.file.upload_time}, and only earlier files may be taken"

    def _why_not_early(self, listed: ListedFile, latest: datetime | None) -> str | None:
        """Why a variant is not known to be early enough.

        Args:
            listed: the variant.
            latest: when the latest of the standard wheels that it replaces was uploaded.
        """
        if self._limit is None or self._is_exempt(listed):
            return None
        uploaded = parse_iso_time(listed.file.upload_time)
        if uploaded is None:
            return _NO_TIME
        # Where the limit cannot be read, the installer takes the variant if it takes the standard wheel.
        if self._limit.admits(uploaded) or (latest is not None and uploaded <= latest):
            return None
        return f"uploaded at {listed.file.upload_time}, and it is not known whether that is early enough"

    def _is_exempt(self, listed: ListedFile) -> bool:
        """Whether no limit on upload times is about the file."""
        if self._choice.uploads.by_source:
            return listed.from_find_links
        # A variant on this machine is shown under an address of ours, and there pip asks for an upload time.
        return not _is_variant(listed) and local_path(listed.file.url) is not None

    def _why_not_listed(self, file: File) -> str | None:
        if self._hashes is None:
            return None
        # A page may write a digest in upper case, which to pip is another text.
        digests = {name: digest.lower() for name, digest in self._find_digests(file).items()}
        if self._hashes.lists(digests) or not self._hashes.digests.keys() <= digests.keys():
            return None  # without every digest, the installer computes them when it has downloaded the file
        return f"its hash ({', '.join(sorted(self._hashes.digests))}) is not among those that the requirement lists"

    def _find_listed_digests(self, file: File) -> Mapping[str, str]:
        """The digests of a file that the requirement lists."""
        if self._hashes is None:
            return {}
        listed = self._hashes.digests
        return {name: digest for name, digest in self._find_digests(file).items() if digest in listed.get(name, ())}

    def _find_digests(self, file: File) -> Mapping[str, str]:
        """The digests of a file: those by the listed algorithms are its own where it is on this machine."""
        if self._hashes is None or self._hashes.lists(file.hashes):
            return file.hashes
        return {**file.hashes, **self._compute_digests(file)}

    def _compute_digests(self, file: File) -> Mapping[str, str]:
        """The digests of a file by the listed algorithms; none where it is not on this machine, or cannot be read."""
        path = None if file.is_foreign_path else local_path(file.url)
        if self._hashes is None or path is None:
            return {}
        if file.url not in self._digests:
            try:
                self._digests[file.url] = digests_of(path, self._hashes.digests) if path.is_file() else {}
            except OSError:
                self._digests[file.url] = {}  # the installer reports it, if it takes the file
        return self._digests[file.url]


def _is_variant(listed: ListedFile) -> bool:
    return listed.wheel is not None and listed.wheel.dialect is not Dialect.STANDARD


def _exclude(candidate: Candidate, why: str | None) -> Candidate:
    return candidate if why is None else candidate._replace(excluded=why)
