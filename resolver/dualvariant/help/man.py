"""A command's help as a man page.

Source: ``groff_man(7)``, whose macros every reader of man pages knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dualvariant.help.model import CommandHelp, OptionHelp

__all__ = ["format_command_page", "format_overview_page"]


def format_overview_page(version: str, summary: str, commands: Sequence[tuple[str, str]]) -> str:
    """The page ``dualvariant(1)``.

    Args:
        version: the version of dualvariant.
        summary: what dualvariant does, in one sentence.
        commands: each command with what it does.
    """
    lines = [*_start("dualvariant", version, summary), r"\fBdualvariant\fR \fICOMMAND\fR \fR…", ".SH COMMANDS"]
    for name, words in commands:
        lines += [".TP", rf"\fBdualvariant\-{_escape(name)}\fR(1)", _text(words)]
    return "\n".join([*lines, ""])


def format_command_page(version: str, command: CommandHelp) -> str:
    """The page of one command, such as ``dualvariant-install(1)``."""
    name = f"dualvariant-{command.name.replace(' ', '-')}"
    usage = rf"\fBdualvariant {_escape(command.name)}\fR {_escape(command.usage)}".rstrip()
    lines = [*_start(name, version, command.summary), usage]
    if command.arguments:
        lines += [".SH ARGUMENTS", *_list_options(command.arguments)]
    if command.options:
        lines.append(".SH OPTIONS")
    for group in command.groups:
        if group.options:
            lines += [f".SS {_text(group.title)}", *_list_options(group.options)]
    lines += [".SH SEE ALSO", r"\fBdualvariant\fR(1)"]
    return "\n".join([*lines, ""])


def _start(name: str, version: str, summary: str) -> Iterator[str]:
    yield f'.TH {name.upper()} 1 "" "dualvariant {version}" "User Commands"'
    yield from (".SH NAME", rf"{_escape(name)} \- {_escape(summary.rstrip('.'))}", ".SH SYNOPSIS")


def _list_options(options: Sequence[OptionHelp]) -> Iterator[str]:
    for option in options:
        value = rf" \fI{_escape(option.value)}\fR" if option.value else ""
        names = ", ".join(rf"\fB{_escape(name)}\fR" for name in option.names)
        yield from (".TP", f"{names}{value}".strip(), _text(option.words))


def _text(text: str) -> str:
    """A line of text; one that begins with a dot or an apostrophe would be a request."""
    escaped = _escape(text)
    return rf"\&{escaped}" if escaped[:1] in (".", "'") else escaped


def _escape(text: str) -> str:
    return text.replace("\\", r"\e").replace("-", r"\-")
