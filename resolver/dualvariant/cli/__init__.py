"""The command line: one module a command, imported when that command is called."""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module

__all__ = ["COMMANDS", "SUMMARY", "main", "make_usage"]

#: What dualvariant does.
SUMMARY = "Installs the wheel variant that fits this machine's CPU, through unmodified pip or uv."

#: Command → what it does; the command ``x`` lives in ``dualvariant.cli.x`` and is its function ``main(arguments)``.
COMMANDS = {
    "install": "install the best variants for this host",
    "download": "download the best variants, as 'pip download' does",
    "wheel": "collect the best variants and build the rest, as 'pip wheel' does",
    "explain": "show every wheel of a release, its verdict and the reason",
    "list": "show which variants are installed",
    "check": "check whether the installed variants would run here",
    "refit": "exchange what is installed, by whatever installed it, for the best variants",
    "exec": "run any tool so that what it installs is the best for this host",
    "host": "show what this host offers",
    "profile": "show, combine, limit, compare and check profiles of machines",
    "plugins": "show the providers",
    "cache": "show or clear all caches",
    "build": "build variant wheels from a source tree",
    "tag": "make a variant wheel from a wheel",
    "convert": "make a variant wheel of one dialect from one of the other",
    "fuse": "make one ordinary wheel that holds several variants",
    "audit": "check that the code in wheels matches their labels",
    "index": "write the static index of a folder of wheels",
    "doctor": "show what a bug report needs, without secrets",
    "help": "show the help of a command",
    "completion": "print the completions of a shell",
}

#: Headline → the commands below it; a command of no group is under the last one.
_GROUPS = {
    "install": ("install", "download", "wheel", "exec", "lock", "sync", "refit"),
    "look before or after": ("explain", "list", "check", "host", "profile", "measure"),
    "make and publish wheels": ("build", "tag", "convert", "fuse", "audit", "verify", "index", "serve"),
    "more": (),
}


def make_usage() -> str:
    """What ``dualvariant --help`` prints."""
    grouped = {name for names in _GROUPS.values() for name in names}
    lines = [f"usage: dualvariant [--version] [--help] COMMAND …\n\n{SUMMARY}\n"]
    for title, names in _GROUPS.items():
        shown = [name for name in names or COMMANDS if name in COMMANDS and (names or name not in grouped)]
        lines += [f"\n{title}:\n", *(f"  {name:<10}  {COMMANDS[name]}\n" for name in shown)]
    lines.append("\n'dualvariant COMMAND -h' shows the most used options of a command, '--help' all of them.\n")
    return "".join(lines)


def _print(text: str) -> int:
    """Print a text; returns the exit code, which is 1 if nobody can read it."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        from dualvariant.cli._failures import report_os_error
        from dualvariant.core.report import mute

        if not isinstance(error, BrokenPipeError):
            report_os_error(error, as_json=False)
        mute(sys.stdout)
        return 1
    return 0


def relax_collector() -> None:
    """Make Python's cyclic collector run rarely: a page of 100,000 wheels is a million objects, none of them garbage.

    It would look through all of them again and again, and once more at the end, in a process that lives for seconds.
    """
    import atexit
    import gc

    gc.set_threshold(1_000_000)
    atexit.register(gc.freeze)


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit code (docs/reference/commands.md has their meaning)."""
    arguments = sys.argv[1:] if arguments is None else arguments
    first = arguments[0] if arguments else "--help"
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name that the terminal's encoding lacks is no reason to end with a traceback.
        sys.stdout.reconfigure(errors="replace")
    if first in ("--version", "-V"):
        from dualvariant import __version__

        return _print(f"dualvariant {__version__}\n")
    if first in ("--help", "-h"):
        return _print(make_usage()) or (0 if arguments else 2)

    from dualvariant.cli._dashes import split_at_dashes
    from dualvariant.cli._failures import raise_unknown_command, report_failures
    from dualvariant.cli._other_commands import refuse_installer_command
    from dualvariant.core.interruptions import interruptible
    from dualvariant.launch.outer import OUTER_VARIABLE, restore_environment

    if OUTER_VARIABLE in os.environ:
        restore_environment()
    relax_collector()
    with report_failures(as_json="--json" in split_at_dashes(arguments)[0]) as status, interruptible():
        refuse_installer_command(arguments)
        if first not in COMMANDS:
            raise_unknown_command(first, COMMANDS)
        status.code = import_module(f"dualvariant.cli.{first}").main(arguments[1:])
        sys.stdout.flush()  # a reader that has gone, or a full disk, shows here and not at exit
    return status.code
