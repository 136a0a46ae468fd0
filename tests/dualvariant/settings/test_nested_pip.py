"""The settings of the pips that a build calls."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dualvariant.settings.nested_pip import settings_for_builds


def test_what_and_where_to_install_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    path = tmp_path / "pip.conf"
    path.write_text("[install]\ntarget = /t\nindex-url = https://i/\n[global]\nuser = yes\ncert = /c\n")
    variables = {"PIP_CONFIG_FILE": str(path), "PIP_PREFIX": "/p", "PIP_REQUIRE_VENV": "1", "PIP_TIMEOUT": "3"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with settings_for_builds():
        inside = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    assert inside["PIP_CONFIG_FILE"] == os.devnull
    assert inside["PIP_INDEX_URL"] == "https://i/" and inside["PIP_CERT"] == "/c" and inside["PIP_TIMEOUT"] == "3"
    assert not {"PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE_VIRTUALENV", "PIP_REQUIRE_VENV"} & inside.keys()
    assert {name: value for name, value in os.environ.items() if name.startswith("PIP_")} == variables


def test_a_setting_that_an_installation_refuses_does_not_stop_a_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_PLATFORM", "win32")
    with settings_for_builds():
        assert "PIP_PLATFORM" not in os.environ
    assert os.environ["PIP_PLATFORM"] == "win32"
