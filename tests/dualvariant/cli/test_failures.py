"""What a failed command prints: one message with a code, and JSON if ``--json`` is given."""

from __future__ import annotations

import json

import pytest

from dualvariant.cli import main
from messages import error_code


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (["instal"], "unknown-command", 2),
        (["explain", "--indx-url", "x"], "unknown-option", 2),
        (["cache", "clera"], "unknown-name", 2),
        (["explain", "--python", "/nowhere/python", "demo"], "no-interpreter", 2),
        (["explain"], "nothing-to-do", 2),
        (["explain", "--index-url"], "usage", 2),
    ],
)
def test_the_message_ends_with_a_code(
    arguments: list[str], code: str, exit_code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code == main(arguments)
    out, err = capsys.readouterr()
    assert out == ""
    assert code == error_code(err)


def test_json_has_code_message_and_next_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--json", "--python", "/nowhere/python", "demo"]) == 2
    out, err = capsys.readouterr()
    error = json.loads(out)["error"]
    assert {*error} == {"code", "message", "next"}
    assert error["code"] == error_code(err) == "no-interpreter"
    assert "/nowhere/python" in error["message"]
    assert "--python" in error["next"]


def test_json_after_the_dashes_belongs_to_the_installer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["install", "--python", "/nowhere/python", "demo", "--", "--json"]) == 2
    assert capsys.readouterr().out == ""
