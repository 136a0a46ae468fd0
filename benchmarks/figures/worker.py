"""Start a measurement in a fresh process of one of the environments."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from figures.environments import python_of, undisturbed

__all__ = ["run_worker"]

_WORKERS = Path(__file__).resolve().parent.parent / "workers"


def run_worker(
    folder: Path, script: str, *arguments: object, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What the worker prints, a JSON object.

    Args:
        folder: the virtual environment that it runs in.
        script: its file name in ``workers/``.
        arguments: its arguments.
        environment: its environment variables, if they are not the usual ones.
    """
    command = [python_of(folder), str(_WORKERS / script), *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment or undisturbed())
    result: dict[str, Any] = json.loads(done.stdout)
    return result
