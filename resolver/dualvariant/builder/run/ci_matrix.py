"""Write a CI workflow with one job for each declared wheel, which calls ``dualvariant build`` for that wheel.

Sources: GitHub, "Workflow syntax for GitHub Actions" (``strategy.matrix.include``); GitLab, "CI/CD YAML syntax
reference" (``parallel:matrix``). Entries are printed as JSON, which YAML allows, so that no name needs YAML's quoting.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence

from dualvariant.builder.declaration.job import Job
from dualvariant.core.platforms import get_platform

__all__ = ["format_workflow"]


def format_workflow(system: str, jobs: Sequence[Job], arguments: Sequence[str]) -> str:
    """The text of a workflow file.

    Args:
        system: ``github`` or ``gitlab``.
        jobs: what to build.
        arguments: the arguments of ``dualvariant build`` that every job gets.
    """
    command = f"dualvariant build {shlex.join(arguments)} -o wheels"
    return _format_github(jobs, command) if system == "github" else _format_gitlab(jobs, command)


def _extra_option(job: Job) -> str:
    return "" if get_platform(job.platform).is_linux else "--cibuildwheel"


def _describe(job: Job) -> str:
    return job.configuration or ", ".join(job.properties) or "standard"


def _format_github(jobs: Sequence[Job], command: str) -> str:
    entries = [
        {
            "runner": get_platform(job.platform).github_runner,
            "platform": job.platform,
            "only": job.name,
            "variant": _describe(job),
            "options": _extra_option(job),
        }
        for job in jobs
    ]
    lines = [f"          - {json.dumps(entry, ensure_ascii=False)}" for entry in entries]
    run = f"{command} --platform ${{{{ matrix.platform }}}} --only ${{{{ matrix.only }}}} ${{{{ matrix.options }}}}"
    return "\n".join(
        [
            "name: variant wheels",
            "on: [push, workflow_dispatch]",
            "permissions:",
            "  contents: read",
            "jobs:",
            "  wheels:",
            '    name: "${{ matrix.platform }}: ${{ matrix.variant }}"',
            "    runs-on: ${{ matrix.runner }}",
            "    strategy:",
            "      fail-fast: false",
            "      matrix:",
            "        include:",
            *lines,
            "    steps:",
            "      - uses: actions/checkout@v4",
            "      - uses: actions/setup-python@v5",
            "        with:",
            '          python-version: "3.x"',
            "      - run: python -m pip install 'dualvariant[build]'",
            f"      - run: {json.dumps(run)}",
            "      - uses: actions/upload-artifact@v4",
            "        with:",
            "          name: wheels-${{ matrix.only }}",
            "          path: wheels/*.whl",
            "",
        ]
    )


def _format_gitlab(jobs: Sequence[Job], command: str) -> str:
    entries = [
        {
            "RUNNER": get_platform(job.platform).gitlab_runner,
            "VARIANT_PLATFORM": job.platform,
            "VARIANT_ONLY": job.name,
            "VARIANT_OPTIONS": _extra_option(job),
        }
        for job in jobs
    ]
    lines = [f"      - {json.dumps(entry, ensure_ascii=False)}" for entry in entries]
    run = f"{command} --platform $VARIANT_PLATFORM --only $VARIANT_ONLY $VARIANT_OPTIONS"
    return "\n".join(
        [
            "wheels:",
            "  stage: build",
            "  image: python:3",
            "  tags:",
            "    - $RUNNER",
            "  parallel:",
            "    matrix:",
            *lines,
            "  script:",
            "    - python -m pip install 'dualvariant[build]'",
            f"    - {json.dumps(run)}",
            "  artifacts:",
            "    paths:",
            "      - wheels/*.whl",
            "",
        ]
    )
