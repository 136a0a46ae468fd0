"""The key of the host: its processor, its system and its interpreter."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from dualvariant.host import identity
from kept_answers import posix
from variantlib.cpu import probes as cpu


def test_the_cpu_is_part_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = identity.make_host_key()
    monkeypatch.setattr(cpu, "identity", lambda: b"another")
    after = identity.make_host_key()
    assert {"cpu"} == {part for part in before if before[part] != after[part]}


@posix
def test_the_spelling_of_the_interpreter_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment has one key, by whatever path it is reached; another environment has another."""
    paths = {}
    for name in ("one", "two"):
        folder = tmp_path / name / "bin"
        folder.mkdir(parents=True)
        (folder / "python").symlink_to(sys.executable)  # as in a virtual environment
        paths[name] = str(folder / "python")
    (tmp_path / "link").symlink_to(tmp_path / "one")
    spellings = [paths["one"], f"{tmp_path}/one/bin/../bin/python", f"{tmp_path}/link/bin/python", paths["two"]]

    def key(path: str) -> str:
        monkeypatch.setattr(sys, "executable", path)
        return identity.make_host_key()["python"]

    one, dotted, linked, two = map(key, spellings)
    assert one == dotted == linked != two
    assert one.startswith(os.path.realpath(tmp_path))
    assert key("") == f" {sys.version}"
