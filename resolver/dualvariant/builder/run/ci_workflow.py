"""What a CI workflow builds: a job for each declared wheel and Python, and one that audits and indexes all together.

Each job calls ``dualvariant build`` for its wheel, with an emulator for the trials, and keeps the logs and the rejected
wheels too. Wheels are compared on one machine only: with a benchmark, one more job for each Linux platform builds its
wheels once more and measures them, and the release does not wait for it. Entries are printed as JSON, which YAML
allows, so that no name needs quoting of its own.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from dualvariant.builder.declaration.job import Job
from dualvariant.core.platforms import get_platform

__all__ = ["DEFAULT_INSTALL", "JOINING", "PYTHONS", "Workflow", "choose_options", "list_items"]

#: What a job installs if nothing else is named: dualvariant is not on PyPI, so this is the address of its sources.
DEFAULT_INSTALL = "dualvariant[build] @ git+https://github.com/dualvariant/dualvariant"

#: What the last job calls, which has all wheels.
JOINING = ("dualvariant audit wheels/*.whl", "dualvariant index wheels")

#: The versions of Python that a workflow builds for if none is named.
PYTHONS = ("3.11", "3.12", "3.13")


class Workflow(NamedTuple):
    """What a workflow builds, and with what.

    Args:
        jobs: the wheels.
        arguments: the arguments of ``dualvariant build`` that every job gets.
        measuring: further ones of the jobs that measure; None if nothing is measured.
        pythons: the versions of Python to build for.
        install: the requirement, or the path of a checkout, that brings ``dualvariant``.
    """

    jobs: tuple[Job, ...]
    arguments: tuple[str, ...]
    measuring: tuple[str, ...] | None = None
    pythons: tuple[str, ...] = PYTHONS
    install: str = DEFAULT_INSTALL

    def make_command(self, options: str) -> str:
        """The command line of a job that makes a wheel, with the options in which the jobs differ."""
        return f"dualvariant build -o wheels {options} {shlex.join(self.arguments)}"

    def make_measuring_command(self, options: str) -> str:
        """The command line of a job that measures."""
        words = shlex.join([*(self.measuring or ()), *self.arguments])
        return f"dualvariant build -o measured --emulators fetch {options} {words}"

    @property
    def install_command(self) -> str:
        """The command that installs dualvariant with what it builds with."""
        return f"python -m pip install {shlex.quote(self.install)}"

    def list_measured(self) -> Mapping[str, str]:
        """The platforms whose variants are measured, each with the options that choose the wheels.

        They are those that ``build`` runs itself, and for which there is something to compare.
        """
        chosen: dict[str, list[Job]] = {}
        for job in self.jobs if self.measuring is not None else ():
            chosen.setdefault(job.platform, []).append(job)
        return {
            platform: " ".join(f"--only {job.name}" for job in jobs)
            for platform, jobs in chosen.items()
            if get_platform(platform).is_linux and len({job.variant is None for job in jobs}) == 2
        }

    def list_entries(self) -> Iterator[tuple[Job, str]]:
        """Each wheel with each Python. cibuildwheel builds for all Pythons in one run."""
        for job in self.jobs:
            is_linux = get_platform(job.platform).is_linux
            for python in self.pythons if is_linux else self.pythons[-1:]:
                yield job, python


def choose_options(job: Job) -> str:
    """The options of one job: the emulator that its trials need is on Linux only."""
    return "--emulators fetch" if get_platform(job.platform).is_linux else "--cibuildwheel"


def list_items(entries: Sequence[Mapping[str, str]], indent: int) -> list[str]:
    """The lines of a list in YAML."""
    return [f"{' ' * indent}- {json.dumps(entry, ensure_ascii=False)}" for entry in entries]
