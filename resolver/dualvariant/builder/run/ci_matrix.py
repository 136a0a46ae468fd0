"""The declared wheels as jobs of a CI system, each of which calls the same command for one of them.

Sources: GitHub, "Workflow syntax for GitHub Actions" (``strategy.matrix.include``); GitLab, "CI/CD YAML syntax
reference" (``parallel:matrix``). Entries are printed as JSON, which YAML allows, so that no name needs YAML's quoting.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence

from dualvariant.builder.declaration.job import Job

__all__ = ["emit"]

#: The machines that GitHub lends, and what GitLab's own runners are called, by the platforms that they build natively.
_GITHUB = {
    "linux_x86_64": "ubuntu-latest",
    "linux_aarch64": "ubuntu-24.04-arm",
    "macosx_x86_64": "macos-13",
    "macosx_arm64": "macos-14",
    "win_amd64": "windows-latest",
    "win_arm64": "windows-11-arm",
}
_GITLAB = {
    "linux_x86_64": "saas-linux-small-amd64",
    "linux_aarch64": "saas-linux-small-arm64",
    "macosx_x86_64": "saas-macos-medium-m1",
    "macosx_arm64": "saas-macos-medium-m1",
    "win_amd64": "saas-windows-medium-amd64",
    "win_arm64": "saas-windows-medium-amd64",
}


def emit(system: str, jobs: Sequence[Job], arguments: Sequence[str]) -> str:
    """The text of a workflow.

    Args:
        system: ``github`` or ``gitlab``.
        jobs: what to build.
        arguments: the arguments of ``dualvariant build`` that each job gets as well.
    """
    command = f"dualvariant build {shlex.join(arguments)} -o wheels"
    return _github(jobs, command) if system == "github" else _gitlab(jobs, command)


def _native(job: Job) -> str:
    return "" if job.platform.startswith("linux_") else " --cibuildwheel"


def _described(job: Job) -> str:
    return job.configuration or ", ".join(job.properties) or "standard"


def _github(jobs: Sequence[Job], command: str) -> str:
    entries = [
        {
            "runner": _GITHUB[job.platform],
            "platform": job.platform,
            "only": job.name,
            "variant": _described(job),
            "options": _native(job).strip(),
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


def _gitlab(jobs: Sequence[Job], command: str) -> str:
    entries = [
        {
            "RUNNER": _GITLAB[job.platform],
            "VARIANT_PLATFORM": job.platform,
            "VARIANT_ONLY": job.name,
            "VARIANT_OPTIONS": _native(job).strip(),
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
