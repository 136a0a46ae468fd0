"""The options of ``dualvariant build``: the parser, and the options that each job of a CI workflow repeats."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import islice
from math import inf
from pathlib import Path
from typing import Any

from dualvariant.cli._dashes import split_at_dashes
from dualvariant.cli._parser import Parser
from dualvariant.core.errors import UsageError

__all__ = ["list_measuring_options", "list_repeated_options", "parse_options"]

#: How many wheels are built without --max-wheels.
MAX_WHEELS = 50

#: Options that the jobs of a CI workflow do not repeat, and how many values each takes.
_NOT_REPEATED = {
    "--emit": 1,
    "--list": 0,
    "--json": 0,
    "-o": 1,
    "--output": 1,
    "--only": 1,
    "--platform": 1,
    "--python": 1,
    "--install": 1,
    "--emulators": 1,
}

#: Those that only the jobs repeat that measure, and how many values each takes.
_MEASURING = {"--bench": 1, "--bench-requires": 1, "--bench-seconds": 1}


def parse_options(arguments: Sequence[str]) -> Any:
    """The parsed command line, with what follows ``--`` as ``cibuildwheel_options``.

    Raises:
        UsageError: it cannot be used.
    """
    ours, theirs = split_at_dashes(arguments)
    options = _make_parser().parse_args(ours)
    options.cibuildwheel_options = theirs
    if options.jobs < 1:
        raise UsageError(f"--jobs must be at least 1: {options.jobs}", "leave it out for one build for each CPU")
    if options.max_wheels < 1:
        raise UsageError(f"--max-wheels must be at least 1: {options.max_wheels}", "--list shows what would be built")
    if options.bench_seconds is not None and not 0 < options.bench_seconds < inf:
        raise UsageError(
            f"--bench-seconds must be a number greater than 0: {options.bench_seconds}", "leave it out for 60 seconds"
        )
    if theirs and not options.cibuildwheel:
        raise UsageError(
            f"options after '--' need --cibuildwheel: {theirs[0]!r}", "they are passed on to cibuildwheel only"
        )
    if options.bench and options.no_smoke:
        raise UsageError("--bench runs the wheels, and --no-smoke runs none", "leave one of them out")
    if options.emit and (options.list or options.json):
        raise UsageError(
            "--emit prints a workflow, and neither a list nor JSON", "leave out --emit, or --list and --json"
        )
    if not options.emit and (options.python or options.install):
        raise UsageError("--python and --install are about workflows", "--emit github prints one")
    if options.output is None and not (options.list or options.emit):
        raise UsageError("no folder for the wheels was named", "name it with -o DIR; --list needs none")
    return options


def _make_parser() -> Parser:
    parser = Parser("build", "Build a standard wheel and variant wheels, and check that their labels match their code.")
    parser.add_argument(
        "source", metavar="SRC", help="a source tree, a source distribution, or NAME==VERSION on an index"
    )
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, help="where the wheels go")
    _add_what(parser)
    _add_how(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _add_what(parser: Parser) -> None:
    what = parser.add_argument_group("what to build, in place of or from [tool.variantlib.build] in pyproject.toml")
    what.add_argument("--config", metavar="FILE", type=Path, help="the declaration, for a project that has none")
    repeated: dict[str, Any] = {"action": "append", "default": []}
    what.add_argument(
        "--matrix",
        metavar='"P :: K = V,V"',
        **repeated,
        help="the variants: one for each value; several of these make a cross product",
    )
    what.add_argument(
        "--exclude", metavar='"P :: K :: V, …"', **repeated, help="leave out variants that have all of these properties"
    )
    what.add_argument(
        "--platform",
        dest="platforms",
        metavar="NAME",
        **repeated,
        help="build for this platform only (linux_x86_64, linux_aarch64, …); may be repeated",
    )
    what.add_argument(
        "--only",
        metavar="NAME",
        **repeated,
        help="build this wheel only: its label, property, configuration, or 'standard'; may be repeated",
    )
    what.add_argument(
        "--dialect",
        choices=["hash", "label", "both"],
        help="which wheels variants become, in place of what is declared (default: hash)",
    )
    what.add_argument("--list", action="store_true", help="show what would be built, and build nothing")
    what.add_argument(
        "--emit", metavar="CI", choices=["github", "gitlab"], help="print a workflow for that CI, a job for each wheel"
    )
    what.add_argument(
        "--python", metavar="X.Y", action="append", help="with --emit: a Python to build for; may be repeated"
    )
    what.add_argument(
        "--install", metavar="REQ", help="with --emit: the requirement, or checkout, that brings dualvariant"
    )
    what.add_argument(
        "--max-wheels",
        metavar="N",
        type=int,
        default=MAX_WHEELS,
        help=f"build nothing if there are more wheels than this (default: {MAX_WHEELS})",
    )


def _add_how(parser: Parser) -> None:
    how = parser.add_argument_group("how to build")
    how.add_argument(
        "-j",
        "--jobs",
        metavar="N",
        type=int,
        default=os.cpu_count() or 1,
        help="how many builds run at a time (default: one for each CPU)",
    )
    how.add_argument(
        "--compiler",
        choices=["local", "zig"],
        default="local",
        help="zig makes manylinux2014 wheels on any Linux (default: local, for this machine's platform)",
    )
    how.add_argument("--dask", metavar="ADDRESS", help="build on the workers of this dask.distributed scheduler")
    how.add_argument("--cibuildwheel", action="store_true", help="have cibuildwheel build, once for each variant")
    how.add_argument("--test-command", metavar="C", help="test each wheel with this command, on a CPU of its label")
    how.add_argument(
        "--test-requires",
        metavar="REQ",
        action="append",
        default=[],
        help="a requirement of the command; may be repeated",
    )
    how.add_argument(
        "--bench",
        metavar="C",
        help="run this command in turns in each wheel that this host can run, and say whether a variant pays",
    )
    how.add_argument(
        "--bench-requires",
        metavar="REQ",
        action="append",
        default=[],
        help="a requirement of that command; may be repeated",
    )
    how.add_argument(
        "--bench-seconds",
        metavar="S",
        type=float,
        help="how long the runs may take together, if ten rounds allow it (default: 60)",
    )
    how.add_argument(
        "--emulators",
        metavar="DIR",
        help="where the emulators of other CPUs are; 'fetch' gets Debian's qemu-user, and keeps it",
    )
    how.add_argument("--no-smoke", action="store_true", help="do not import, test or measure the finished wheels")
    how.add_argument("--refresh", action="store_true", help="ask the providers again what CPU the wheels are tested on")


def list_repeated_options(arguments: Sequence[str]) -> list[str]:
    """The arguments that each job of a CI workflow repeats; those behind ``--`` are cibuildwheel's, all of them."""
    ours, theirs = split_at_dashes(arguments)
    return [*_split_options(ours, _NOT_REPEATED | _MEASURING)[1], *(["--", *theirs] if theirs else [])]


def list_measuring_options(arguments: Sequence[str]) -> list[str]:
    """The arguments that the jobs repeat besides that measure."""
    return _split_options(split_at_dashes(arguments)[0], _MEASURING)[0]


def _split_options(arguments: Sequence[str], counts: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """These options with their values, of which each takes so many, and all other arguments."""
    found: list[str] = []
    others: list[str] = []
    words = iter(arguments)
    for word in words:
        name, attached, _ = word.partition("=") if word.startswith("--") else (word[:2], word[2:], "")
        if name not in counts:
            others.append(word)
            continue
        found.append(word)
        if not attached:
            found += islice(words, counts[name])
    return found, others
