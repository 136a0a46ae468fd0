"""``dualvariant plugins list``: every installed provider and what became of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dualvariant.cli import main
from dualvariant.host import detect as detect_module
from messages import error_code
from sample_plugins import Site, provider


@pytest.fixture
def site(site: Site) -> Site:
    """With three providers: one that answers, one with nothing to say, one that fails."""
    site.install("a", provider("return answer(k=['1'])", name="turbo", version="2.1"), version="3")
    site.install("b", provider("return None", name="quiet"))
    site.install("c", provider("raise ValueError('boom')", name="bad"))
    return site


def test_the_table(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "list"]) == 0
    out, err = capsys.readouterr()
    head, *rows = out.splitlines()
    assert err == "" and head.split() == ["provider", "version", "distribution", "took", "age", "says"]
    assert [row.split()[:5] for row in rows] == [
        ["1", "turbo", "2.1", "a-plugin", "3"],
        ["-", "quiet", "1.0", "b-plugin", "1.0"],
        ["-", "(c:Provider)", "-", "c-plugin", "1.0"],
    ]
    assert [row.split("now")[1].strip() for row in rows[:2]] == ["k: 1", "reports nothing"]
    assert "ValueError: boom" in rows[2]


def test_the_order_is_the_one_that_counts(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.install("d", provider("return answer(k=['1'])", name="alpha"))
    for order, expected in (("", ["alpha", "turbo"]), ("turbo", ["turbo", "alpha"])):
        monkeypatch.setenv("DUALVARIANT_PROVIDER_PRIORITY", order)
        assert main(["plugins", "list", "--json"]) == 0
        rows = json.loads(capsys.readouterr().out)
        assert [(row["provider"], row["priority"]) for row in rows[:2]] == [(expected[0], 1), (expected[1], 2)]


@pytest.mark.parametrize(
    ("group", "meant"),
    [
        ("variantlib.plugin", "variantlib.plugins"),
        ("variantlib-plugins", "variantlib.plugins"),
        ("VariantLib.Plugins", "variantlib.plugins"),
        ("dualvariant.plugins", "variantlib.plugins"),
        ("variant_plugin", "variant_plugins"),
        ("variant.plugins", "variant_plugins"),
        ("variantlib.actions.index", None),
        ("invariants", None),
        ("variants", None),
    ],
)
def test_a_misspelt_group_is_noticed(
    group: str, meant: str | None, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    info = site.path / "e-1.dist-info"
    info.mkdir()
    (info / "entry_points.txt").write_text(f"[console_scripts]\ne = e:main\n\n[{group}]\ne = e:Provider\n")
    assert main(["plugins", "list"]) == 0
    err = capsys.readouterr().err
    assert ("e-1.dist-info" in err) == (meant is not None)
    assert meant is None or f"{group!r}, which is not read: did you mean {meant!r}?" in err


def test_json(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "list", "--json"]) == 0
    turbo, quiet, bad = json.loads(capsys.readouterr().out)
    assert turbo == {
        "priority": 1,
        "provider": "turbo",
        "version": "2.1",
        "distribution": "a-plugin 3",
        "entry": "a:Provider",
        "state": "answers",
        "values": {"k": ["1"]},
        "reason": None,
        "source": "run",
        "seconds": turbo["seconds"],
        "detected_at": turbo["detected_at"],
        "age": None,
    }
    assert turbo["seconds"] > 0
    assert turbo["detected_at"].endswith("Z")
    assert (quiet["provider"], quiet["reason"]) == ("quiet", None) and quiet["state"] not in ("failed", turbo["state"])
    assert bad["state"] == "failed" and "ValueError: boom" in bad["reason"]


def test_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(detect_module, "installed_distributions", list)
    assert main(["plugins", "list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert main(["plugins", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_an_unknown_action(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "lst"]) == 2
    err = capsys.readouterr().err
    assert error_code(err) == "unknown-name" and "'list'" in err


def test_age_and_refresh(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """Failures have an age too."""
    ages = []
    for arguments in (["list"], ["list"], ["list", "--refresh"]):
        assert main(["plugins", *arguments, "--json"]) == 0
        ages.append({row["age"] is None for row in json.loads(capsys.readouterr().out)})
    assert ages == [{True}, {False}, {True}]
