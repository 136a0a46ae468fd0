"""The folder in which uv works, and the project whose settings it reads, while its files are looked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dualvariant.launch.recognize import recognize
from dualvariant.launch.uv_folders import VARIABLES, enter_folder, name_settings


@pytest.mark.parametrize(
    ("options", "project"),
    [
        (["--directory", "{a}/sub", "--project", "{a}"], "{a}"),
        (["--directory", "sub", "--project", ".."], "{a}/sub/.."),
        (["--directory", "sub"], None),
        (["--directory", "sub", "--project", "{a}/sub"], None),
        (["--project", "sub"], "{a}/sub"),
        (["--project", "{a}"], None),
    ],
)
def test_settings_are_those_of_the_project_that_uv_reads(
    options: list[str], project: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    recognized = recognize(["uv", *(option.format(a=tmp_path) for option in options), "sync"])
    assert recognized is not None
    with name_settings(recognized), enter_folder(recognized):
        assert os.environ.get("UV_PROJECT") == (None if project is None else project.format(a=tmp_path))
        assert Path.cwd() == tmp_path / ("sub" if "--directory" in options else "")
    assert Path.cwd() == tmp_path


@pytest.mark.parametrize(
    ("words", "named", "without"),
    [
        (["--config-file", "named.toml", "sync"], "named.toml", None),
        (["pip", "install", "--config-file=named.toml", "demo"], "named.toml", None),
        (["--no-config", "run", "python"], "set.toml", "1"),
        (["run", "--no-config", "python", "--config-file", "other.toml"], "set.toml", "1"),
        (["run", "--", "python", "--no-config"], "set.toml", None),
    ],
)
def test_settings_are_those_that_the_command_line_names(
    words: list[str], named: str, without: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_CONFIG_FILE", "set.toml")
    monkeypatch.delenv("UV_NO_CONFIG", raising=False)
    with name_settings(recognize(["uv", *words])):
        assert (os.environ["UV_CONFIG_FILE"], os.environ.get("UV_NO_CONFIG")) == (named, without)
    assert (os.environ["UV_CONFIG_FILE"], os.environ.get("UV_NO_CONFIG")) == ("set.toml", None)
