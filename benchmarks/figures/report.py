"""``results.md`` for people and ``results.json`` with every sample."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from figures.environments import UV, Environments, python_of
from figures.figure import Figure

__all__ = ["write_report"]


def write_report(
    folder: Path, environments: Environments, figures: Sequence[Figure], rounds: int, name: str = "results"
) -> None:
    """Write both files, ``NAME.md`` and ``NAME.json``."""
    about = {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "load before": _load(),
        "Python": platform.python_version(),
        "ours": _versions(environments.ours),
        "peer": _versions(environments.peer),
        "pip": ", ".join(environments.pips),
        "uv": UV,
        "runs of each command": str(rounds),
    }
    lines = [
        "# Results",
        "",
        "Written by `python benchmarks/run.py`; [README.md](README.md) says what each figure means. Ratios are of",
        "medians (of commands: the median of each round's ratio). Times are medians, with (lowest–highest).",
        "",
        "| figure | measured | target | |",
        "|---|---|---|---|",
        *(f"| {each.name} | {each.value} | {each.target} | {each.verdict} |" for each in figures),
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in about.items()),
        "",
    ]
    (folder / f"{name}.md").write_text("\n".join(lines), encoding="utf-8")
    document = {"about": about, "figures": [asdict(figure) for figure in figures]}
    (folder / f"{name}.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def _load() -> str:
    try:
        return ", ".join(f"{load:.2f}" for load in os.getloadavg())
    except (OSError, AttributeError):
        return "unknown"


def _versions(environment: Path) -> str:
    """What is installed in an environment, without what every environment has."""
    command = [python_of(environment), "-m", "pip", "list", "--format=json", "--disable-pip-version-check"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    found = {each["name"]: each["version"] for each in json.loads(done.stdout)}
    return ", ".join(f"{name} {version}" for name, version in found.items() if name not in ("pip", "setuptools"))
