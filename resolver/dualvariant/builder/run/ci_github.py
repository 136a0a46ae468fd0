"""Write a workflow for GitHub Actions.

Source: GitHub, "Workflow syntax for GitHub Actions" (``strategy.matrix.include``).
"""

from __future__ import annotations

import json

from dualvariant.builder.run.ci_workflow import JOINING, Workflow, choose_options, list_items
from dualvariant.core.platforms import get_platform

__all__ = ["format_github"]


def format_github(workflow: Workflow) -> str:
    """The text of a workflow file."""
    entries = [
        {
            "runner": get_platform(job.platform).github_runner,
            "python": python,
            "platform": job.platform,
            "only": job.name,
            "variant": job.configuration or ", ".join(job.properties) or "standard",
            "options": choose_options(job),
        }
        for job, python in workflow.list_entries()
    ]
    lines = list_items(entries, 10)
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
            f"      - run: {json.dumps(workflow.make_command(matrix))}",
            "      - uses: actions/upload-artifact@v4",
            "        if: always()",
            "        with:",
            "          name: wheels-${{ matrix.python }}-${{ matrix.only }}",
            "          path: |",
            "            wheels/*.whl",
            "            wheels/*.rejected",
            "            wheels/logs",
            *_format_github_benchmark(workflow),
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
            *(f"      - run: {command}" for command in JOINING),
            "      - uses: actions/upload-artifact@v4",
            "        with:",
            "          name: release",
            "          path: wheels",
            "",
        ]
    )


def _format_github_benchmark(workflow: Workflow) -> list[str]:
    """The lines of the job that measures; none if nothing is measured."""
    platforms = workflow.list_measured()
    if not platforms:
        return []
    entries = [
        {"runner": get_platform(name).github_runner, "platform": name, "options": options}
        for name, options in platforms.items()
    ]
    matrix = "--platform ${{ matrix.platform }} ${{ matrix.options }}"
    return [
        "  benchmark:",
        '    name: "benchmark on ${{ matrix.platform }}"',
        "    runs-on: ${{ matrix.runner }}",
        "    strategy:",
        "      fail-fast: false",
        "      matrix:",
        "        include:",
        *list_items(entries, 10),
        "    steps:",
        "      - uses: actions/checkout@v4",
        "      - uses: actions/setup-python@v5",
        "        with:",
        f"          python-version: {json.dumps(workflow.pythons[-1])}",
        "      - run: sudo apt-get update",
        f"      - run: {json.dumps(workflow.install_command)}",
        f"      - run: {json.dumps(workflow.make_measuring_command(matrix))}",
        "      - uses: actions/upload-artifact@v4",
        "        if: always()",
        "        with:",
        "          name: benchmark-${{ matrix.platform }}",
        "          path: measured/logs",
    ]
