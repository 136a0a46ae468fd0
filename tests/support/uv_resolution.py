"""What uv alone would install of ``demo``, for tests that compare our reading of its settings with it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import clients

__all__ = ["resolve_demo"]


def resolve_demo(folder: Path, *words: str | Path, variables: Mapping[str, str] | None = None) -> str | None:
    """The release of ``demo`` that uv would install; None if it finds none.

    Args:
        folder: has the ``uv.toml`` that counts, and gets uv's cache.
        words: the rest of the command line.
        variables: uv's variables; those of this process do not count.
    """
    command: list[str | Path] = [clients.uv(), "pip", "install", "--dry-run", "--python", sys.executable]
    command += ["--target", folder / "target", "--config-file", folder / "uv.toml", "--cache-dir", folder / "cache"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
    environment.update(variables or {})
    done = subprocess.run([*command, *words], capture_output=True, text=True, env=environment)
    assert done.returncode == 0 or "no solution found" in done.stderr.lower(), done.stderr
    found = re.search(r"^ \+ demo==(\S+)", done.stderr, re.MULTILINE)
    return found[1] if found else None
