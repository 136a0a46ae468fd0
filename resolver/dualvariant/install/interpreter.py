"""The interpreter that wheels are installed for, as it describes itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

__all__ = ["Interpreter"]


@frozen
class Interpreter:
    """What a target interpreter said of itself.

    Args:
        executable: its path.
        version: ``3.11.7``.
        prefix: its ``sys.prefix``.
        site: the folders that distributions are installed into (pure and platform).
        path: its ``sys.path``.
        pip: the version of its pip, or None.
        tags: the wheel tags it takes, best first.
        markers: what dependency markers (PEP 508) mean there.
    """

    executable: Path
    version: str
    prefix: Path
    site: tuple[Path, ...]
    path: tuple[Path, ...]
    pip: str | None
    tags: tuple[str, ...]
    markers: Mapping[str, str]
