"""``dualvariant doctor``: what a bug report needs, without secrets, and which place decided each setting."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from dualvariant.cli._json import print_document
from dualvariant.cli._parser import Parser
from dualvariant.core.colour import Palette
from dualvariant.core.printable import printable_line

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Print the report: 0 if nothing is wrong, 1 if there are problems."""
    parser = Parser("doctor", "Show what a bug report needs: versions, target, settings, providers and problems.")
    parser.add_argument(
        "--python", metavar="P", help="the interpreter, or environment, that packages are installed for"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)

    from dualvariant.cli._doctor import make_report

    report = make_report(options.python)
    if options.json:
        print_document(report)
    else:
        palette = Palette.of(sys.stdout)
        for title, lines in _describe(report):
            print(palette.bold(title))
            for line in lines or ["none"]:
                print(f"  {printable_line(line)}")
    return 1 if report["problems"] else 0


def _describe(report: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Each headline with the lines below it."""
    tool, system, target = report["dualvariant"], report["system"], report["target"]
    yield (
        "dualvariant",
        [
            f"{tool['version']} in {tool['folder']}",
            f"{tool['python']}: {tool['executable']}",
            ", ".join(f"{name} {version}" for name, version in tool["packages"].items()),
        ],
    )
    yield "system", [f"{system['platform']}, {system['machine']}, {system['libc'] or 'C library unknown'}"]
    yield (
        "installs for",
        (
            []
            if target is None
            else [
                f"Python {target['version']}, pip {target['pip'] or '(none)'}, {target['best tag']}",
                target["executable"],
            ]
        ),
    )
    engine = report["engine"]
    yield "installer", [] if engine is None else [f"{engine['name']} (decided by: {engine['decided by']})"]
    yield (
        "settings, strongest last for pip",
        [
            f"{'used ' if row['counts'] else 'not  '} {row['setting']} = {row['value']}  ({row['place']})"
            for row in report["settings"]
        ],
    )
    yield (
        "providers",
        [
            f"{row['provider']} {row['version']} ({row['distribution']}): {_describe_answer(row)}"
            for row in report["providers"]
        ],
    )
    yield "variables", [f"{name}={value}" for name, value in report["variables"].items()]
    yield "cache", [report["cache"] or "no home directory, so nothing is kept"]
    yield "problems", report["problems"]


def _describe_answer(row: dict[str, Any]) -> str:
    if row["says"] is None:
        return "nothing to report here"
    first = ", ".join(f"{key}: {values}" for key, values in row["says"].items())
    return first if row["keys"] == 1 else f"{first}, and {row['keys'] - 1} more keys"
