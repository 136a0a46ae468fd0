"""``dualvariant check``: whether each installed variant would run here, and which one a fused wheel loads."""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dualvariant.cli import _fused, _refit, _selection
from dualvariant.cli._dashes import split_at_dashes
from dualvariant.cli._json import print_document
from dualvariant.cli._parser import Parser
from dualvariant.core.errors import ConflictingOptionsError
from dualvariant.core.printable import printable_line
from dualvariant.core.report import TerminalReporter, print_message
from dualvariant.network.urls import is_http, redact_url
from dualvariant.profiles.read import PROFILE_VARIABLE
from dualvariant.refit.announcements import describe
from dualvariant.settings.engine import ENGINES
from dualvariant.target.find import find_target
from dualvariant.target.probe import InterpreterProbe

if TYPE_CHECKING:
    from dualvariant.settings.options import ProfileOptions
    from dualvariant.target.installed import Installed
    from variantlib.profile import HostProfile

__all__ = ["main"]

#: The options that say which wheels count, beside those for the network.
_CHOICE_FLAGS = ("no_index", "no_variant", "force", "no_foreign_code")
_CHOICE_OPTIONS = (
    *("index_url", "extra_index_url", "find_links", "index", "default_index", "index_strategy", "engine"),
    *("variant", "prefer_property", "avoid_property", "require_property", "provider_priority"),
)


