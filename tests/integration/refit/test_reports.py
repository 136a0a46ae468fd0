"""What ``refit``, ``check`` and ``list`` say of an exchange, in words and as documents."""

from __future__ import annotations

import json
import shlex
from hashlib import sha256
from pathlib import Path

from refit_environments import level, make_environment, on_v3
from tool import Tool


def test_check_says_what_refit_would_do(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    command = ["check", *on_v3(tool, python, wheels)]
    done = tool(*command, code=1)  # options that say which wheels count ask the sources too
    assert done.stdout == tool(*command, "--refit", code=1).stdout
    assert "would exchange demo 1.0" in done.stdout
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("to exchange: dualvariant ")]
    repeated = shlex.split(line.removeprefix("to exchange: dualvariant "))
    assert repeated[0] == "refit" and {"--no-index", "--find-links", str(wheels)} <= {*repeated}
    secret = ["-i", "https://me:secret@index.example/simple"]
    assert "secret" not in tool(*command, *secret, "--refit", code=1).stderr
    alone: list[str | Path] = ["check", "--python", python, "--profile", level(tool, "v3")]
    for options in ([], ["--json"]):
        (line,) = [line for line in tool(*alone, *options).stderr.splitlines() if "no source was asked" in line]
        asks = shlex.split(line.partition("dualvariant ")[2])
        assert asks == [*map(str, alone[:1]), "--refit", "--profile", str(alone[4]), "--python", str(python)]
    assert "no source was asked" not in done.stderr
    (shown,) = json.loads(tool(*command, "--refit", "--json", code=1).stdout)
    assert shown["to_refit"]["action"] == "exchange"
    tool(*repeated)
    tool(*command, "--refit")
    assert "no source was asked" in tool(*alone).stderr  # with a variant installed, too


def test_the_documents_of_refit_and_list(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    command: list[str | Path] = [
        "refit",
        "--json",
        "--python",
        python,
        "--no-index",
        "-f",
        wheels,
        "--profile",
        level(tool, "v3"),
    ]
    (found,) = json.loads(tool(*command).stdout)["distributions"]
    assert (found["name"], found["action"], found["done"]) == ("demo", "exchange", True)
    (shown,) = json.loads(tool("list", "--json", "--python", python).stdout)
    standard = sha256((wheels / "demo-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    assert shown["refit"]["installed"]["sha256"] == standard
    assert shown["refit"]["exchanged_for"]["filename"] == found["wheel"]
    assert shown["refit"]["exchanged_for"]["index"] == wheels.as_uri() or str(wheels) in json.dumps(shown)
