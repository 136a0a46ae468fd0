"""What the compiler driver costs: one project's build with and without it in front of the compiler, in turns.

The same commands in the same environment, whose build requirements are installed: ``python -m build --wheel
--no-isolation`` of dual_autodiff. The driver is called for each compilation and each link. Both by processor seconds,
which other programs disturb least, and by the clock.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path

from figures.environments import python_of
from figures.figure import Figure, at_most, reported, spread
from figures.turns import processor_seconds, ratio

__all__ = ["measure_driver"]

_WORKER = Path(__file__).resolve().parents[1] / "workers" / "install_driver.py"


def measure_driver(
    tool: Path, python: str, tree: Path, folder: Path, environment: dict[str, str], rounds: int
) -> list[Figure]:
    """Build the tree in turns.

    Args:
        tool: an environment with dualvariant.
        python: an interpreter that has ``build`` and the project's build requirements.
        tree: an unpacked source distribution.
        folder: an existing folder of ours.
        environment: of every command.
        rounds: how many builds of each kind.
    """
    place = folder / "driver"
    done = subprocess.run(
        [python_of(tool), str(_WORKER), str(place)], env=environment, check=True, capture_output=True, text=True
    )
    variables: dict[str, dict[str, str]] = json.loads(done.stdout)
    seconds: dict[str, list[float]] = {name: [] for name in variables}
    processor: dict[str, list[float]] = {name: [] for name in variables}
    for turn in range(-1, rounds):
        for name, more in variables.items():
            copy = folder / f"tree-{name}"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(tree, copy, ignore=shutil.ignore_patterns("build"))
            command = [python, "-m", "build", "--wheel", "--no-isolation", str(copy), "-o", str(folder / f"out-{name}")]
            used, started = processor_seconds(), time.perf_counter()
            subprocess.run(command, env={**environment, **more}, check=True, capture_output=True)
            if turn >= 0:
                seconds[name].append(time.perf_counter() - started)
                processor[name].append(processor_seconds() - used)
    if not list((place / "commands").iterdir()):
        raise SystemExit("the driver recorded nothing")
    return [
        at_most(
            "a build through the compiler driver, of the same build without it, processor time",
            ratio(processor["driven"], processor["bare"]),
            1.03,
            "{:.3f} ×",
            **processor,
        ),
        reported("… by the clock", f"{ratio(seconds['driven'], seconds['bare']):.3f} ×", **seconds),
        *(reported(f"… {name}, s", spread(taken, 1, "{:.2f}")) for name, taken in processor.items()),
    ]
