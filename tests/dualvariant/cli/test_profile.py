"""``dualvariant profile``, and the other places that take a profile by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import samples
from dualvariant.cli import main
from dualvariant.profiles.read import read_profile
from messages import error_code
from tool import Tool


def write(path: Path, providers: object, **more: object) -> str:
    path.write_text(json.dumps({"schema": "dualvariant/profile/1", "providers": providers, **more}))
    return str(path)


def level(*values: str) -> list[dict[str, object]]:
    return [{"provider": "x86_64", "configs": [{"key": "level", "values": list(values)}]}]


def test_intersect_prints_a_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = write(tmp_path / "old.json", level("v2", "v1"))
    new = write(tmp_path / "new.json", level("v4", "v3", "v2", "v1"), name="rack 7")
    assert main(["profile", "intersect", new, old, "--name", "cluster"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["providers"] == level("v2", "v1")
    common = tmp_path / "common.json"
    common.write_text(json.dumps(document))
    assert read_profile(str(common)).name == "cluster"
    assert main(["profile", "intersect", new, old]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "rack 7 + old"


def test_show_limit_and_diff(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["profile", "show", "x86_64_v4", "--json"]) == 0
    (tmp_path / "v4.json").write_text(capsys.readouterr().out)
    assert main(["profile", "limit", str(tmp_path / "v4.json"), "--at-most", "x86_64 :: level :: v3"]) == 0
    (tmp_path / "v3.json").write_text(capsys.readouterr().out)
    assert main(["profile", "diff", str(tmp_path / "v3.json"), "x86_64_v3"]) == 0
    assert main(["profile", "diff", "x86_64_v4", "x86_64_v3"]) == 1
    said = capsys.readouterr().out
    assert "- x86_64 :: level :: v4" in said and "- x86_64 :: avx512f :: on" in said and "+ " not in said
    for options in (["--without", "x86_64"], ["--without", "x86_64 :: level", "--without", "x86_64::level"]):
        assert main(["profile", "limit", write(tmp_path / "v1.json", level("v1")), *options]) == 0
        assert json.loads(capsys.readouterr().out)["providers"] == []


def test_the_variable_names_a_profile(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DUALVARIANT_PROFILE", "x86_64_v2")
    assert main(["profile", "show"]) == 0
    assert capsys.readouterr().out.startswith("x86_64_v2  ")


def test_check_says_what_is_wrong_and_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = write(tmp_path / "good.json", level("v2", "v1"))
    odd = write(tmp_path / "odd.json", level("v3", "v1", "v9"))
    bad = write(tmp_path / "bad.json", [{"provider": "x86 64", "configs": [{"key": "level", "values": []}]}, 7])
    assert main(["profile", "check", good]) == 0
    assert "valid" in capsys.readouterr().out
    assert main(["profile", "check", good, odd, bad, "--json"]) == 5
    first, second, third = json.loads(capsys.readouterr().out)
    assert first["valid"] and not first["problems"] and not first["doubts"]
    assert second["valid"]
    assert second["doubts"][0].startswith("providers[0].configs[0].values[2]: x86_64 has no level 'v9'")
    assert second["doubts"][1].startswith("providers[0].configs[0].values: v3 includes v2")
    assert not third["valid"]
    assert [problem.partition(" ")[0] for problem in third["problems"]] == [
        "providers[0].configs[0].values",
        "providers[1]",
    ]


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["uninstall", "numpy"], "pip uninstall"),
        (["freeze"], "uv pip freeze"),
        (["show", "numpy"], "uv pip show"),
        (["index", "versions", "numpy"], "pip index versions"),
    ],
)
def test_commands_of_pip_are_pointed_to(command: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command) == 2
    said = capsys.readouterr().err
    assert error_code(said) == "unknown-command"
    assert says in said


def test_a_choice_for_another_machine_says_so_and_explain_names_it(tool: Tool, target: Path, tmp_path: Path) -> None:
    samples.make_wheel(tmp_path / "wheels", "demo", "1.0")
    samples.make_wheel(tmp_path / "wheels", "demo", "1.0", properties=["x86_64 :: level :: v3"])
    explain: list[str | Path] = ["explain", "demo", "--no-index", "-f", tmp_path / "wheels", "--python", target]
    here = {"DUALVARIANT_X86_64": "v2"}
    better = tool(*explain, "--profile", "x86_64_v3", environment=here)
    assert " 'x86_64_v3', " in better.stdout.splitlines()[0]
    assert "and this machine is another one: it lacks 'x86_64 :: level :: v3' and" in better.stderr
    lesser = tool(*explain, environment={**here, "DUALVARIANT_PROFILE": "x86_64_v1"})
    assert "'x86_64_v1', and this machine is another one: it offers more" in lesser.stderr
    own = tool(*explain, "--profile", "x86_64_v2", "--json", environment=here)
    assert "and this machine is another one" not in own.stderr
    assert json.loads(own.stdout)["profile_name"] == "x86_64_v2"
    other = tool(*explain, "--profile", tool.profile("gpu", {"nvidia": {"sm_arch": ["90_real"]}}), environment=here)
    assert "'gpu', which says nothing of a CPU" in other.stderr


def test_a_folder_of_that_name_is_no_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x86_64_v3").mkdir()
    assert main(["profile", "show", "x86_64_v3"]) == 0
    write(tmp_path / "x86_64_v2", level("v1"), name="mine")
    assert read_profile("x86_64_v2").name == "mine"


def test_a_missing_file_and_an_unknown_machine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "show", "nowhere/x.json"]) == 2
    assert error_code(capsys.readouterr().err) == "unreadable-file"
    assert main(["profile", "show", "x86_64_v33"]) == 2
    assert error_code(capsys.readouterr().err) == "unknown-name"
