"""Directories: one place decides them, and a user without a home gets by."""

from __future__ import annotations

from pathlib import Path

import pytest

from dualvariant.core import dirs


@pytest.mark.parametrize("name", dirs.CACHES)
def test_one_variable_moves_every_cache(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(dirs.CACHE_VARIABLE, str(tmp_path))
    assert tmp_path / name == dirs.cache_dir(name)


def test_caches_state_and_settings_follow_the_base_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(dirs.CACHE_VARIABLE, raising=False)
    for kind in ("CACHE", "STATE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind))
    assert tmp_path / "CACHE" / "dualvariant" == dirs.cache_root()
    assert tmp_path / "STATE" / "dualvariant" == dirs.state_dir()
    assert tmp_path / "CONFIG" / "dualvariant" == dirs.config_dir()


def test_without_a_home_there_are_no_directories(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a bare user id in a container: no HOME, no passwd entry."""
    import pwd

    for name in ("HOME", dirs.CACHE_VARIABLE, "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)

    def getpwuid(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", getpwuid)
    assert [None, None, None] == [dirs.cache_root(), dirs.state_dir(), dirs.config_dir()]
    assert Path("~/cert.pem") == dirs.expand_home("~/cert.pem")
