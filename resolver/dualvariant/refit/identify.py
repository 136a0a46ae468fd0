"""Which wheel of a release is installed: the one whose own RECORD is contained in that of the installation.

An installer unpacks a wheel's files where its RECORD says, adds files of its own (``INSTALLER``, scripts, compiled
modules), and writes a RECORD of all. Files below ``.data`` get other places, and scripts another first line. So a wheel
is recognised without its sha256, which no installation keeps.

Source: "Installing a wheel" in the binary distribution format (PyPA specification).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dualvariant.network.failures import SourceError
from dualvariant.refit.failures import LeftAloneError
from dualvariant.refit.files import InstalledFiles
from dualvariant.repository.listed_file import ListedFile, find_sha256
from dualvariant.repository.variant_metadata import MetadataReader
from dualvariant.target.record import InvalidRecordError, RecordRow, parse_record
from dualvariant.target.refit_note import NOTE_NAME
from variantlib.errors import WheelFileError

__all__ = ["Identified", "MismatchError", "identify", "match"]

#: What installers write into ``.dist-info``.
INSTALLERS_OWN = frozenset(
    {"INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "uv_cache.json", "uv_build.json", NOTE_NAME}
)
#: Lines of a wheel's RECORD that an installer need not keep: signatures of RECORD itself.
_SIGNATURES = (".dist-info/RECORD", ".dist-info/RECORD.jws", ".dist-info/RECORD.p7s")


class MismatchError(ValueError):
    """A wheel is not the one that is installed; the message says by which file."""


class Identified(NamedTuple):
    """The wheel that is installed.

    Args:
        listed: the wheel, of each source that lists it.
        sha256: its sha256; None if no source says it.
        rows: the lines of its own RECORD, by the paths that the installation has for them.
    """

    listed: Sequence[ListedFile]
    sha256: str | None
    rows: Mapping[str, RecordRow]


def match(wheel: Mapping[str, RecordRow], files: InstalledFiles) -> Mapping[str, RecordRow]:
    """The lines of a wheel's RECORD by the paths that an installation of it has for them.

    Args:
        wheel: the lines by their paths in the wheel.
        files: the installation.

    Raises:
        MismatchError: a file of the wheel is not there or is another one, or there are files that neither the wheel nor
            an installer has brought.
    """
    by_name: dict[str, list[RecordRow]] = defaultdict(list)
    for row in files.rows.values():
        by_name[row.path.rpartition("/")[2]].append(row)
    found: dict[str, RecordRow] = {}
    for path, row in wheel.items():
        if path.endswith(_SIGNATURES):
            continue
        place = _find_place(row, files, by_name[path.rpartition("/")[2]])
        if place is None:
            raise MismatchError(f"{path!r} is not installed, or is another file")
        found[place] = row
    for path, row in files.rows.items():
        if path not in found and not row.is_bytecode and not _is_installers(path, files):
            raise MismatchError(f"{path!r} is installed, and is not in the wheel")
    return found


def _find_place(row: RecordRow, files: InstalledFiles, namesakes: Sequence[RecordRow]) -> str | None:
    """The path that an installation has for a line of the wheel; None if it has no such file."""
    top, _, inner = row.path.partition("/")
    scheme, _, rest = inner.partition("/")
    if not top.endswith(".data") or not rest:
        installed = files.rows.get(row.path)
        return row.path if installed is not None and installed.digest == row.digest else None
    for other in namesakes:
        same = other.digest == row.digest or scheme == "scripts"  # a script gets the interpreter's path
        if not same:
            continue
        if scheme in ("purelib", "platlib") and other.path == rest:
            return other.path
        if scheme not in ("purelib", "platlib") and files.locate(other.path).as_posix().endswith(f"/{rest}"):
            return other.path
    return None


def _is_installers(path: str, files: InstalledFiles) -> bool:
    """Whether an installer makes such a file: in ``.dist-info``, or a script outside of the site folder."""
    if files.is_in_info(path):
        return path.removeprefix(f"{files.info.name}/") in INSTALLERS_OWN
    return not files.locate(path).is_relative_to(files.site)


def identify(
    files: InstalledFiles, wheels: Sequence[ListedFile], reader: MetadataReader, known: frozenset[str]
) -> Identified:
    """Find the installed wheel among those of its release.

    Args:
        files: the installation.
        wheels: every wheel that the sources list for the release.
        reader: reads the wheels' RECORDs.
        known: the sha256 of files that something else says were installed; they decide between two that match.

    Raises:
        LeftAloneError: none of them is the installed one, or two are.
    """
    same = [listed for listed in wheels if listed.wheel is not None and files.installed.is_of(listed.wheel)]
    likely = [listed for listed in same if _has_tags(files, listed)]
    for candidates in (likely, [listed for listed in same if listed not in likely]):
        found, problems = _match_all(files, candidates, reader)
        if len(found) > 1 and known:
            found = [one for one in found if one.sha256 in known] or found
        if len(found) == 1:
            return found[0]
        if found:
            names = " and ".join(sorted(one.listed[0].file.filename for one in found))
            raise LeftAloneError(f"two different wheels of the sources have its files: {names}")
        if problems:
            raise LeftAloneError(f"it is not known which wheel it is ({problems[0]})")
    what = "standard wheel" if files.installed.label is None else f"wheel of variant {files.installed.label}"
    raise LeftAloneError(
        f"no {what} of this release on the sources has its files: it was built here, changed, or uploaded again since"
    )


def _match_all(
    files: InstalledFiles, candidates: Sequence[ListedFile], reader: MetadataReader
) -> tuple[list[Identified], list[str]]:
    """The wheels that match, each once, and why others could not be read."""
    by_file: dict[str, list[ListedFile]] = defaultdict(list)
    for listed in candidates:
        by_file[find_sha256(listed.file) or listed.file.url].append(listed)
    found, problems = [], []
    for copies in by_file.values():
        wheel = copies[0].wheel
        assert wheel is not None
        try:
            rows = match(parse_record(reader.read_record(copies[0].file, wheel)), files)
        except MismatchError:
            continue
        except (SourceError, OSError, WheelFileError, InvalidRecordError) as error:
            problems.append(f"{wheel.filename}: {error}")
            continue
        found.append(Identified(copies, find_sha256(copies[0].file), rows))
    return found, problems


def _has_tags(files: InstalledFiles, listed: ListedFile) -> bool:
    """Whether a wheel's name has the tags that the installed ``WHEEL`` has."""
    assert listed.wheel is not None
    return {str(tag) for tag in listed.wheel.tags} == files.tags
