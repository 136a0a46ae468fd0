"""Providers that are programs: any executable that prints the document."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from dualvariant.host.answer import ProviderAnswer, ProviderFailure
from dualvariant.host.detect import detect
from dualvariant.host.programs import make_program_entry
from dualvariant.host.runner import run_providers
from sample_plugins import Site

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "data" / "provider_documents.json").read_text(encoding="utf-8")
)
DOCUMENT = {"schema": "dualvariant/provider/1", "provider": "fpga", "version": "1", "configs": []}


def write_program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def printing(path: Path, text: str) -> Path:
    (path.parent / "document").write_text(text)
    return write_program(path, f"cat '{path.parent / 'document'}'")


def ask(path: Path) -> ProviderAnswer | ProviderFailure:
    [told] = run_providers([make_program_entry(path)])
    return told


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=range(len(VECTORS["valid"])))
def test_a_valid_document(vector: dict[str, Any], tmp_path: Path) -> None:
    told = ask(printing(tmp_path / "p", json.dumps(vector["document"])))
    assert isinstance(told, ProviderAnswer), told
    values = None if told.config is None else {item.key: item.values for item in told.config.configs}
    assert (told.name, values) == (vector["document"]["provider"], vector["values"])


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=range(len(VECTORS["invalid"])))
def test_a_document_that_is_not_valid(vector: dict[str, Any], tmp_path: Path) -> None:
    told = ask(printing(tmp_path / "p", vector["text"]))
    assert isinstance(told, ProviderFailure), told
    assert vector["words"] in told.reason


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exit 3", "it ended with status 3"),
        ("kill -9 $$", "it ended with status -9"),
        ("yes", "its document is too large"),
        ("echo '{'", "one JSON document"),
    ],
)
def test_a_program_that_fails(script: str, words: str, tmp_path: Path) -> None:
    told = ask(write_program(tmp_path / "p", script))
    assert isinstance(told, ProviderFailure) and words in told.reason


def test_no_program(tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(b"\x7fELFnonsense")
    (tmp_path / "p").chmod(0o755)
    told = ask(tmp_path / "p")
    assert isinstance(told, ProviderFailure) and "it cannot be started" in told.reason


def test_it_gets_the_variables_that_it_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FPGA_BOARD", "z7")
    monkeypatch.setenv("OTHER", "x")
    text = json.dumps({**DOCUMENT, "depends_on": ["env:FPGA_BOARD"], "configs": [{"key": "k", "values": ["@"]}]})
    told = ask(write_program(tmp_path / "p", f"echo '{text}' | sed \"s/@/${{FPGA_BOARD:-no}}_${{OTHER:-no}}/\""))
    assert isinstance(told, ProviderAnswer) and told.config is not None, told
    assert told.config.configs[0].values == ["z7_no"]


def test_where_programs_are_found(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the command, and where the user's own settings name them; not where a working directory does."""
    beside, named, foreign = (tmp_path / name for name in ("bin", "named", "work"))
    for folder in (beside, named, foreign):
        folder.mkdir()
    (beside / "python").symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", str(beside / "python"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(foreign)
    one = [{"key": "k", "values": ["1"]}]
    for folder, name, provider in ((beside, "dualvariant-provider-a", "a"), (named, "b", "b"), (foreign, "c", "c")):
        path = folder / name
        text = json.dumps({**DOCUMENT, "provider": provider, "configs": one})
        write_program(path, f"echo '{text}'")
    (foreign / "variant.toml").write_text(f"[variantlib]\nprovider_programs = ['{foreign / 'c'}']\n")
    settings = tmp_path / "config" / "dualvariant"
    settings.mkdir(parents=True)
    (settings / "variant.toml").write_text(
        f"[variantlib]\nprovider_programs = ['{named / 'b'}', 'relative', '/none']\n"
    )
    detection = detect()
    assert detection.profile.names == ["a", "b"]
    assert [note.split(": ", 1)[1][:40] for note in detection.notes] == [
        "provider_programs has no effect here, on",
        "provider_programs names no program (an a",
        "provider_programs names no program (an a",
    ]
    assert all(answer.source == "cache" for answer in detect().answers)
    write_program(named / "b", "exit 1")
    assert detect().profile.names == ["a"]
