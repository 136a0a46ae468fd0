"""Write a CI workflow: one job for each declared wheel and Python, and one that audits and indexes all wheels together.

Each job calls ``dualvariant build`` for its wheel, with an emulator for the trials, and keeps the logs and the rejected
wheels too. Sources: GitHub, "Workflow syntax for GitHub Actions" (``strategy.matrix.include``); GitLab, "CI/CD YAML
syntax reference" (``parallel:matrix``). Entries are printed as JSON, which YAML allows, so that no name needs YAML's
quoting.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator

from attrs import frozen

from dualvariant.builder.declaration.job import Job
from dualvariant.core.platforms import get_platform

__all__ = ["DEFAULT_INSTALL", "Workflow", "format_workflow"]

#: What a job installs if nothing else is named: dualvariant is not on PyPI, so this is the address of its sources.
DEFAULT_INSTALL = "dualvariant[build] @ git+https://github.com/dualvariant/dualvariant"


@frozen
class Workflow:
    """What a workflow builds, and with what.

    Args:
        jobs: the wheels.
        arguments: the arguments of ``dualvariant build`` that every job gets.
        pythons: the versions of Python to build for.
        install: the requirement, or the path of a checkout, that brings ``dualvariant``.
    """

    jobs: tuple[Job, ...]
    arguments: tuple[str, ...]
    pythons: tuple[str, ...] = ("3.11", "3.12", "3.13")
    install: str = DEFAULT_INSTALL

    @property
    def command(self) -> str:
        """The command line of every job, without what differs."""
        return f"dualvariant build {shlex.join(self.arguments)} -o wheels"

    @property
    def install_command(self) -> str:
        """The command that installs dualvariant with what it builds with."""
        return f"python -m pip install {shlex.quote(self.install)}"

    def list_entries(self) -> Iterator[tuple[Job, str]]:
        """Each wheel with each Python. cibuildwheel builds for all Pythons in one run."""
        for job in self.jobs:
            is_linux = get_platform(job.platform).is_linux
            for python in self.pythons if is_linux else self.pythons[-1:]:
                yield job, python


def format_workflow(system: str, workflow: Workflow) -> str:
    """The text of a workflow file.

    Args:
        system: ``github`` or ``gitlab``.
        workflow: what to build.
    """
    return _format_github(workflow) if system == "github" else _format_gitlab(workflow)


def _options(job: Job) -> str:
    """The options of one job: the emulator that its trials need is on Linux only."""
    return "--emulators fetch" if get_platform(job.platform).is_linux else "--cibuildwheel"


def _describe(job: Job) -> str:
    return job.configuration or ", ".join(job.properties) or "standard"


_JOIN = ("dualvariant audit wheels/*.whl", "dualvariant index wheels")


def _format_github(workflow: Workflow) -> str:
    entries = [
        {
            "runner": get_platform(job.platform).github_runner,
            "python": python,
            "platform": job.platform,
            "only": job.name,
            "variant": _describe(job),
            "options": _options(job),
        }
        for job, python in workflow.list_entries()
    ]
    lines = [f"          - {json.dumps(entry, ensure_ascii=False)}" for entry in entries]
    matrix = "--platform ${{ matrix.platform }} --only ${{ matrix.only }} ${{ matrix.options }}"
    setup = ["      - uses: actions/setup-python@v5", "        with:"]
    install = f"      - run: {json.dumps(workflow.install_command)}"
    return "\n".join(
        [
            "name: variant wheels",
            "on: [push, workflow_dispatch]",
            "permissions:",
            "  contents: read",
            "jobs:",
            "  wheels:",
            '    name: "${{ matrix.platform }}, ${{ matrix.python }}: ${{ matrix.variant }}"',
            "    runs-on: ${{ matrix.runner }}",
            "    strategy:",
            "      fail-fast: false",
            "      matrix:",
            "        include:",
            *lines,
            "    steps:",
            "      - uses: actions/checkout@v4",
            *setup,
            "          python-version: ${{ matrix.python }}",
            "      - run: sudo apt-get update",
            "        if: runner.os == 'Linux'",
            install,
            f"      - run: {json.dumps(f'{workflow.command} {matrix}')}",
            "      - uses: actions/upload-artifact@v4",
            "        if: always()",
            "        with:",
            "          name: wheels-${{ matrix.python }}-${{ matrix.only }}",
            "          path: |",
            "            wheels/*.whl",
            "            wheels/*.rejected",
            "            wheels/logs",
            "  release:",
            "    needs: wheels",
            "    runs-on: ubuntu-latest",
            "    steps:",
            "      - uses: actions/checkout@v4",
            *setup,
            f"          python-version: {json.dumps(workflow.pythons[-1])}",
            install,
            "      - uses: actions/download-artifact@v4",
            "        with:",
            "          pattern: wheels-*",
            "          path: wheels",
            "          merge-multiple: true",
            *(f"      - run: {command}" for command in _JOIN),
            "      - uses: actions/upload-artifact@v4",
            "        with:",
            "          name: release",
            "          path: wheels",
            "",
        ]
    )


def _format_gitlab(workflow: Workflow) -> str:
    entries = [
        {
            "RUNNER": get_platform(job.platform).gitlab_runner,
            "PYTHON": python,
            "VARIANT_PLATFORM": job.platform,
            "VARIANT_ONLY": job.name,
            "VARIANT_OPTIONS": _options(job),
        }
        for job, python in workflow.list_entries()
    ]
    lines = [f"      - {json.dumps(entry, ensure_ascii=False)}" for entry in entries]
    run = f"{workflow.command} --platform $VARIANT_PLATFORM --only $VARIANT_ONLY $VARIANT_OPTIONS"
    install = f"    - {json.dumps(workflow.install_command)}"
    artifacts = ["      - wheels/*.whl", "      - wheels/*.rejected", "      - wheels/logs"]
    return "\n".join(
        [
            "wheels:",
            "  stage: build",
            "  image: python:$PYTHON",
            "  tags:",
            "    - $RUNNER",
            "  parallel:",
            "    matrix:",
            *lines,
            "  script:",
            "    - apt-get update",
            install,
            f"    - {json.dumps(run)}",
            "  artifacts:",
            "    when: always",
            "    paths:",
            *artifacts,
            "release:",
            "  stage: test",
            f"  image: {json.dumps(f'python:{workflow.pythons[-1]}')}",
            "  needs:",
            "    - wheels",
            "  script:",
            install,
            *(f"    - {command}" for command in _JOIN),
            "  artifacts:",
            "    paths:",
            "      - wheels",
            "",
        ]
    )
