"""Requirements that one variant has and others have not, such as the library that it was built against."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

from dualvariant.builder.finish.rewrite import dist_info_of, rewrite_wheel

__all__ = ["with_dependencies"]

_BLANK_LINE = re.compile(rb"(\r?\n)\r?\n")


def with_dependencies(wheel: Path, dependencies: Sequence[str], folder: Path) -> Path:
    """Write a wheel again whose METADATA has these requirements at the end of its headers.

    Args:
        wheel: a standard wheel.
        dependencies: requirements (PEP 508).
        folder: an empty folder.
    """
    with zipfile.ZipFile(wheel) as archive:
        entry = f"{dist_info_of(archive, wheel.name)}/METADATA"
        metadata = archive.read(entry)
    end = _BLANK_LINE.search(metadata)
    headers, rest = (metadata[: end.start()], metadata[end.end(1) :]) if end else (metadata, b"")
    newline = b"\r\n" if b"\r\n" in metadata else b"\n"
    lines = b"".join(f"Requires-Dist: {text}".encode() + newline for text in dependencies)
    changed = headers.rstrip(b"\r\n") + newline + lines + rest
    return rewrite_wheel(wheel, folder / wheel.name, {entry: changed})
