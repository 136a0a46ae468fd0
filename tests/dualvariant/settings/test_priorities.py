"""The order of providers, from settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from dualvariant.settings.priorities import apply_priority
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.profile import HostProfile

PROFILE = HostProfile([ProviderConfig(name, [KeyConfig("k", ["1"])]) for name in ("a", "b")])


def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The providers in the order that the settings of a working directory give."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DUALVARIANT_PROVIDER_PRIORITY", raising=False)
    notes: list[str] = []
    found = apply_priority(PROFILE, PROFILE.names, None, {}, notes.append).names
    assert notes == []
    return list(found)


def test_a_settings_file_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert names(tmp_path, monkeypatch) == ["a", "b"]
    (tmp_path / "variant.toml").write_text('[variantlib]\nprovider_priority = ["b"]\n')
    assert names(tmp_path, monkeypatch) == ["b", "a"]


def test_a_settings_folder_that_the_system_refuses_is_no_settings_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name of 5,000 characters: the system does not say that it is missing, it refuses it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", f"/{'x' * 5000}")
    assert names(tmp_path, monkeypatch) == ["a", "b"]
