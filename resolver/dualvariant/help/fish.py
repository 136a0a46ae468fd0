"""The completion of fish.

Source: fish's manual, ``complete``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dualvariant.help.model import CommandHelp, OptionHelp

__all__ = ["format_fish"]

_START = """\
# The completion of dualvariant for fish. Read it with: dualvariant completion fish | source
function __dualvariant_is
    set -l words (commandline -opc)
    set -l last (math (count $argv) + 1)
    test (count $words) -ge $last; and test "$words[2..$last]" = "$argv"
end
function __dualvariant_has
    test (count (commandline -opc)) -eq $argv[1]
end
"""


def format_fish(summaries: Mapping[str, str], commands: Sequence[CommandHelp]) -> str:
    """The script.

    Args:
        summaries: each command with what it does.
        commands: the help of each command, or of each of its actions.
    """
    lines = [
        f"complete -c dualvariant -n '__dualvariant_has 1' -f -a {_quote(name)} -d {_quote(words)}"
        for name, words in summaries.items()
    ]
    for command in commands:
        name, _, action = command.name.partition(" ")
        if action:
            condition = f"__dualvariant_has 2; and __dualvariant_is {name}"
            lines.append(
                f"complete -c dualvariant -n {_quote(condition)} -f -a {_quote(action)} -d {_quote(command.summary)}"
            )
        condition = _quote(f"__dualvariant_is {command.name}")
        lines += [f"complete -c dualvariant -n {condition} {spec}" for spec in _list_specs(command)]
    return "\n".join([_START.rstrip("\n"), *lines, ""])


def _list_specs(command: CommandHelp) -> Iterator[str]:
    choices = " ".join(choice for argument in command.arguments for choice in argument.choices)
    if choices:
        yield f"-f -a {_quote(choices)}"
    for option in command.options:
        yield _make_spec(option)


def _make_spec(option: OptionHelp) -> str:
    words = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names]
    if option.choices:
        words.append(f"-x -a {_quote(' '.join(option.choices))}")
    elif option.value:
        words.append("-r")
    return " ".join([*words, f"-d {_quote(option.words)}"])


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
