"""Start a measurement in a fresh process of one of the environments."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from figures.environments import python_of, undisturbed

__all__ = ["run_worker"]

_WORKERS = Path(__file__).resolve().parent.parent / "workers"


def run_worker(environment: Path, script: str, *arguments: object) -> dict[str, Any]:
    """What the worker prints, a JSON object.

    Args:
        environment: the virtual environment that it runs in.
        script: its file name in ``workers/``.
        arguments: its arguments.
    """
    command = [python_of(environment), str(_WORKERS / script), *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=undisturbed())
    result: dict[str, Any] = json.loads(done.stdout)
    return result
