"""``dualvariant check``: whether each installed variant would run here, and which one a fused wheel loads."""

from __future__ import annotations

import argparse
import shlex

from dualvariant.cli import _fused, _selection
from dualvariant.cli._json import print_document
from dualvariant.cli._parser import Parser
from dualvariant.core.printable import printable_line
from dualvariant.core.report import TerminalReporter, print_message
from dualvariant.target.find import find_target
from dualvariant.target.probe import InterpreterProbe

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the command: 0 if every installed variant has all it needs, 1 if one lacks something."""
    parser = Parser("check", "Tell whether each installed variant would run on this host, or on a profile's.")
    _selection.add_profile_options(parser.add_argument)
    parser.add_argument("--python", metavar="P", help="the interpreter, or environment, to look into")
    parser.add_argument("--json", action="store_true", help="print JSON")
    args: argparse.Namespace = parser.parse_args(arguments)
    with InterpreterProbe(find_target(args.python, TerminalReporter().warn)) as probe:
        from dualvariant.host.read import read_host
        from dualvariant.settings.label_rules import read_label_rules
        from dualvariant.target.installed import describe_missing, find_distributions

        options = _selection.read_profile_options(args)
        host = read_host(options, TerminalReporter())
        profile = host.profile
        listed = profile.names if options.profile is not None else ()
        rules = read_label_rules(options.enabled_providers, listed, host.packages, TerminalReporter().note)
        target = probe.interpreter()
    installed = [d for d in find_distributions(target.path) if d.label is not None or d.fused is not None]
    active = _fused.describe(installed, profile)
    found = [
        (d, describe_missing(d, profile, rules) if d.fused is None else active.explain_failure(d)) for d in installed
    ]
    wrong = [distribution for distribution, why in found if why is not None]
    if args.json:
        print_document([{**d.to_dict(), **active.to_dict(d), "runs": why is None, "reason": why} for d, why in found])
    else:
        for distribution, why in found:
            runs = "runs here" if distribution.fused is None else f"runs here: {active.to_text(distribution)}"
            line = f"{distribution.name} {distribution.version}  {distribution.label or 'fused'}  {why or runs}"
            print(printable_line(line))
        if not found:
            print_message(f"no variants are installed in {target.prefix}")
    if any(distribution.fused is not None for distribution in wrong):
        print_message("to repair a fused wheel: unset DUALVARIANT_FUSED, or install the wheel again")
    wrong = [distribution for distribution in wrong if distribution.fused is None]
    if wrong:
        repair = ["dualvariant", "install", *(f"{d.name}=={d.version}" for d in wrong)]
        repair += ["--force-reinstall", "--no-deps"]
        repair += ["--profile", str(args.profile)] if args.profile else []
        repair += ["--python", args.python] if args.python else []
        repair += [word for name in args.enable_provider for word in ("--enable-provider", name)]
        print_message(f"to repair: {shlex.join(repair)}")
    return 1 if any(why is not None for _, why in found) else 0
