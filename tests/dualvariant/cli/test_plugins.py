"""``dualvariant plugins list``: every installed provider and what became of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dualvariant.cli import main
from dualvariant.host import detect as detect_module
from dualvariant.host.discovery import installed_distributions
from sample_plugins import Site, provider


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    site = Site(tmp_path / "site")
    monkeypatch.syspath_prepend(str(site.path))
    monkeypatch.setattr(detect_module, "installed_distributions", lambda: installed_distributions([str(site.path)]))
    monkeypatch.setenv("DUALVARIANT_CACHE_DIR", str(tmp_path / "cache"))
    site.install("a", provider("return answer(k=['1'])", name="turbo", version="2.1"), version="3")
    site.install("b", provider("return None", name="quiet"))
    site.install("c", provider("raise ValueError('boom')", name="bad"))
    return site


def test_the_table(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "list"]) == 0
    assert capsys.readouterr() == (
        "provider  version  distribution  entry       state\n"
        "quiet     1.0      b-plugin 1.0  b:Provider  nothing to say\n"
        "turbo     2.1      a-plugin 3    a:Provider  answers\n"
        "-         -        c-plugin 1.0  c:Provider  failed: run() raised ValueError: boom\n",
        "",
    )


def test_json(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "list", "--json"]) == 0
    quiet, turbo, bad = json.loads(capsys.readouterr().out)
    assert turbo == {
        "provider": "turbo",
        "version": "2.1",
        "distribution": "a-plugin 3",
        "entry": "a:Provider",
        "state": "answers",
        "reason": None,
    }
    assert quiet["state"] == "nothing to say"
    assert (bad["state"], bad["reason"]) == ("failed", "run() raised ValueError: boom")


def test_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(detect_module, "installed_distributions", list)
    assert main(["plugins", "list"]) == 0
    assert capsys.readouterr().out == "no provider is installed\n"
    assert main(["plugins", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_an_action_that_it_has_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "lst"]) == 2
    assert "did you mean 'list'?" in capsys.readouterr().err
