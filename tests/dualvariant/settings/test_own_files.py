"""Our settings in files that nobody asked us to read: what is wrong with them costs a note and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualvariant.core import toml
from dualvariant.core.errors import UnknownNameError
from dualvariant.settings import own_files
from dualvariant.settings.priorities import apply_priority
from property_tests import examples
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.profile import HostProfile

PROFILE = HostProfile([ProviderConfig(name, [KeyConfig("k", ["1"])]) for name in ("aa", "bb")])
RIGHT = 'provider_priority = ["bb"]\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and a user without settings."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("DUALVARIANT_PROVIDER_PRIORITY", raising=False)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


def read(pip_section: dict[str, str] | None = None) -> tuple[list[str], list[str]]:
    """The providers in order, and the notes."""
    notes: list[str] = []
    profile = apply_priority(PROFILE, PROFILE.names, None, pip_section or {}, notes.append)
    return list(profile.names), notes


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def write_sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 1 << 30)


#: Files that cannot be used, as they are found in working directories.
UNUSABLE: dict[str, Callable[[Path], Any]] = {
    "template": lambda path: write(path, '{% if x == "y" %}\n[project]\nname = "{{ name }}"\n{% endif %}\n'),
    "conflict": lambda path: write(path, '[project]\n<<<<<<< HEAD\nname="a"\n=======\nname="b"\n>>>>>>> x\n'),
    "byte order mark": lambda path: write(path, '\ufeff[project]\nname="x"\n'),
    "1,500 brackets": lambda path: write(path, f"x = {'[' * 1500}"),
    "1,500 brackets, closed": lambda path: write(path, f"x = {'[' * 1500}{']' * 1500}"),
    "1,500 inline tables": lambda path: write(path, f"x = {'{a=' * 1500}1{'}' * 1500}"),
    "UTF-16": lambda path: write(path, '[project]\nname="x"\n'.encode("utf-16")),
    "NUL": lambda path: write(path, b"\0" * 100),
    "a number of 5,000 digits": lambda path: write(path, f"x = {'9' * 5000}"),
    "folder": lambda path: path.mkdir(),
    "FIFO": os.mkfifo,
    "a link to nothing": lambda path: path.symlink_to("nothing"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "too large": lambda path: write_sparse(path),
}


@pytest.mark.parametrize("kind", UNUSABLE)
@pytest.mark.parametrize("name", ["variant.toml", "pyproject.toml"])
def test_a_file_that_cannot_be_used_costs_one_note(name: str, kind: str, folder: Path) -> None:
    UNUSABLE[kind](folder / name)
    order, notes = read()
    assert order == ["aa", "bb"]
    assert len(notes) == 1 and name in notes[0]


@pytest.mark.parametrize("kind", UNUSABLE)
def test_a_damaged_file_of_uv_is_not_ours_to_report(kind: str, folder: Path) -> None:
    UNUSABLE[kind](folder / "uv.toml")
    assert len(read()[1]) <= 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(folder: Path) -> None:
    write(folder / "pyproject.toml", f"[tool.variantlib]\n{RIGHT}")
    (folder / "pyproject.toml").chmod(0)
    order, notes = read()
    assert order == ["aa", "bb"] and len(notes) == 1


def test_the_next_place_counts_where_one_cannot_be_used(folder: Path) -> None:
    write(folder / "variant.toml", "[variantlib]\nprovider_priority = 7\n")
    write(folder / "pyproject.toml", f"[tool.variantlib]\n{RIGHT}")
    order, notes = read()
    assert order == ["bb", "aa"]
    assert len(notes) == 1 and "variant.toml" in notes[0]


PLACES = [
    ("here/variant.toml", "[variantlib]"),
    ("here/pyproject.toml", "[tool.variantlib]"),
    ("here/uv.toml", "[variantlib]"),
    ("config/dualvariant/variant.toml", "[variantlib]"),
    ("config/uv/uv.toml", "[variantlib]"),
]


@pytest.mark.parametrize("strongest", range(len(PLACES)))
def test_the_strongest_place_counts(strongest: int, folder: Path) -> None:
    """uv refuses a uv.toml with such a table, and we say so."""
    for number, (path, header) in enumerate(PLACES[strongest:]):
        value = "bb" if number == 0 else "aa"
        write(folder.parent / path, f'{header}\nprovider_priority = ["{value}"]\n')
    order, notes = read({"provider_priority": '["aa"]'})
    assert order == ["bb", "aa"]
    assert len(notes) == ("uv.toml" in PLACES[strongest][0])


@pytest.mark.parametrize(
    ("name", "text", "meant"),
    [
        ("variant.toml", f"[variantlib]\n{RIGHT.replace('_', '-')}", "'provider_priority'"),
        ("variant.toml", f"[variantlib]\n{RIGHT.replace('priority', 'priorities')}", "'provider_priority'"),
        ("variant.toml", RIGHT, "[variantlib] provider_priority"),
        ("variant.toml", RIGHT.replace("_", "-"), "[variantlib] provider_priority"),
        ("variant.toml", f"{RIGHT}[variantlib]\n", "[variantlib] provider_priority"),
        ("variant.toml", f"[variantlab]\n{RIGHT}", "[variantlib]"),
        ("variant.toml", f"[dualvariant]\n{RIGHT}", "[variantlib]"),
        ("variant.toml", f"[tool.variantlib]\n{RIGHT}", "[variantlib]"),
        ("variant.toml", "[default]\nx = 1\n", "[variantlib]"),
        ("pyproject.toml", f"[variantlib]\n{RIGHT}", "[tool.variantlib]"),
        ("pyproject.toml", f"[tool.variant-lib]\n{RIGHT}", "[tool.variantlib]"),
        ("pyproject.toml", f"[tool.dualvariant]\n{RIGHT}", "[tool.variantlib]"),
        ("pyproject.toml", f"[tool.variantlib]\n{RIGHT.replace('_', '-')}", "'provider_priority'"),
        ("pyproject.toml", f"[tool]\n{RIGHT}", "[tool.variantlib] provider_priority"),
        ("pyproject.toml", "tool.variantlib = 1\n", "[tool.variantlib]"),
        ("uv.toml", f"[tool.variantlib]\n{RIGHT}", "[variantlib]"),
    ],
)
def test_a_misspelt_setting_has_a_note_with_what_is_meant(name: str, text: str, meant: str, folder: Path) -> None:
    write(folder / name, text)
    order, notes = read()
    assert order == ["aa", "bb"]
    assert len(notes) == 1 and name in notes[0] and meant in notes[0]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("variant.toml", ""),
        ("variant.toml", "[variantlib]\n"),
        ("variant.toml", '[variantlib]\nengine = "pip"\n'),
        ("pyproject.toml", '[tool.variantlib]\nengine = "pip"\n'),
        ("pyproject.toml", "[tool.variantlib.build]\nx = 1\n[tool.variants]\n[tool.vulture]\n[variant]\n"),
        ("pyproject.toml", "tool = 3\n"),
        ("uv.toml", "no toml =, and none of our business"),
    ],
)
def test_what_is_not_ours_has_no_note(name: str, text: str, folder: Path) -> None:
    write(folder / name, text)
    assert read() == (["aa", "bb"], [])


def test_an_unknown_setting_in_the_configuration_of_pip(folder: Path) -> None:
    _, notes = read({"provider_prioritie": "bb", "provider_priority": '{"not": "a list"}'})
    assert len(notes) == 2 and "'provider_priority'" in notes[0]


def test_a_misspelt_provider_has_a_note_with_what_is_meant(folder: Path) -> None:
    write(folder / "variant.toml", '[variantlib]\nprovider_priority = ["bbb", "bb"]\n')
    order, notes = read()
    assert order == ["bb", "aa"]
    assert len(notes) == 1 and "did you mean 'bb'" in notes[0]


def test_what_the_user_has_named_stays_an_error(folder: Path) -> None:
    with pytest.raises(UnknownNameError):
        apply_priority(PROFILE, PROFILE.names, "bbb", {}, lambda text: None)


@examples(60)
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode), name=st.sampled_from(PLACES))
def test_no_content_ends_a_run(content: bytes, name: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    base = tmp_path_factory.mktemp("content")
    write(base / name[0], name[1].encode() + b"\n" + content)
    (base / "here").mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(base / "config"))
        patch.delenv("DUALVARIANT_PROVIDER_PRIORITY", raising=False)
        patch.chdir(base / "here")
        read()


def test_a_file_is_parsed_once_until_it_changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each setting is read by itself, and the parser takes longer than all else where a pyproject.toml is long."""
    parsed: list[str] = []
    decode = toml.decode_toml

    def count(content: bytes, name: str) -> dict[str, Any]:
        parsed.append(name)
        return decode(content, name)

    monkeypatch.setattr(toml, "decode_toml", count)
    for order in (["bb"], ["aa"], ["bb", "aa"]):
        parsed.clear()
        write(folder / "pyproject.toml", f"[tool.variantlib]\nprovider_priority = {order}\n# {folder}\n")
        assert read()[0][: len(order)] == order
        assert [list(own_files.read_own_setting(key, parsed.append)) for key in own_files.KEYS]
        assert parsed == ["pyproject.toml"]
