"""``dualvariant cache dir|list|clear``."""

from __future__ import annotations

import time
from pathlib import Path

import platformdirs
import pytest

from dualvariant.cli import main
from dualvariant.host.answer import ProviderAnswer
from dualvariant.host.cache import ProviderCache
from dualvariant.host.discovery import ProviderEntry
from dualvariant.repository.content_cache import ContentCache
from messages import error_code
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.cpu import probes as cpu


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with one answer."""
    monkeypatch.setenv("DUALVARIANT_CACHE_DIR", str(tmp_path))
    entry = ProviderEntry("turbo", "turbo:T", "turbo-plugin", "2.0", "f00")
    config = ProviderConfig("turbo", [KeyConfig("speed", ["1"])])
    answer = ProviderAnswer(entry, "turbo", "1.0", config, {"env:TURBO_SAMPLE": None}, "run", time.time())
    folder = tmp_path / "providers"
    assert None is ProviderCache(folder).save(answer)
    return folder


def test_dir(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", "dir"]) == 0
    assert f"{folder.parent}\n" == capsys.readouterr().out


def test_list(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def listed() -> tuple[list[list[str]], list[list[str]]]:
        assert main(["cache", "list"]) == 0
        caches, _, answers = capsys.readouterr().out.partition("\n\n")
        return [line.split() for line in caches.splitlines()], [line.split() for line in answers.splitlines()]

    caches, [head, row] = listed()
    assert [line[:2] for line in caches[1:]] == [
        ["providers", "1"],
        ["interpreters", "0"],
        ["metadata", "0"],
        ["pages", "0"],
        ["requests", "0"],
        ["emulators", "0"],
        ["zig", "0"],
    ]
    assert head == ["provider", "distribution", "answered", "state"]
    assert row[:3] == ["turbo", "turbo-plugin", "2.0"]
    assert row[-1] == "kept"
    monkeypatch.setenv("TURBO_SAMPLE", "1")
    assert listed()[1][1][-2:] == ["changed:", "env:TURBO_SAMPLE"]
    next(folder.iterdir()).write_text("{")
    assert listed()[1][1][-2] == "unusable:"


def test_list_shows_answers_of_another_host(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Several machines may share a home directory."""
    monkeypatch.setattr(cpu, "identity", lambda: b"another")
    assert main(["cache", "list"]) == 0
    (row,) = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("turbo ")]
    assert row[-1] != "kept"


def test_clear_removes_every_cache_and_no_other_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ContentCache(folder.parent / "metadata").write("0" * 64, b"content")
    (folder.parent / "zig" / "global" / "o").mkdir(parents=True)
    (folder.parent / "zig" / "global" / "o" / "crt1.o").write_bytes(b"object")
    foreign = [folder / "foreign.txt", folder.parent / "metadata" / "notes", folder.parent / "zig" / "mine"]
    for path in foreign:
        path.write_text("x")
    assert main(["cache", "clear"]) == 0
    assert {"3", str(folder.parent)} <= set(capsys.readouterr().out.split())
    assert sorted(foreign) == sorted(path for path in folder.parent.rglob("*") if path.is_file())
    assert main(["cache", "clear"]) == 0
    assert {"0", str(folder.parent)} <= set(capsys.readouterr().out.split())


def test_a_cache_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DUALVARIANT_CACHE_DIR", str(tmp_path / "nowhere"))
    for action in ("dir", "list", "clear"):
        assert main(["cache", action]) == 0
    assert not (tmp_path / "nowhere").exists()


def test_no_home(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("DUALVARIANT_CACHE_DIR", raising=False)
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *_, **__: "~/.cache/dualvariant")
    assert main(["cache", "dir"]) == 1
    err = capsys.readouterr().err
    assert error_code(err) == "no-cache-directory"
    assert "DUALVARIANT_CACHE_DIR" in err


@pytest.mark.parametrize(
    ("arguments", "error", "offered"),
    [
        (["clera"], "unknown-name", ["'clear'"]),
        (["xyz"], "unknown-name", ["'dir'", "'list'", "'clear'"]),
        ([], "usage", []),
    ],
)
def test_an_unknown_action(
    arguments: list[str], error: str, offered: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cache", *arguments]) == 2
    err = capsys.readouterr().err
    assert error_code(err) == error
    assert [name for name in offered if name not in err] == []
    assert len(list(folder.iterdir())) == 1
