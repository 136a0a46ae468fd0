"""Which optional providers the user enables."""

from __future__ import annotations

from pathlib import Path

import pytest

from dualvariant.settings.label_rules import read_label_rules


def test_a_provider_that_may_be_misspelt_costs_a_note_and_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "variant.toml").write_text('[variantlib]\nenabled_providers = ["nvidia", "x86-64"]\n')
    notes: list[str] = []
    rules = read_label_rules(["nvida, acme"], (), {}, ["nvidia"], notes.append)
    assert rules.enabled == {"nvida", "acme", "nvidia", "x86-64"}
    assert notes == [
        "--enable-provider: no installed provider is called 'nvida'; did you mean 'nvidia'?",
        "variant.toml: enabled_providers: no installed provider is called 'x86-64'; did you mean 'x86_64'?",
    ]
