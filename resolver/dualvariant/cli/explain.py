"""``dualvariant explain``: every wheel of a release, its verdict, the reason."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from dualvariant.cli import _selection
from dualvariant.cli._json import print_document
from dualvariant.cli._pip_options import PipParser
from dualvariant.core.colour import Palette
from dualvariant.core.errors import NothingToDoError
from dualvariant.core.printable import printable_line
from dualvariant.core.report import TerminalReporter
from dualvariant.selection.engine_target import find_engine_target
from dualvariant.settings.engine import read_engine, read_installer_config
from dualvariant.settings.uv_working_dir import enter_uv_folder
from dualvariant.target.probe import InterpreterProbe

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the command: 0 if ``install`` takes a release for each request, else the code with which it refuses."""
    parser = PipParser("explain", "Show every wheel of the release that 'install' takes, its verdict and the reason.")
    parser.add_argument("requirements", nargs="*", metavar="REQ", help="as pip takes them")
    _selection.add_options(parser)
    _selection.add_other_machine_options(parser)
    parser.add_argument("--engine", choices=["pip", "uv"], help="the installer whose sources count (default: pip)")
    parser.add_argument(
        "--all", action="store_true", help="show wheels for other Pythons and systems too, and any number of the rest"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, always with all wheels")
    args = parser.parse_args(arguments)
    reporter = TerminalReporter()
    engine = read_engine(args.engine, reporter.note)
    enter_uv_folder(engine)
    with InterpreterProbe(find_engine_target(args.python, reporter.warn, engine)) as probe:
        from dualvariant.cli._verdict_table import emphasize, make_verdict_table
        from dualvariant.core.scratch import make_scratch_dir
        from dualvariant.host.answer import describe_age
        from dualvariant.host.read import read_host
        from dualvariant.selection.explain import explain
        from dualvariant.selection.other_machine import for_other_machine
        from dualvariant.selection.session import Selection
        from dualvariant.selection.verdicts import make_document

        options = _selection.read_options(args)
        host = read_host(options.host, reporter)
        target = probe.interpreter()
    on_line = options.sources.network
    pip_config = read_installer_config(
        engine,
        target.prefix,
        "install",
        reporter.note,
        _uv_accepts,
        isolated="isolated" in on_line,
    ).override(on_line)
    host, target = for_other_machine(host, target, pip_config, options.host, reporter)
    with make_scratch_dir() as scratch:
        selection = Selection.open(options, host, target, pip_config, scratch, reporter)
    if not selection.typed and "-r" not in selection.files.arguments:
        raise NothingToDoError(
            "nothing to explain (no requirement and no requirement file is given)", "name a project, or a file by -r"
        )
    explanation = explain(selection, reporter, foreign_code=options.host.foreign_code)
    if args.json:
        releases = [(one.project, one.release) for one in explanation.requests]
        print_document({**make_document(selection.view, releases), "profile_name": host.name})
    else:
        profile = selection.view.choice.profile
        age = "" if host.kept_since is None else f" (asked {describe_age(host.kept_since)} ago)"
        palette = Palette.of(sys.stdout)
        called = "" if host.name is None else f" {host.name!r}"
        print(palette.dim(printable_line(f"for profile {profile.digest}{called}{age}, {target.executable}")))
        for one in explanation.requests:
            print()
            rules = selection.view.choice.preferences(one.project).rules
            for line in make_verdict_table(one, profile, rules, everything=args.all):
                print(emphasize(printable_line(line), palette))
    return explanation.exit_code


def _uv_accepts(document: Mapping[str, Any]) -> bool:
    from dualvariant.engines.choice import accepts_uv_configuration  # no engine is loaded unless uv was asked for

    return accepts_uv_configuration(document)
