"""``dualvariant help``: the help of one command, or the list of all of them; also as a man page, and as JSON."""

from __future__ import annotations

import shutil
import sys

from dualvariant.cli._parser import Parser
from dualvariant.core.colour import Palette

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Print the help."""
    parser = Parser("help", "Show the help of a command, or the list of commands.")
    parser.add_argument("command", nargs="*", metavar="COMMAND", help="such as 'install', or 'plugins list'")
    parser.add_argument("--man", action="store_true", help="print it as a man page: … | man -l -")
    parser.add_argument("--json", action="store_true", help="print it as JSON, of all commands if none is named")
    options = parser.parse_args(arguments)

    from dualvariant import __version__
    from dualvariant.cli import COMMANDS, SUMMARY, make_usage
    from dualvariant.cli._commands import list_commands, read_command
    from dualvariant.cli._json import print_document
    from dualvariant.help.man import format_command_page, format_overview_page
    from dualvariant.help.text import format_help

    if options.command:
        named = read_command(options.command, COMMANDS)
        if options.json:
            print_document(named.to_dict())
        elif options.man:
            print(format_command_page(__version__, named), end="")
        else:
            width = max(60, min(shutil.get_terminal_size((100, 24)).columns, 100))
            print(format_help(named, width, Palette.of(sys.stdout), full=True), end="")
    elif options.json:
        print_document([command.to_dict() for command in list_commands(COMMANDS)])
    elif options.man:
        print(format_overview_page(__version__, SUMMARY, list(COMMANDS.items())), end="")
    else:
        print(make_usage(), end="")
    return 0
