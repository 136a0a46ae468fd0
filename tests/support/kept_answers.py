"""A provider that notes each of its runs, where its answer comes from, and the file that keeps it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dualvariant.host.detect import Detection
from sample_plugins import Site, provider

__all__ = ["install", "posix", "source", "the_file"]

posix = pytest.mark.skipif(os.name != "posix", reason="a POSIX file system")


def install(site: Site, log: Path, *, more: str = "", run: str = "", version: str = "1.0") -> None:
    """Install a provider that adds a dot to the log each time it runs."""
    note = f"with open({str(log)!r}, 'a') as file:\n    file.write('.')\n"
    source = provider(f"{note}{run or 'return answer(a=[{!r}])'.format('1')}", more=more)
    site.install("sample", source, version=version)


def source(detection: Detection) -> str:
    """Where the only answer comes from: ``run`` or ``cache``."""
    [answer] = detection.answers
    assert detection.failures == ()
    return answer.source


def the_file(folder: Path) -> Path:
    """The only file in a folder."""
    [path] = folder.iterdir()
    return path
