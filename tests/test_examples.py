"""Examples to copy, and the reference of commands: what they name exists."""

from __future__ import annotations

import configparser
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # it comes without types

from dualvariant.cli import COMMANDS
from dualvariant.cli._commands import list_commands

DOCS = Path(__file__).resolve().parent.parent / "docs"
OPTIONS = {command.name: {n for o in command.options for n in o.names} for command in list_commands(COMMANDS)}


def read_block(page: str, language: str) -> str:
    """The first block of a language on a page."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


def find_commands(text: str) -> Iterator[list[str]]:
    """The command lines of dualvariant in a text, without what follows ``--``, a comment or another command."""
    for match in re.finditer(
        r"(?:^|[\s/])dualvariant ((?:[a-z]+)(?: [^\n|&;>]*)?)", text.replace("\\\n", " "), re.MULTILINE
    ):
        words = shlex.split(re.sub(r"(?<=\s)#.*", "", match[1]).replace("…", ""))
        yield words[: words.index("--")] if "--" in words else words


def test_the_workflow_follows_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "workflow.yml"
    path.write_text(read_block("howto/github-actions.md", "yaml"), encoding="utf-8")
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["permissions"] == {"contents": "read"}
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_configuration_of_pip_can_be_read() -> None:
    parser = configparser.RawConfigParser()
    parser.read_string(read_block("howto/cluster.md", "ini"))
    assert parser["variantlib"]["provider_priority"] == '["x86_64", "nvidia"]'


@pytest.mark.parametrize("page", ["howto/github-actions.md", "howto/cluster.md"])
def test_each_option_of_an_example_exists(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"```(?:yaml|dockerfile|console)\n(.*?)```", text, re.DOTALL))
    commands = list(find_commands(re.sub(r"(?m)^\s*#.*\n", "", blocks)))
    assert len(commands) >= 2
    for words in commands:
        given = {word.partition("=")[0] for word in words if word.startswith("-")}
        action = " ".join(words[:2])  # such as "profile intersect"
        assert given <= OPTIONS[action if action in OPTIONS else words[0]], words


def test_each_option_in_the_reference_is_one_of_the_command() -> None:
    """The other direction is in test_habits: each option that ``--help`` shows is in the reference."""
    text = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    every = set().union(*OPTIONS.values())
    defined = re.findall(r"^(`-[^\n]*`)\n: ", text, re.MULTILINE)
    names = {name for line in defined for name in re.findall(r"`(--?[a-z][a-z-]*)", line)}
    assert len(names) > 40
    assert names <= every
