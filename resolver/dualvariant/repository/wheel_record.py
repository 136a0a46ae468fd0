"""Reads the ``RECORD`` of a wheel: of a wheel on a server only the end, by one range request in most cases."""

from __future__ import annotations

from dualvariant.network.remote_wheel import open_remote
from dualvariant.network.urls import local_path
from dualvariant.repository.page import File
from dualvariant.repository.small_files import SmallFiles
from variantlib.wheel_archive import WheelArchive
from variantlib.wheel_name import WheelName

__all__ = ["read_wheel_record"]

#: The most bytes of a RECORD that are read, and of a wheel that is downloaded from a server without ranges.
LARGEST_RECORD = 64 << 20
LARGEST_WHOLE = 64 << 20


def read_wheel_record(files: SmallFiles, file: File, wheel: WheelName) -> bytes:
    """The RECORD of a wheel. What came over the network is kept by the sha256 of the wheel.

    Raises:
        WheelFileError: the wheel is broken, or is another's.
        NoRangesError: the server has no ranges, and the wheel is too large to be downloaded for this.
        SourceError, OSError: it cannot be read.
    """
    path = local_path(file.url)
    if path is not None:
        with WheelArchive(path, wheel) as archive:
            return _read(archive)
    sha256 = file.hashes.get("sha256")
    key = None if sha256 is None else f"{sha256} RECORD"
    content = files.cache.read(key)
    if content is None:
        with (
            open_remote(files.client, file.url, LARGEST_WHOLE) as remote,
            WheelArchive(remote, wheel) as archive,  # type: ignore[arg-type]
        ):
            content = _read(archive)
        files.cache.write(key, content)
    return content


def _read(archive: WheelArchive) -> bytes:
    return archive.read(f"{archive.dist_info}/RECORD", LARGEST_RECORD)
