"""``dualvariant completion``: the script that completes the commands and options of dualvariant in a shell."""

from __future__ import annotations

from dualvariant.cli._parser import Parser

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Print the script."""
    parser = Parser("completion", "Print the completions of a shell: commands, options and their values.")
    parser.add_argument("shell", metavar="SHELL", choices=["bash", "zsh", "fish"], help="bash, zsh or fish")
    options = parser.parse_args(arguments)

    from dualvariant.cli import COMMANDS
    from dualvariant.cli._commands import list_commands
    from dualvariant.help.completion import SHELLS

    print(SHELLS[options.shell](COMMANDS, list_commands(COMMANDS)), end="")
    return 0
