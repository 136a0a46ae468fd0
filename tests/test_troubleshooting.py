"""The page on troubleshooting shows real messages: its commands are run, and its codes are in the table of errors."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

import samples
from dualvariant.cli import main

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "howto" / "troubleshooting.md"
REFERENCE = ROOT / "docs" / "reference" / "commands.md"
V3, V4 = "x86_64 :: level :: v3", "x86_64 :: level :: v4"


def read_samples() -> list[tuple[str, str]]:
    """Each command on the page with the message below it."""
    blocks = re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    samples = [sample for block in blocks for sample in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(command, message.strip()) for command, _, message in (sample.partition("\n") for sample in samples)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory that the page is about: an environment, some wheels, and a profile."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("DUALVARIANT_X86_64", "v3")
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("NO_COLOR", "FORCE_COLOR", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    work = tmp_path / "work"
    (work / "empty").mkdir(parents=True)
    (work / "env" / "bin").mkdir(parents=True)
    (work / "env" / "bin" / "python").symlink_to(sys.executable)
    monkeypatch.setenv("VIRTUAL_ENV", str(work / "env"))
    samples.make_wheel(work / "wheels", "demo", "1.0")
    samples.make_wheel(work / "wheels", "demo", "1.0", properties=[V3])
    samples.make_wheel(work / "wheels", "demo", "1.0", properties=[V4])
    (work / "damaged-1.0-py3-none-any.whl").write_bytes(b"PK")
    (work / "notes.json").write_text("{}")
    monkeypatch.chdir(work)
    return work


@pytest.mark.parametrize(("command", "message"), read_samples())
def test_the_message_is_what_the_command_prints(
    command: str, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program, *arguments = shlex.split(command)
    assert program == "dualvariant"
    assert main(arguments) != 0
    printed = re.sub(r"(?m)^dualvariant: DUALVARIANT_X86_64 is set.*\n", "", capsys.readouterr().err)
    pattern = ".*".join(map(re.escape, message.split("…")))
    assert re.fullmatch(pattern, printed.strip(), re.DOTALL), printed


def test_each_code_is_in_the_table_of_errors_and_each_section_shows_one() -> None:
    codes = re.findall(r"^\| `([a-z-]+)` \| \d", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE)
    shown = re.findall(r"\[([a-z]+(?:-[a-z]+)*)\]$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(shown) >= 15
    assert set(shown) <= set(codes)
