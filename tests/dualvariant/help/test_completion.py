"""Completions: what bash offers for a command line, and what the scripts for zsh and fish hold."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from dualvariant.cli import COMMANDS, main
from dualvariant.cli._commands import list_commands
from dualvariant.help.completion import SHELLS
from dualvariant.help.model import CommandHelp, GroupHelp, OptionHelp


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


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (["inst"], {"install"}),
        (["install", "--no-var"], {"--no-variant"}),
        (["install", "--engine", ""], {"pip", "uv"}),
        (["install", "--index-url", ""], set()),  # bash then offers files
        (["plugins", "dis"], {"distrust"}),
        (["plugins", "list", "--re"], {"--refresh"}),
        (["plugins", "new", "--i"], {"--in"}),
        (["list", "--a"], {"--all"}),
        (["cache", "c"], {"clear"}),
        (["completion", ""], {"bash", "zsh", "fish"}),
        (["nothing", "--"], set()),
    ],
)
def test_bash_offers(line: list[str], expected: set[str], script: Path) -> None:
    assert complete(script, "dualvariant", *line) == expected


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
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run([program, "-n", path], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
