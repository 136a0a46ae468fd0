"""An installed distribution as files: its RECORD, and where each line of it is on the disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from attrs import field, frozen
from packaging.utils import NormalizedName

from dualvariant.core.files import read_regular
from dualvariant.refit.failures import LeftAloneError
from dualvariant.target.installed import Installed, list_infos, read_distribution
from dualvariant.target.record import InvalidRecordError, RecordRow, digest_of_file, digest_of_script, read_record
from dualvariant.target.refit_note import NOTE_NAME, InvalidNoteError, RefitNote, read_note
from variantlib.foreign_json import load_json
from variantlib.wheel_archive import LARGEST_METADATA, parse_headers

__all__ = ["InstalledFiles", "Present", "find_modified", "find_present", "has_digest", "read_files", "read_valid_note"]

_LARGEST_DIRECT_URL = 1 << 20


@frozen
class InstalledFiles:
    """What a distribution consists of.

    Args:
        installed: the distribution.
        info: its ``.dist-info`` folder.
        prefix: the environment; no line of RECORD leads out of it.
        record: the bytes of RECORD.
        rows: its lines by their paths.
    """

    installed: Installed
    info: Path
    prefix: Path
    record: bytes = field(repr=False)
    rows: Mapping[str, RecordRow] = field(repr=False)

    @property
    def site(self) -> Path:
        """The folder that the paths in RECORD are relative to."""
        return self.info.parent

    @property
    def tags(self) -> frozenset[str]:
        """The tags in its ``WHEEL``; none if that cannot be read."""
        try:
            headers = parse_headers(read_regular(self.info / "WHEEL", LARGEST_METADATA))
        except OSError:
            return frozenset()
        return frozenset(str(tag).strip() for tag in headers.get_all("Tag", []))

    def locate(self, path: str) -> Path:
        """Where a line of RECORD is on the disk."""
        return Path(os.path.normpath(self.site / path))

    def is_as_recorded(self, path: str) -> bool:
        """Whether a file is as its line of RECORD says.

        Older pips (seen: 21.3 and 22.0.4) list a script with the digest that it has in its wheel, where its first line
        is another one.

        Raises:
            OSError: it cannot be read.
            LeftAloneError: the line has an unknown kind of digest.
        """
        return has_digest(self.locate(path), self.rows[path]) or self.is_script_of_wheel(path)

    def is_script_of_wheel(self, path: str) -> bool:
        """Whether RECORD lists a script with the digest that it has in its wheel, and not with its own.

        Raises:
            OSError: it cannot be read.
            LeftAloneError: the line has an unknown kind of digest.
        """
        place = self.locate(path)
        return not place.is_relative_to(self.site) and has_digest(place, self.rows[path], digest_of_script)

    def is_in_info(self, path: str) -> bool:
        """Whether a line of RECORD is about a file of the ``.dist-info`` folder."""
        return path.startswith(f"{self.info.name}/")


class Present(NamedTuple):
    """A distribution that is in the environment.

    Args:
        installed: the distribution; of two of one name, the one that counts.
        info: its ``.dist-info`` folder.
        foreign: why it can have no other wheel: it comes from no index, or is there twice; None if it can.
    """

    installed: Installed
    info: Path
    foreign: str | None = None


def find_present(folders: Sequence[Path]) -> Mapping[NormalizedName, Present]:
    """Every distribution in the folders, sorted by name."""
    found: dict[NormalizedName, Present] = {}
    # In many systems lib64 is a link to lib.
    for folder in {os.path.realpath(folder): folder for folder in folders}.values():
        for info in list_infos(folder):
            installed = read_distribution(info / "METADATA")
            if installed is None:
                continue
            before = found.get(installed.name)
            if before is None:
                found[installed.name] = Present(installed, info, _find_foreign(info))
            else:
                twice = f"it is there twice: {before.info.name} and {info.name}"
                found[installed.name] = before._replace(foreign=twice)
    return dict(sorted(found.items()))


def _find_foreign(info: Path) -> str | None:
    """Why a distribution comes from no index: it is a link to a source tree, a file, a repository, or of conda."""
    try:
        document = load_json(read_regular(info / "direct_url.json", _LARGEST_DIRECT_URL))
        if document.get("dir_info", {}).get("editable") is True:
            return "editable"
        return f"installed from {_describe_place(document)}"
    except FileNotFoundError:
        pass
    except (OSError, ValueError, AttributeError, TypeError):
        return "installed from an address (its direct_url.json cannot be read)"
    try:
        installer = read_regular(info / "INSTALLER", 1 << 10).decode("utf-8", "replace").strip()
    except OSError:
        return None
    return "conda installed it, from a package that is no wheel" if installer == "conda" else None


def _describe_place(document: Mapping[str, object]) -> str:
    if "vcs_info" in document:
        return "a repository, and built here"
    if "dir_info" in document:
        return "a folder, and built here"
    return "an address or a file that was named"


def read_files(installed: Installed, info: Path, prefix: Path) -> InstalledFiles:
    """The files of a distribution by its RECORD.

    Raises:
        LeftAloneError: RECORD is missing, damaged, or leads out of the environment.
    """
    try:
        record, rows = read_record(info / "RECORD")
    except InvalidRecordError as error:
        raise LeftAloneError(f"its RECORD cannot be used: {error}") from error
    files = InstalledFiles(installed, info, prefix, record, rows)
    if f"{info.name}/RECORD" not in rows or f"{info.name}/METADATA" not in rows:
        raise LeftAloneError("its RECORD cannot be used: it does not list its own .dist-info")
    for path in rows:
        place = files.locate(path)
        if not (place.is_relative_to(prefix) or place.is_relative_to(files.site)):
            raise LeftAloneError(f"its RECORD lists a file outside of the environment: {path!r}")
    return files


def has_digest(place: Path, row: RecordRow, compute: Callable[[Path, str], str | None] = digest_of_file) -> bool:
    """Whether a file has the digest of a line of RECORD; no file has that of a line without one.

    Args:
        place: the file.
        row: the line.
        compute: computes a digest of the file.

    Raises:
        OSError: it cannot be read.
        LeftAloneError: the line has an unknown kind of digest.
    """
    if not row.digest:
        return False
    try:
        return compute(place, row.algorithm) == row.digest
    except ValueError as error:
        raise LeftAloneError(f"RECORD has an unknown kind of digest for {row.path!r}") from error


def find_modified(files: InstalledFiles) -> str | None:
    """The first file that differs from its line in RECORD, or is missing, in words; None if all are as RECORD says.

    Compiled modules do not count.

    Raises:
        LeftAloneError: a line has an unknown kind of digest.
    """
    for path, row in files.rows.items():
        if row.is_bytecode or not row.digest:
            continue
        try:
            if not files.is_as_recorded(path):
                return f"{path!r} was changed after the installation"
        except FileNotFoundError:
            return f"{path!r} is missing"
        except OSError as error:
            return f"{path!r} cannot be read ({error.strerror})"
    return None


def read_valid_note(files: InstalledFiles) -> RefitNote | None:
    """The note of a distribution, if RECORD lists it as it is; None if there is none.

    Raises:
        LeftAloneError: there is one that cannot be used.
    """
    row = files.rows.get(f"{files.info.name}/{NOTE_NAME}")
    if row is None:
        return None
    try:
        if digest_of_file(files.info / NOTE_NAME) != row.digest:
            raise LeftAloneError(f"its {NOTE_NAME} was changed")
        note = read_note(files.info)
    except (InvalidNoteError, OSError) as error:
        raise LeftAloneError(f"its {NOTE_NAME} cannot be used: {error}") from error
    if note is None:
        raise LeftAloneError(f"its {NOTE_NAME} is missing")
    return note