def main(arguments: list[str]) -> int:
    """Run the command: 0 if every installed variant has all it needs, 1 if one lacks something.

    With ``--refit``, or an option that says which wheels count, 1 also if another wheel of an installed release is
    better. With a command behind ``--``, it is run in the place of this one if every installed variant has all it
    needs; nothing is printed then.
    """
    parser = Parser("check", "Tell whether each installed variant would run on this host, or on a profile's.")
    _selection.add_choice_options(parser)
    parser.add_argument(
        "--refit",
        action="store_true",
        help="also ask the sources what 'refit' would exchange, as an option that says which wheels count does too",
    )
    parser.add_argument("--engine", choices=ENGINES, help="the installer whose sources count")
    parser.add_argument(
        "--code",
        action="store_true",
        help="compare the machine code of all that is installed with the CPU instead, standard wheels too",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.usage = f"{parser.prog} [options] [-- COMMAND…]"
    ours, command = split_at_dashes(arguments)
    args: argparse.Namespace = parser.parse_args(ours)
    asks_sources = "--refit" if args.refit else _find_choice(args)
    args.refit = asks_sources is not None
    if command:
        return _run_if_all_fit(args, command, asks_sources)
    if args.code and asks_sources is not None:
        raise ConflictingOptionsError(
            f"--code and {asks_sources} contradict each other: machine code is compared with a CPU, not with sources",
            "check with each of them by itself",
        )
    found = _find(args, _selection.read_profile_options(args))
    if args.code:
        from dualvariant.cli._code_check import check_code

        return check_code(found.installed, found.profile, as_json=args.json)
    refit = _refit.find_better(args) if args.refit else None
    if args.json:
        shown = [
            {**d.to_dict(), **found.active.to_dict(d), "runs": why is None, "reason": why} for d, why in found.judged
        ]
        print_document(shown if refit is None else _refit.add_findings(shown, refit))
    else:
        for distribution, why in found.judged:
            fused = distribution.fused is not None
            runs = f"runs here: {found.active.to_text(distribution)}" if fused else "runs here"
            print(_describe(distribution, why or runs))
        for finding in () if refit is None else refit.told:
            print(printable_line(describe(finding)))
        if not found.judged and not args.refit:
            print_message(f"no variants are installed in {found.prefix}")
    _print_repair(found, _repeat(args))
    if not args.refit:
        ask = shlex.join(["dualvariant", "check", "--refit", *_repeat(args)])
        print_message(f"no source was asked; to see what 'refit' would exchange: {ask}")
    pending = refit is not None and refit.pending
    if pending:
        print_message(f"to exchange: {shlex.join(['dualvariant', 'refit', *_repeat(args), *_repeat_choice(args)])}")
    return 1 if found.wrong or pending else 0


class _Found(NamedTuple):
    """What is installed in an environment.

    Args:
        prefix: the environment.
        profile: the host that it is compared with.
        installed: all distributions.
        judged: each variant and each fused wheel, with what it lacks.
        active: what the fused wheels load.
    """

    prefix: Path
    profile: HostProfile
    installed: Sequence[Installed]
    judged: Sequence[tuple[Installed, str | None]]
    active: _fused.ActiveVariants

    @property
    def wrong(self) -> list[tuple[Installed, str]]:
        """Those that lack something."""
        return [(distribution, why) for distribution, why in self.judged if why is not None]


def _find(args: argparse.Namespace, options: ProfileOptions) -> _Found:
    with InterpreterProbe(find_target(args.python, TerminalReporter().warn)) as probe:
        from dualvariant.host.read import read_host
        from dualvariant.settings.label_rules import read_label_rules
        from dualvariant.target.installed import describe_missing, find_distributions

        host = read_host(options, TerminalReporter())
        listed = host.profile.names if options.profile is not None else ()
        note = TerminalReporter().note
        rules = read_label_rules(options.enabled_providers, listed, host.packages, host.providers, note)
        target = probe.interpreter()
    every = list(find_distributions(target.path))
    installed = [d for d in every if d.label is not None or d.fused is not None]
    active = _fused.describe(installed, host.profile)
    judged = [
        (d, describe_missing(d, host.profile, rules) if d.fused is None else active.explain_failure(d))
        for d in installed
    ]
    return _Found(target.prefix, host.profile, every, judged, active)


def _describe(distribution: Installed, what: str) -> str:
    return printable_line(f"{distribution.name} {distribution.version}  {distribution.label or 'fused'}  {what}")


def _print_repair(found: _Found, options: Sequence[str], program: Sequence[str] = ("dualvariant",)) -> None:
    """Print the commands that replace what lacks something.

    Args:
        found: what is installed.
        options: say which host and environment are meant.
        program: starts dualvariant.
    """
    if any(distribution.fused is not None for distribution, _ in found.wrong):
        print_message("to repair a fused wheel: unset DUALVARIANT_FUSED, or install the wheel again")
    variants = [distribution for distribution, _ in found.wrong if distribution.fused is None]
    if variants:
        repair = [*program, "install", *(f"{d.name}=={d.version}" for d in variants)]
        repair += ["--force-reinstall", "--no-deps", *options]
        print_message(f"to repair: {shlex.join(repair)}")


def _run_if_all_fit(args: argparse.Namespace, command: Sequence[str], asks_sources: str | None) -> int:
    """Become a command if every installed variant runs here, whatever ``DUALVARIANT_PROFILE`` says; else 1."""
    from dualvariant.launch.terminal import replace_process

    _refuse_other_hosts(args, asks_sources)
    found = _find(args, _selection.read_profile_options(args)._replace(profile=None))
    for distribution, why in found.wrong:
        print_message(_describe(distribution, why))
    program = ["env", "-u", PROFILE_VARIABLE, "dualvariant"] if PROFILE_VARIABLE in os.environ else ["dualvariant"]
    _print_repair(found, _repeat_here(args), program)
    if not found.wrong:
        replace_process(command, os.environ)
    return 1


def _refuse_other_hosts(args: argparse.Namespace, asks_sources: str | None) -> None:
    """What runs a command here is about this host, and leaves standard output to the command.

    Raises:
        ConflictingOptionsError: an option asks for something else.
    """
    given = [f"--{name}" for name in ("profile", "json", "code") if getattr(args, name)]
    given += [asks_sources] if asks_sources is not None else []
    if given:
        raise ConflictingOptionsError(
            f"{given[0]} and a command behind '--' contradict each other: the command runs on this host",
            "check first, and run the command afterwards",
        )


def _repeat(args: argparse.Namespace) -> list[str]:
    """The options that say which host and environment are meant, for another command."""
    profile = _selection.read_profile_options(args).profile
    return [*(["--profile", profile] if profile is not None else []), *_repeat_here(args)]


def _repeat_here(args: argparse.Namespace) -> list[str]:
    """The same for this host, whatever profile is named."""
    words = ["--python", args.python] if args.python else []
    return words + [word for name in args.enable_provider for word in ("--enable-provider", name)]


def _find_choice(args: argparse.Namespace) -> str | None:
    """The first option that says which wheels count; where no foreign code runs, the same count."""
    return next((word for word in _repeat_choice(args) if word != "--no-foreign-code"), None)


def _repeat_choice(args: argparse.Namespace) -> list[str]:
    """The options that say which wheels count, for another command; addresses without what nobody may see."""
    words = [f"--{name.replace('_', '-')}" for name in _CHOICE_FLAGS if getattr(args, name)]
    for name in _CHOICE_OPTIONS:
        given = getattr(args, name) or []
        for value in [given] if isinstance(given, str) else given:
            shown = redact_url(value) if is_http(value) else value
            words += [f"--{name.replace('_', '-')}", shown]
    return words
