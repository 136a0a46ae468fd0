"""Which environment a tool has filled."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dualvariant.launch.environments import find_environment
from dualvariant.launch.recognize import recognize


@pytest.mark.parametrize("command", ["poetry install", "pdm install"])
def test_a_folder_whose_name_is_no_text(command: str, tmp_path: Path) -> None:
    """Poetry and PDM print where it is."""
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    name, *words = command.split()
    program = tmp_path / name
    program.write_bytes(b"#!/bin/sh\necho " + os.fsencode(folder) + b"\n")
    program.chmod(0o755)
    assert find_environment(recognize([str(program), *words]), dict(os.environ)) == str(folder)
