"""``dualvariant build``: a standard wheel and variant wheels from a source tree."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dualvariant.cli._parser import Parser
from dualvariant.errors import UsageError
from dualvariant.report import TerminalReporter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dualvariant.build.config import Job
    from dualvariant.build.run import Outcome

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Build the wheels and print their paths; exit 1 if one of them failed."""
    options = _options(arguments)

    from dualvariant.build import config

    declaration = config.read(options.source / "pyproject.toml").only(options.platforms)
    if options.list:
        _print_jobs(declaration.jobs, as_json=options.json)
        return 0
    if options.output is None:
        raise UsageError("no folder for the wheels was named", "-o DIR names it; --list needs none")

    from dualvariant.build.errors import BuildFailedError
    from dualvariant.build.run import build_wheels

    outcomes = build_wheels(options.source, options.output, declaration, TerminalReporter(), options.jobs)
    if options.json:
        print(json.dumps([_outcome(outcome) for outcome in outcomes], indent=1))
    else:
        for outcome in outcomes:
            if outcome.wheel is not None:
                print(outcome.wheel)
    failed = sum(outcome.wheel is None for outcome in outcomes)
    if failed:
        raise BuildFailedError(
            f"{failed} of {len(outcomes)} wheels could not be built",
            "the reasons stand above, with the logs; the other wheels are whole",
        )
    return 0


def _options(arguments: list[str]) -> Any:
    parser = Parser("build", "Build a standard wheel and variant wheels from a source tree.")
    parser.add_argument(
        "source",
        metavar="SRC",
        type=Path,
        help="the source tree; [tool.variantlib.build] in its pyproject.toml says what to build",
    )
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, help="where the wheels go")
    parser.add_argument("--list", action="store_true", help="show what would be built, and build nothing")
    parser.add_argument(
        "--platform",
        dest="platforms",
        metavar="NAME",
        action="append",
        default=[],
        help="build for this platform alone (linux_x86_64, linux_aarch64); may be repeated",
    )
    parser.add_argument(
        "-j",
        "--jobs",
        metavar="N",
        type=int,
        default=os.cpu_count() or 1,
        help="how many builds run at a time (default: one for each CPU)",
    )
    parser.add_argument("--json", action="store_true", help="say it in JSON")
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        raise UsageError(f"--jobs must be at least 1: {options.jobs}")
    return options


def _print_jobs(jobs: Sequence[Job], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([_job(job) for job in jobs], indent=1))
        return
    for job in jobs:
        properties = "standard wheel" if job.variant is None else ", ".join(job.variant.properties)
        print(f"{job.platform:<14} {job.label or '-':<8}  {properties}")


def _job(job: Job) -> dict[str, Any]:
    return {
        "platform": job.platform,
        "dialect": "standard" if job.variant is None else "hash",
        "label": job.label,
        "properties": [] if job.variant is None else job.variant.properties,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        **_job(outcome.job),
        "wheel": None if outcome.wheel is None else str(outcome.wheel),
        "log": str(outcome.log),
        "seconds": round(outcome.seconds, 3),
        "error": outcome.error,
    }
