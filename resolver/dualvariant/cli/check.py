"""``dualvariant check``: whether each installed variant would run here, and which one a fused wheel loads."""

from __future__ import annotations

import argparse
import os
import shlex

from attrs import evolve

from dualvariant.cli import _fused, _refit, _selection
from dualvariant.cli._dashes import split_at_dashes
from dualvariant.cli._json import print_document
from dualvariant.cli._parser import Parser
from dualvariant.core.errors import ConflictingOptionsError
from dualvariant.core.printable import printable_line
from dualvariant.core.report import TerminalReporter, print_message
from dualvariant.refit.announcements import describe
from dualvariant.settings.engine import ENGINES
from dualvariant.target.find import find_target
from dualvariant.target.probe import InterpreterProbe

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the command: 0 if every installed variant has all it needs, 1 if one lacks something.

    With ``--refit``, 1 also if another wheel of an installed release is better. With a command behind ``--``, it is run
    in the place of this one if every installed variant has all it needs; nothing is printed then.
    """
    parser = Parser("check", "Tell whether each installed variant would run on this host, or on a profile's.")
    _selection.add_choice_options(parser)
    parser.add_argument("--refit", action="store_true", help="also ask the sources what 'refit' would exchange")
    parser.add_argument("--engine", choices=ENGINES, help="with --refit: the installer whose sources count")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.usage = f"{parser.prog} [options] [-- COMMAND…]"
    ours, command = split_at_dashes(arguments)
    args: argparse.Namespace = parser.parse_args(ours)
    if command:
        _refuse_other_hosts(args)
    with InterpreterProbe(find_target(args.python, TerminalReporter().warn)) as probe:
        from dualvariant.host.read import read_host
        from dualvariant.settings.label_rules import read_label_rules
        from dualvariant.target.installed import describe_missing, find_distributions

        options = _selection.read_profile_options(args)
        if command:
            options = evolve(options, profile=None)  # it runs here, whatever DUALVARIANT_PROFILE says
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
    refit = _refit.find_better(args) if args.refit else None
    if args.json:
        shown = [{**d.to_dict(), **active.to_dict(d), "runs": why is None, "reason": why} for d, why in found]
        print_document(shown if refit is None else _refit.add_findings(shown, refit))
    else:
        for distribution, why in found:
            if command:
                if why is not None:
                    print_message(f"{distribution.name} {distribution.version}  {distribution.label or 'fused'}  {why}")
                continue
            runs = "runs here" if distribution.fused is None else f"runs here: {active.to_text(distribution)}"
            line = f"{distribution.name} {distribution.version}  {distribution.label or 'fused'}  {why or runs}"
            print(printable_line(line))
        for finding in () if refit is None else refit.told:
            print(printable_line(describe(finding)))
        if not found and not args.refit and not command:
            print_message(f"no variants are installed in {target.prefix}")
    if any(distribution.fused is not None for distribution in wrong):
        print_message("to repair a fused wheel: unset DUALVARIANT_FUSED, or install the wheel again")
    wrong = [distribution for distribution in wrong if distribution.fused is None]
    if wrong:
        repair = ["dualvariant", "install", *(f"{d.name}=={d.version}" for d in wrong)]
        repair += ["--force-reinstall", "--no-deps"]
        repair += _repeat(args)
        print_message(f"to repair: {shlex.join(repair)}")
    if refit is not None and refit.pending:
        print_message(f"to exchange: {shlex.join(['dualvariant', 'refit', *_repeat(args)])}")
    code = 1 if any(why is not None for _, why in found) or (refit is not None and refit.pending) else 0
    if command and code == 0:
        from dualvariant.launch.terminal import replace_process

        replace_process(command, os.environ)
    return code


def _refuse_other_hosts(args: argparse.Namespace) -> None:
    """What runs a command here is about this host, and leaves standard output to the command.

    Raises:
        ConflictingOptionsError: an option asks for something else.
    """
    given = [
        name for name, value in (("--profile", args.profile), ("--json", args.json), ("--refit", args.refit)) if value
    ]
    if given:
        raise ConflictingOptionsError(
            f"{given[0]} and a command behind '--' contradict each other: the command runs on this host",
            "check first, and run the command afterwards",
        )


def _repeat(args: argparse.Namespace) -> list[str]:
    """The options that say which host and environment are meant, for another command."""
    profile = _selection.read_profile_options(args).profile
    words = ["--profile", str(profile)] if profile else []
    words += ["--python", args.python] if args.python else []
    return words + [word for name in args.enable_provider for word in ("--enable-provider", name)]
