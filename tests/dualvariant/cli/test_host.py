"""``dualvariant host``: the table, the profile as JSON, failures on stderr."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dualvariant.cli import main
from messages import error_code
from sample_plugins import Site, provider
from variantlib.profile import HostProfile


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
        assert "ValueError: boom" in err
        document = json.loads(out)
        profile = HostProfile.from_json(out)
        assert profile.names == ["turbo"]
        assert profile.digest == document["digest"]
        assert document["versions"] == {"turbo": "2.1", "quiet": "1.0"}
        assert [*document["evidence"]["failures"]] == ["c"]
        assert "ValueError: boom" in document["evidence"]["failures"]["c"]
        assert document["detected_at"][-1] == "Z"
        sources.append(document["evidence"]["sources"])
    assert [dict.fromkeys(["quiet", "turbo"], source) for source in ("run", "cache")] == sources


def test_each_key_is_on_one_line(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """People edit it."""
    site.install("a", provider("return answer(speed=['9', '1'], x=['a.b'])", name="turbo"))
    assert main(["host", "--json"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert '{"key": "speed", "values": ["9", "1"]},' in lines
    assert '{"key": "x", "values": ["a.b"]}' in lines


def test_a_host_without_providers(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["host"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert error_code(err) is None and len(err.splitlines()) == 1
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
    assert error_code(err) == "provider-failed"
    warning, _ = (line for line in err.splitlines() if "'bad'" in line)
    assert "bad:Provider" in warning and "bad-plugin 1.0" in warning and "ValueError: boom" in warning


def test_the_age_of_kept_answers_is_a_note(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("a", provider("return answer(k=[1])".replace("1", "'1'")))
    notes = []
    for arguments in (["host"], ["host"], ["host", "--refresh"]):
        assert main(arguments) == 0
        notes.append(len(capsys.readouterr().err.splitlines()))
    assert notes == [0, 1, 0]


def test_refresh(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("a", provider("return answer(t=[str(time.monotonic_ns())])"))
    printed = []
    for arguments in (["host"], ["host"], ["host", "--refresh"], ["host"]):
        assert main(arguments) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] != printed[2] == printed[3]


def test_a_cache_that_cannot_be_written_is_a_note(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cache").write_text("in the way")
    site.install("a", provider("return answer(k=['1'])"))
    assert main(["host"]) == 0
    err = capsys.readouterr().err
    assert error_code(err) is None and str(tmp_path / "cache") in err


def test_an_unknown_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["host", "--jsn"]) == 2
    err = capsys.readouterr().err
    assert error_code(err) == "unknown-option" and "'--json'" in err


def test_a_bad_time_limit(site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("a", provider("return answer(k=['1'])"))
    monkeypatch.setenv("DUALVARIANT_PROVIDER_TIMEOUT", "soon")
    assert main(["host"]) == 2
    err = capsys.readouterr().err
    assert error_code(err) is not None
    assert "DUALVARIANT_PROVIDER_TIMEOUT" in err and "'soon'" in err
