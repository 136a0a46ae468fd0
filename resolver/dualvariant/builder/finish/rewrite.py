"""A wheel written again with some of its files changed, and its ``RECORD`` right."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import time
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from dualvariant.builder.errors import BuildFailedError

__all__ = ["dist_info_of", "rewrite_wheel"]

_YEARS = range(1980, 2108)  # that a zip archive can tell


def dist_info_of(archive: zipfile.ZipFile, wheel: str) -> str:
    """The name of a wheel's one ``.dist-info`` folder.

    Raises:
        BuildFailedError: it has none, or several.
    """
    found = {entry.split("/", 1)[0] for entry in archive.namelist() if ".dist-info/" in entry}
    folders = sorted(name for name in found if name.endswith(".dist-info"))
    if len(folders) != 1:
        raise BuildFailedError(f"a wheel has one .dist-info folder (this has {len(folders)}): {wheel!r}")
    return folders[0]


def rewrite_wheel(source: Path, target: Path, changes: Mapping[str, bytes]) -> Path:
    """Write the wheel ``source`` as ``target``, with these files changed or added.

    Files keep their order, their permissions and their dates; new ones stand before ``RECORD``, with the date that
    ``SOURCE_DATE_EPOCH`` says, or that of ``RECORD``. So the same call on the same wheel gives the same bytes.

    Args:
        source: a wheel.
        target: where to.
        changes: what each file is to hold, by its path in the wheel.

    Raises:
        BuildFailedError: ``source`` is no whole wheel.
    """
    try:
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
            record = f"{dist_info_of(old, source.name)}/RECORD"
            written = set(old.namelist())
            date = _date(old.getinfo(record))
            for entry in old.infolist():
                if entry.filename == record:
                    continue
                content = changes[entry.filename] if entry.filename in changes else old.read(entry)
                new.writestr(entry, content, zipfile.ZIP_DEFLATED)
            for path in sorted(changes.keys() - written):
                added = zipfile.ZipInfo(path, date)
                added.external_attr = 0o644 << 16
                new.writestr(added, changes[path], zipfile.ZIP_DEFLATED)
            rows = _record(old.read(record), changes, record)
            new.writestr(old.getinfo(record), rows, zipfile.ZIP_DEFLATED)
    except (zipfile.BadZipFile, zlib.error, csv.Error, EOFError, KeyError, RuntimeError, ValueError) as error:
        raise BuildFailedError(f"it is no whole wheel ({error}): {source.name!r}") from error
    return target


def _date(record: zipfile.ZipInfo) -> tuple[int, int, int, int, int, int]:
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    with suppress(ValueError, OverflowError, OSError):
        moment = time.gmtime(int(epoch))
        if moment.tm_year in _YEARS:
            return moment[:6]
    return record.date_time


def _record(content: bytes, changes: Mapping[str, bytes], record: str) -> bytes:
    """``RECORD`` with the hash and the size of each changed file."""
    rows = [row for row in csv.reader(io.StringIO(content.decode("utf-8"), newline="")) if row]
    known = {row[0] for row in rows}
    fresh = {path: [path, f"sha256={_digest(data)}", str(len(data))] for path, data in changes.items()}
    rows = [fresh.get(row[0], row) for row in rows]
    at = next((number for number, row in enumerate(rows) if row[0] == record), len(rows))
    rows[at:at] = [fresh[path] for path in sorted(fresh.keys() - known)]
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
