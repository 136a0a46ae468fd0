"""The completion of zsh.

Source: zsh's manual, "Completion System", the functions ``_arguments`` and ``_describe``.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence

from dualvariant.help.model import CommandHelp, OptionHelp

__all__ = ["format_zsh"]

_SCRIPT = """\
#compdef dualvariant
# The completion of dualvariant for zsh: put it into a folder of $fpath as _dualvariant, or read it with
# source <(dualvariant completion zsh)
_dualvariant() {{
  local curcontext=$curcontext state line
  local -a commands actions
  commands=(
{commands}
  )
  _arguments -C '1:command:->command' '*::argument:->argument'
  if [[ $state == command ]]; then
    _describe command commands
    return
  fi
  case $line[1] in
{cases}
  esac
}}
if [[ $funcstack[1] == _dualvariant ]]; then
  _dualvariant "$@"
else
  compdef _dualvariant dualvariant
fi
"""


def format_zsh(summaries: Mapping[str, str], commands: Sequence[CommandHelp]) -> str:
    """The script.

    Args:
        summaries: each command with what it does.
        commands: the help of each command, or of each of its actions.
    """
    of_command: dict[str, list[CommandHelp]] = {}
    for command in commands:
        of_command.setdefault(command.name.partition(" ")[0], []).append(command)
    cases = [line for name, helps in of_command.items() for line in _make_case(name, helps)]
    described = [f"    {shlex.quote(f'{name}:{_escape(words)}')}" for name, words in summaries.items()]
    return _SCRIPT.format(commands="\n".join(described), cases="\n".join(cases))


def _make_case(name: str, helps: Sequence[CommandHelp]) -> Iterator[str]:
    if helps[0].name == name:
        yield f"  {name})"
        yield from _call_arguments(helps[0], "    ")
        yield "    ;;"
        return
    actions = [h.name.partition(" ")[2] for h in helps]
    described = " ".join(
        shlex.quote(f"{action}:{_escape(h.summary)}") for action, h in zip(actions, helps, strict=True)
    )
    yield f"  {name})"
    yield f"    actions=({described})"
    yield "    if (( CURRENT == 2 )); then _describe action actions; return; fi"
    yield "    shift words; (( CURRENT-- ))"
    yield "    case $words[1] in"
    for action, each in zip(actions, helps, strict=True):
        yield f"    {action})"
        yield from _call_arguments(each, "      ")
        yield "      ;;"
    yield "    esac"
    yield "    ;;"


def _call_arguments(command: CommandHelp, indent: str) -> Iterator[str]:
    specs = [spec for option in command.options for spec in _make_specs(option)]
    choices = " ".join(choice for argument in command.arguments for choice in argument.choices)
    specs.append(f"*:argument:({choices})" if choices else "*:argument:_files")
    yield f"{indent}_arguments \\"
    yield " \\\n".join(f"{indent}  {shlex.quote(spec)}" for spec in specs)


def _make_specs(option: OptionHelp) -> Iterator[str]:
    value = ""
    if option.value:
        action = f"({' '.join(option.choices)})" if option.choices else "_files"
        value = f":{_escape(option.value)}:{action}"
    others = f"({' '.join(option.names)})" if not option.repeats else "*"
    for name in option.names:
        yield f"{others}{name}[{_escape(option.words)}]{value}"


def _escape(text: str) -> str:
    for character in "\\[]:":
        text = text.replace(character, f"\\{character}")
    return text
