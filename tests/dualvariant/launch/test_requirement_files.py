"""The requirement files of a command line: only those that can be read before the tool reads them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dualvariant.launch.recognize import recognize
from dualvariant.launch.requirement_files import find_requirement_files


@pytest.mark.parametrize("command", ["pip install", "uv pip install", "uv pip sync"])
def test_only_addresses_and_regular_files(command: str, tmp_path: Path) -> None:
    regular, pipe = tmp_path / "r.txt", tmp_path / "pipe"
    regular.touch()
    os.mkfifo(pipe)
    readable = [str(regular), regular.as_uri(), "https://files.example/r.txt"]
    others = ["-", pipe, pipe.as_uri(), tmp_path, tmp_path / "missing", os.devnull, "x" * 5000]
    words = [word for name in (*others, *readable) for word in ("-r", str(name))]
    found = find_requirement_files(recognize([*command.split(), *words, f"-c{pipe}", f"--constraint={regular}"]))
    assert (found.requirement_files, found.constraint_files) == (tuple(readable), (str(regular),))


def test_a_pipe_keeps_what_it_has(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"demo\n")
    os.close(writer)
    assert find_requirement_files(recognize(["pip", "install", "-r", f"/dev/fd/{reader}"])).requirement_files == ()
    assert os.read(reader, 100) == b"demo\n"
    os.close(reader)
