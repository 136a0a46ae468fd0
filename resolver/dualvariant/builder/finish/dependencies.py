"""Requirements that one variant has and others have not, such as the library that it was built against."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from variantlib.wheel_archive import WheelArchive, add_headers

__all__ = ["add_dependencies"]


def add_dependencies(wheel: Path, dependencies: Sequence[str], folder: Path) -> Path:
    """Write a wheel again whose METADATA has these requirements at the end of its headers.

    Args:
        wheel: a standard wheel.
        dependencies: requirements (PEP 508).
        folder: an empty folder for the new wheel, which has the same name.

    Raises:
        WheelFileError: it is no whole wheel.
    """
    target = folder / wheel.name
    with WheelArchive(wheel) as archive, target.open("wb") as file:
        metadata = add_headers(archive.read_metadata(), [("Requires-Dist", text) for text in dependencies])
        archive.rewrite(file, {archive.metadata_path: metadata})
    return target
