"""The completion of bash.

Source: bash's manual, "Programmable Completion".
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence

from dualvariant.help.model import CommandHelp

__all__ = ["format_bash"]

_SCRIPT = """\
# The completion of dualvariant for bash. Read it with: source <(dualvariant completion bash)
_dualvariant() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}
    local command=${{COMP_WORDS[1]}} options= actions=
    COMPREPLY=()
    if [[ $COMP_CWORD -eq 1 ]]; then
        COMPREPLY=($(compgen -W {commands} -- "$current"))
        return
    fi
    case $command in
{groups}
    esac
    if [[ -n $actions ]]; then
        if [[ $COMP_CWORD -eq 2 ]]; then
            COMPREPLY=($(compgen -W "$actions" -- "$current"))
            return
        fi
        command="$command ${{COMP_WORDS[2]}}"
    fi
    case "$command $previous" in
{choices}
    esac
    [[ $current == -* ]] || return
    case $command in
{options}
    esac
    COMPREPLY=($(compgen -W "$options" -- "$current"))
}}
complete -o bashdefault -o default -F _dualvariant dualvariant
"""


def format_bash(summaries: Mapping[str, str], commands: Sequence[CommandHelp]) -> str:
    """The script.

    Args:
        summaries: each command with what it does.
        commands: the help of each command, or of each of its actions.
    """
    actions: dict[str, list[str]] = {}
    for command in commands:
        name, _, action = command.name.partition(" ")
        if action:
            actions.setdefault(name, []).append(action)
    groups = [f"    {name}) actions={shlex.quote(' '.join(names))} ;;" for name, names in actions.items()]
    options = [
        f"    {shlex.quote(command.name)}) options={shlex.quote(' '.join(n for o in command.options for n in o.names))}"
        " ;;"
        for command in commands
    ]
    return _SCRIPT.format(
        commands=shlex.quote(" ".join(summaries)),
        groups="\n".join(groups) or "    *) ;;",
        choices="\n".join(_list_choices(commands)) or "    *) ;;",
        options="\n".join(options),
    )


def _list_choices(commands: Sequence[CommandHelp]) -> Iterator[str]:
    for command in commands:
        for option in command.options:
            if option.choices:
                names = "|".join(shlex.quote(f"{command.name} {name}") for name in option.names)
                words = shlex.quote(" ".join(option.choices))
                yield f'    {names}) COMPREPLY=($(compgen -W {words} -- "$current")); return ;;'
        words = shlex.quote(" ".join(choice for argument in command.arguments for choice in argument.choices))
        if words != "''":
            name = shlex.quote(command.name)
            yield f'    {name}\\ *) [[ $current == -* ]] || COMPREPLY=($(compgen -W {words} -- "$current")) ;;'
