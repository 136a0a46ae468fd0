"""The place of an installation, against pip's own schemes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

import clients
from dualvariant.engines.options import EngineOptions
from dualvariant.install.place import InstallPlace
from dualvariant.settings.pip_config import PipConfig, read_pip_config
from dualvariant.target.interpreter import Interpreter
from dualvariant.target.probe import InterpreterProbe

# Runs in pip's interpreter: where its wheels go with these options.
_ASK = """
import json, sys
from pip._internal.locations import get_scheme
options = json.loads(sys.argv[1])
scheme = get_scheme("demo", user=options["user"], root=options["root"], prefix=options["prefix"])
print(json.dumps([scheme.purelib, scheme.platlib]))
"""


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Interpreter:
    with InterpreterProbe(clients.make_target(tmp_path_factory.mktemp("place"))) as probe:
        return probe.interpreter()


@pytest.mark.parametrize("pip", [{}, {"prefix": "/p"}, {"root": "/r"}, {"prefix": "/p", "root": "/r"}, {"user": "1"}])
def test_it_is_where_pip_installs(pip: Mapping[str, str], target: Interpreter) -> None:
    options = {"user": "user" in pip, "root": pip.get("root"), "prefix": pip.get("prefix")}
    done = subprocess.run(
        [target.executable, "-c", _ASK, json.dumps(options)], check=True, capture_output=True, text=True
    )
    place = InstallPlace.for_pip(target, PipConfig(pip))
    assert place.folders == [*dict.fromkeys(map(Path, json.loads(done.stdout)))]
    assert place.is_own is {"prefix", "root"}.isdisjoint(pip)


@pytest.mark.parametrize("key", ["target", "prefix", "root", "user"])
@pytest.mark.parametrize("where", ["line", "glued", "abbreviated", "variable", "section", "global"])
def test_it_is_the_same_wherever_it_is_set(
    key: str, where: str, target: Interpreter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = "1" if key == "user" else str(tmp_path / "there")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    words: list[str] = []
    match where:
        case "line":
            words = [f"--{key}"] if key == "user" else [f"--{key}", value]
        case "glued":
            words = [f"--{key}"] if key == "user" else [f"--{key}={value}"]
        case "abbreviated":
            short = {"target": "--targ", "prefix": "--prefi", "root": "--root", "user": "--use"}[key]
            words = ["--user"] if key == "user" else [short, value]
        case "variable":
            monkeypatch.setenv(f"PIP_{key.upper()}", value)
        case _:
            section = "install" if where == "section" else where
            (tmp_path / "pip.conf").write_text(f"[{section}]\n{key} = {value}\n")
    config = read_pip_config(target.prefix).override(EngineOptions.combine([], words).settings)
    assert InstallPlace.for_pip(target, config).folders == InstallPlace.for_pip(target, PipConfig({key: value})).folders
    assert InstallPlace.for_pip(target, config).is_own is (key == "user")


@pytest.mark.parametrize(
    ("variables", "words", "user"),
    [
        ({}, [], None),
        ({"PIP_USER": "yes"}, [], True),
        ({"PIP_USER": "no"}, [], False),
        ({"PIP_USER": "yes"}, ["--no-user"], False),
        ({"PIP_NO_USER": "1"}, [], True),  # to pip, a variable is the value of what it is about
        ({"PIP_NO_USER": "0"}, [], False),
        ({"PIP_USER": "no"}, ["--user"], True),
    ],
)
def test_yes_and_no(
    variables: Mapping[str, str],
    words: list[str],
    user: bool | None,
    target: Interpreter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    config = read_pip_config(target.prefix).override(EngineOptions.combine([], words).settings)
    assert InstallPlace.for_pip(target, config).user is user


def test_settings_of_pip_are_no_place_of_another_installer(target: Interpreter) -> None:
    assert InstallPlace.for_options(target, {}, user=False).folders == [*target.site]
