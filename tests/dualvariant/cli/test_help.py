"""The help of commands: words for every option, a short and a long form, the same as JSON and as a man page."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from dualvariant.cli import COMMANDS, main
from dualvariant.cli._commands import list_commands, list_names, read_command
from dualvariant.help.model import CommandHelp
from messages import error_code

NAMES = list_names(COMMANDS)


@pytest.fixture(scope="module")
def commands() -> dict[str, CommandHelp]:
    return {command.name: command for command in list_commands(COMMANDS)}


def test_every_command_and_action_has_help(commands: dict[str, CommandHelp]) -> None:
    assert list(commands) == NAMES
    assert {"install", "plugins list", "plugins trust", "doctor"} <= commands.keys()


@pytest.mark.parametrize("name", NAMES)
def test_every_option_and_argument_has_words(name: str, commands: dict[str, CommandHelp]) -> None:
    command = commands[name]
    assert command.summary.endswith(".")
    assert [one.title for one in [*command.options, *command.arguments] if len(one.words) < 4] == []


def test_the_words_of_pips_options_are_ours_and_complete(commands: dict[str, CommandHelp]) -> None:
    """An option of pip without words would be ``as in pip``."""
    options = [option for name in ("install", "download", "wheel", "explain") for option in commands[name].options]
    assert [option.title for option in options if option.words == "as in pip"] == []


def test_options_that_are_rarely_needed_are_in_the_long_help_only(capsys: pytest.CaptureFixture[str]) -> None:
    short, long = _help(capsys, "install", "-h"), _help(capsys, "install", "--help")
    for text, has_rare in ((short, False), (long, True)):
        assert "--no-variant" in text and "--index-url" in text
        assert ("--no-build-isolation" in text) == has_rare
    assert "more options: dualvariant install --help" in short
    assert len(short.splitlines()) < 50 < len(long.splitlines())
    assert max(map(len, short.splitlines())) <= 100


def _help(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert ended.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", ["host", "plugins list", "install"])
def test_help_says_what_the_long_help_of_the_command_says(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", *name.split()]) == 0
    assert capsys.readouterr().out == _help(capsys, *name.split(), "--help")


def test_help_alone_lists_every_command_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help"]) == 0
    text = capsys.readouterr().out
    assert main(["--help"]) == 0
    assert capsys.readouterr().out == text
    assert {line.split()[0] for line in text.splitlines() if line.startswith("  ")} == COMMANDS.keys()
    assert sum(line.startswith("  ") for line in text.splitlines()) == len(COMMANDS)


def test_the_actions_of_a_command_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "plugins"]) == 0
    text = capsys.readouterr().out
    assert all(f"\n  {action} " in text for action in ("list", "check", "new", "trust", "distrust"))


def test_an_unknown_command_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "instal"]) == 2
    err = capsys.readouterr().err
    assert error_code(err) == "unknown-command" and "did you mean 'install'?" in err


def test_the_json_has_every_option(capsys: pytest.CaptureFixture[str], commands: dict[str, CommandHelp]) -> None:
    assert main(["help", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [command["name"] for command in document] == NAMES
    for command in document:
        names = [name for group in command["groups"] for option in group["options"] for name in option["names"]]
        assert names == [name for option in commands[command["name"]].options for name in option.names]


def test_reading_the_help_runs_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even one that needs no argument."""
    monkeypatch.setenv("PATH", "")
    assert read_command(["host"], COMMANDS).name == "host"


@pytest.mark.parametrize("words", [[], ["install"], ["plugins", "check"]])
def test_man_pages_have_no_fault(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", *words, "--man"]) == 0
    page = capsys.readouterr().out
    assert page.startswith(f".TH {'-'.join(['dualvariant', *words]).upper()} 1 ")
    assert ".SH NAME\n" in page and ".SH SYNOPSIS\n" in page
    requests = {line.split()[0] for line in page.splitlines() if line.startswith((".", "'"))}
    assert requests <= {".TH", ".SH", ".SS", ".TP"}
    groff = shutil.which("groff")
    if groff:
        done = subprocess.run(
            [groff, "-man", "-Kutf8", "-Tutf8", "-ww", "-z"],
            input=page,
            text=True,
            capture_output=True,
            env={"LC_ALL": "C"},
        )
        assert (done.returncode, done.stderr) == (0, "")
