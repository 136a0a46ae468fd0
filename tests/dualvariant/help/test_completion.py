"""Completions: what each shell offers for a command line, where the shell is at hand."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dualvariant.cli import COMMANDS, main
from dualvariant.cli._commands import list_commands
from dualvariant.help.completion import SHELLS
from dualvariant.help.model import CommandHelp, GroupHelp, OptionHelp
from shells import ask_fish, ask_zsh, find_shell


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("completion") / "dualvariant.bash"
    path.write_text(SHELLS["bash"](COMMANDS, list_commands(COMMANDS)), encoding="utf-8")
    return path


def complete(script: Path, *words: str) -> set[str]:
    """What bash offers for the last word."""
    program = (
        f"source {shlex.quote(str(script))}; COMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1};"
        ' _dualvariant; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "--norc", "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return set(done.stdout.split())


#: Words of a command line → what is offered for the last one.
OFFERED = [
    (["inst"], {"install"}),
    (["install", "--no-var"], {"--no-variant"}),
    (["install", "--engine", ""], {"pip", "uv"}),
    (["install", "--index-url", ""], set()),  # files of the working directory, which is empty
    (["plugins", "dis"], {"distrust"}),
    (["plugins", "list", "--re"], {"--refresh"}),
    (["plugins", "new", "--i"], {"--in"}),
    (["list", "--a"], {"--all"}),
    (["cache", "c"], {"clear"}),
    (["completion", ""], {"bash", "zsh", "fish"}),
    (["nothing", "--"], set()),
]


@pytest.mark.parametrize(("line", "expected"), OFFERED)
def test_bash_offers(line: list[str], expected: set[str], script: Path) -> None:
    assert complete(script, "dualvariant", *line) == expected


@pytest.mark.parametrize(("shell", "ask"), [("zsh", ask_zsh), ("fish", ask_fish)])
def test_another_shell_offers(shell: str, ask: Callable[..., list[set[str]]], tmp_path: Path) -> None:
    """The shell itself is asked, once: the lines above, every command, and every option of every command."""
    if find_shell(shell) is None:
        pytest.skip(f"{shell} is not installed, and DUALVARIANT_SHELLS is not set (tools/fetch-shells.sh)")
    script = tmp_path / "script"
    script.write_text(SHELLS[shell](COMMANDS, list_commands(COMMANDS)), encoding="utf-8")
    home = tmp_path / "home"
    home.mkdir()
    expected = {" ".join(["dualvariant", *line]): offered for line, offered in OFFERED}
    expected["dualvariant "] = set(COMMANDS)
    for command in list_commands(COMMANDS):
        names = {name for option in command.options for name in option.names if name.startswith("--")}
        expected[f"dualvariant {command.name} --"] = names
    answers = dict(zip(expected, ask(script, list(expected), home), strict=True))
    assert answers == expected


def test_bash_offers_every_command_and_every_option(script: Path) -> None:
    assert complete(script, "dualvariant", "") == set(COMMANDS)
    for command in list_commands(COMMANDS):
        offered = complete(script, "dualvariant", *command.name.split(), "-")
        assert offered == {name for option in command.options for name in option.names}, command.name


@pytest.mark.parametrize("shell", SHELLS)
def test_the_command_prints_the_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    out = capsys.readouterr().out
    assert out == SHELLS[shell](COMMANDS, list_commands(COMMANDS))
    for command in list_commands(COMMANDS):
        assert all(option.names[-1].lstrip("-") in out for option in command.options)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_scripts_are_valid(shell: str, tmp_path: Path) -> None:
    """Words with every character that a shell could mind."""
    option = OptionHelp(("-x", "--odd"), "A|B", 'it\'s `odd`: [50%] $HOME \\ "quoted"', ("a", "b"))
    command = CommandHelp("do", "it's $(odd): [x]", "[options]", (), (GroupHelp("options", (option,)),))
    text = SHELLS[shell]({"do": command.summary}, [command])
    path = tmp_path / "script"
    path.write_text(text, encoding="utf-8")
    found = find_shell(shell)
    if found is None:
        pytest.skip(f"{shell} is not installed")
    program, variables = found
    done = subprocess.run([program, "-n", path], env={**os.environ, **variables}, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
