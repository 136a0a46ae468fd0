"""Write a pipeline for GitLab CI.

Source: GitLab, "CI/CD YAML syntax reference" (``parallel:matrix``).
"""

from __future__ import annotations

import json

from dualvariant.builder.run.ci_workflow import JOINING, Workflow, choose_options, list_items
from dualvariant.core.platforms import get_platform

__all__ = ["format_gitlab"]


def format_gitlab(workflow: Workflow) -> str:
    """The text of a ``.gitlab-ci.yml``."""
    entries = [
        {
            "RUNNER": get_platform(job.platform).gitlab_runner,
            "PYTHON": python,
            "VARIANT_PLATFORM": job.platform,
            "VARIANT_ONLY": job.name,
            "VARIANT_OPTIONS": choose_options(job),
        }
        for job, python in workflow.list_entries()
    ]
    lines = list_items(entries, 6)
    run = workflow.make_command("--platform $VARIANT_PLATFORM --only $VARIANT_ONLY $VARIANT_OPTIONS")
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
            *_format_gitlab_benchmark(workflow),
            "release:",
            "  stage: test",
            f"  image: {json.dumps(f'python:{workflow.pythons[-1]}')}",
            "  needs:",
            "    - wheels",
            "  script:",
            install,
            *(f"    - {command}" for command in JOINING),
            "  artifacts:",
            "    paths:",
            "      - wheels",
            "",
        ]
    )


def _format_gitlab_benchmark(workflow: Workflow) -> list[str]:
    """The lines of the job that measures; none if nothing is measured."""
    platforms = workflow.list_measured()
    if not platforms:
        return []
    entries = [
        {"RUNNER": get_platform(name).gitlab_runner, "VARIANT_PLATFORM": name, "VARIANT_OPTIONS": options}
        for name, options in platforms.items()
    ]
    run = workflow.make_measuring_command("--platform $VARIANT_PLATFORM $VARIANT_OPTIONS")
    return [
        "benchmark:",
        "  stage: build",
        f"  image: {json.dumps(f'python:{workflow.pythons[-1]}')}",
        "  tags:",
        "    - $RUNNER",
        "  parallel:",
        "    matrix:",
        *list_items(entries, 6),
        "  script:",
        "    - apt-get update",
        f"    - {json.dumps(workflow.install_command)}",
        f"    - {json.dumps(run)}",
        "  artifacts:",
        "    when: always",
        "    paths:",
        "      - measured/logs",
    ]
