"""Profiles that a user names: what every reader makes of damaged ones, and what a word means."""

from __future__ import annotations

import errno
import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualvariant.cli import main
from dualvariant.core import files
from dualvariant.core.errors import BadDataError, UnknownNameError, UnreadableFileError
from dualvariant.profiles.check import check_profile
from dualvariant.profiles.read import LARGEST_PROFILE, read_profile
from fuzz_documents import PROFILE
from messages import error_code
from mutations import Mutator

#: The longest message about a profile: what is wrong has to be found in it.
LONGEST = 2000


def _write(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


@given(seed=st.integers(0, 2**32), name=st.text(max_size=5))
def test_a_damaged_profile_is_read_alike_by_all(seed: int, name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Refused by one reader is refused by the other, in one line that a person can read; and a name is one word."""
    mutator = Mutator(random.Random(seed))
    text = mutator.json({**PROFILE, "name": name})
    path = tmp_path_factory.getbasetemp() / "damaged.json"
    word = _write(path, text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape"))
    report = check_profile(path)
    try:
        found = read_profile(word)
    except BadDataError as error:
        assert not report.is_valid
        assert len(str(error)) < LONGEST
        assert word in str(error)
    else:
        assert report.is_valid
        assert found.profile == report.profile
        assert found.name.isprintable()


BAD = {
    "deep": b'{"schema": "dualvariant/profile/1", "providers": ' + b"[" * 50_000,
    "binary": bytes(range(256)) * 9,
    "empty": b"",
    "toml": b"[variantlib]\nx = 1\n",
    "null": b"null",
    "nan": b'{"schema": "dualvariant/profile/1", "providers": NaN}',
    "surrogate": rb'{"schema": "\ud800", "providers": []}',
    "digits": b'{"schema": ' + b"9" * 5000 + b"}",
    "another schema": b'{"schema": "dualvariant/profile/9", "providers": []}',
    "many problems": json.dumps(
        {"schema": "dualvariant/profile/1", "providers": [{"provider": "9 x", "configs": [{"values": 10**999}]}] * 999}
    ).encode(),
}
COMMANDS: list[Callable[[str], list[str]]] = [
    lambda word: ["profile", "show", word],
    lambda word: ["profile", "intersect", "x86_64_v3", word],
    lambda word: ["profile", "limit", word, "--without", "x86_64"],
    lambda word: ["profile", "diff", word, "x86_64_v3"],
    lambda word: ["check", "--profile", word],
    lambda word: ["explain", "demo", "--no-index", "--profile", word],
    lambda word: ["install", "demo", "--no-index", "--profile", word],
    lambda word: ["refit", "--system", "--dry-run", "--no-index", "--profile", word],
    lambda word: ["exec", "--profile", word, "--", "pip", "install", "demo"],
]


@pytest.mark.parametrize("what", BAD)
def test_every_command_says_the_same_of_a_bad_profile(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    word = _write(tmp_path / "bad.json", BAD[what])
    said = set()
    for command in COMMANDS:
        assert main(command(word)) == 5, command(word)
        text = capsys.readouterr().err
        assert error_code(text) == "bad-data"
        assert len(text) < LONGEST
        said.add(text)
    assert len(said) == 1
    monkeypatch.setenv("DUALVARIANT_PROFILE", word)
    for words in (["profile", "show"], ["check"]):
        assert main(words) == 5
        assert capsys.readouterr().err in said


def _make(folder: Path, what: str) -> str:
    path = folder / "it.json"
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "link to itself":
        path.symlink_to(path)
    elif what == "large":
        with path.open("wb") as file:
            file.truncate(LARGEST_PROFILE + 1)
    return str(path)


@pytest.mark.parametrize("what", ["nothing", "folder", "pipe", "link to itself", "large"])
def test_what_cannot_be_read(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PIPE_TIMEOUT", 0.05)
    word = _make(tmp_path, what)
    for words in (*(command(word) for command in COMMANDS), ["profile", "check", word]):
        assert main(words) == 2
        assert error_code(capsys.readouterr().err) == "unreadable-file"


def test_a_file_that_this_user_may_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system lets root read everything, so the refusal is simulated."""
    word = _write(tmp_path / "it.json", json.dumps(PROFILE).encode())

    def refuse(path: Path, limit: int) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr("dualvariant.profiles.read.read_named", refuse)
    with pytest.raises(UnreadableFileError, match="Permission denied"):
        read_profile(word)


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("X86_64_V3", "did you mean 'x86_64_v3'?"),
        ("x86-64-v3", "did you mean 'x86_64_v3'?"),
        ("ARMV8.2A", "did you mean 'armv8.2a'?"),
    ],
)
@pytest.mark.parametrize("has_archspec", [False, True])
def test_a_machine_in_another_spelling(
    word: str, hint: str, has_archspec: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    if not has_archspec:
        monkeypatch.setattr("dualvariant.profiles.catalogue._load_targets", lambda: None)
    with pytest.raises(UnknownNameError) as caught:
        read_profile(word)
    assert caught.value.next_step == hint


def test_a_slash_makes_a_file_name_on_every_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    """``./x86_64_v3`` is no machine, and an empty word is nothing."""
    for command in COMMANDS:
        assert main(command("./x86_64_v3")) == 2
        assert error_code(capsys.readouterr().err) == "unreadable-file"
        assert main(command("")) == 2
        assert error_code(capsys.readouterr().err) == "unknown-name"


def test_an_empty_variable_names_no_profile(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DUALVARIANT_PROFILE", "")
    assert main(["profile", "show"]) == 0
    assert capsys.readouterr().out.startswith("host ")


def test_without_archspec_the_message_says_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dualvariant.profiles.catalogue._load_targets", lambda: None)
    with pytest.raises(UnknownNameError) as caught:
        read_profile("zen4")
    assert "dualvariant[machines]" in str(caught.value.next_step)
