"""``dualvariant host``: the table, the profile as JSON, failures on stderr."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dualvariant.cli import main
from dualvariant.host import detect as detect_module
from dualvariant.host.discovery import installed_distributions
from sample_plugins import Site, provider
from variantlib.profile import HostProfile


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    site = Site(tmp_path / "site")
    site.path.mkdir()
    monkeypatch.syspath_prepend(str(site.path))
    monkeypatch.setattr(detect_module, "installed_distributions", lambda: installed_distributions([str(site.path)]))
    monkeypatch.setenv("DUALVARIANT_CACHE_DIR", str(tmp_path / "cache"))
    return site


def test_the_table(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("a", provider("return answer(speed=['9', '1'], x=['on'])", name="turbo"))
    site.install("b", provider("return answer(k=['1.5'])", name="b"))
    assert main(["host"]) == 0
    assert capsys.readouterr() == (
        "provider  key    values, best first\nb         k      1.5\nturbo     speed  9 1\n          x      on\n",
        "",
    )


def test_the_json_is_a_profile(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("a", provider("return answer(speed=['9', '1'])", name="turbo", version="2.1"))
    site.install("b", provider("return None", name="quiet"))
    site.install("c", provider("raise ValueError('boom')", name="bad"))
    sources = []
    for _ in range(2):
        assert main(["host", "--json"]) == 0
        out, err = capsys.readouterr()
        assert "run() raised ValueError: boom" in err
        document = json.loads(out)
        profile = HostProfile.from_json(out)
        assert profile.names == ["turbo"]
        assert profile.digest == document["digest"]
        assert document["versions"] == {"turbo": "2.1", "quiet": "1.0"}
        assert document["evidence"]["failures"] == {"c": "run() raised ValueError: boom"}
        assert document["detected_at"][-1] == "Z"
        sources.append(document["evidence"]["sources"])
    assert [dict.fromkeys(["quiet", "turbo"], source) for source in ("run", "cache")] == sources


def test_a_key_stands_on_one_line(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """People edit it."""
    site.install("a", provider("return answer(speed=['9', '1'], x=['a.b'])", name="turbo"))
    assert main(["host", "--json"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert '{"key": "speed", "values": ["9", "1"]},' in lines
    assert '{"key": "x", "values": ["a.b"]}' in lines


def test_nothing_at_all(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["host"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "no provider has anything to say" in err
    assert main(["host", "--json"]) == 0
    assert HostProfile() == HostProfile.from_json(capsys.readouterr().out)


def test_strict(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("good", provider("return answer(k=['1'])", name="good"))
    assert main(["host", "--strict"]) == 0
    site.install("bad", provider("raise ValueError('boom')"))
    assert main(["host"]) == 0
    capsys.readouterr()
    assert main(["host", "--strict"]) == 4
    out, err = capsys.readouterr()
    assert "good" in out
    assert "warning: provider 'bad', bad:Provider (bad-plugin 1.0): run() raised ValueError" in err
    assert "error: a provider failed and --strict was given: 'bad'" in err


def test_refresh(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("a", provider("return answer(t=[str(time.monotonic_ns())])"))
    told = []
    for arguments in (["host"], ["host"], ["host", "--refresh"], ["host"]):
        assert main(arguments) == 0
        told.append(capsys.readouterr().out)
    assert told[0] == told[1] != told[2] == told[3]


def test_a_cache_that_cannot_be_written_is_a_note(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cache").write_text("in the way")
    site.install("a", provider("return answer(k=['1'])"))
    assert main(["host"]) == 0
    assert "dualvariant: the providers' answers cannot be kept: " in capsys.readouterr().err


def test_an_option_that_it_has_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["host", "--jsn"]) == 2
    assert "did you mean '--json'?" in capsys.readouterr().err


def test_a_bad_time_limit(site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("a", provider("return answer(k=['1'])"))
    monkeypatch.setenv("DUALVARIANT_PROVIDER_TIMEOUT", "soon")
    assert main(["host"]) == 2
    assert "DUALVARIANT_PROVIDER_TIMEOUT must be a number of seconds" in capsys.readouterr().err
