"""The Sphinx extension that writes the options of all commands into the page ``reference/command_line``.

They come from ``dualvariant help --json``, which reads them from the parsers, so the page cannot differ from them.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

PAGE = "reference/command_line"
PLACE = "```{command-line}\n```\n"


def read_commands() -> list[dict[str, Any]]:
    """What ``dualvariant help --json`` prints, with the dualvariant beside this Python."""
    command = [sys.executable, "-m", "dualvariant", "help", "--json"]
    commands: list[dict[str, Any]] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return commands


def format_command(command: dict[str, Any]) -> Iterator[str]:
    """The lines of one command's section."""
    yield from (f"## {command['name']}", "", f"    {command['usage']}", "", escape(command["summary"]), "")
    for argument in command["arguments"]:
        yield from (f"`{argument['value']}`", f": {escape(argument['words'])}", "")
    for group in command["groups"]:
        yield from (f"**{escape(group['title'])}**", "")
        for option in group["options"]:
            value = f" {option['value']}" if option["value"] else ""
            yield ", ".join(f"`{name}{value}`" for name in option["names"])
            yield from (f": {escape(option['words'])}", "")


def escape(text: str) -> str:
    """Text of which no character is markup, with options in code marks: two dashes would become one long one."""
    words = re.split(r"(?<![\w-])(--[a-z][a-z-]*)", text)
    return "".join(f"`{word}`" if word.startswith("--") else _escape_word(word) for word in words)


def _escape_word(text: str) -> str:
    return "".join(f"\\{character}" if character in "\\`*_{}[]<>#|$" else character for character in text)


def insert(app: Any, name: str, source: list[str]) -> None:
    """Put the sections of all commands into the page."""
    if name == PAGE:
        lines = [line for command in read_commands() for line in format_command(command)]
        source[0] = source[0].replace(PLACE, "\n".join(lines) + "\n")


def setup(app: Any) -> dict[str, bool]:
    """Connect to Sphinx."""
    app.connect("source-read", insert)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
