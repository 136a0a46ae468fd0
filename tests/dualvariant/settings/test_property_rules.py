"""Where rules about properties, and the wish to verify, come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from dualvariant.core.errors import UsageError
from dualvariant.settings.options import PropertyOptions
from dualvariant.settings.property_rules import read_property_rules
from dualvariant.settings.verification import read_verify


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and a user without settings."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def write(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["[variantlib]", *lines, ""]))


def read(options: PropertyOptions | None = None) -> tuple[list[list[str]], list[str]]:
    """The rules as text, and the notes."""
    notes: list[str] = []
    return read_property_rules(options or PropertyOptions(), ["nvidia"], notes.append).to_list(), notes


def test_each_rule_comes_from_the_first_place_that_has_it(folder: Path, tmp_path: Path) -> None:
    write(folder / "variant.toml", 'prefer = ["blas :: lib :: mkl", "x86_64"]')
    write(tmp_path / "config" / "dualvariant" / "variant.toml", 'prefer = ["a"]', 'avoid = ["b::c"]', "require = []")
    assert read() == ([["blas :: lib :: mkl", "x86_64"], ["b :: c"], []], [])
    on_line = PropertyOptions(prefer=("c, d::e",), require=("f",))
    assert read(on_line) == ([["c", "d :: e"], ["b :: c"], ["f"]], [])


@pytest.mark.parametrize("value", ['"x86_64"', "[3]", '["x-y"]', "true"])
def test_a_value_that_cannot_be_used_costs_a_note(value: str, folder: Path) -> None:
    write(folder / "variant.toml", f"require = {value}", "verify = 3")
    rules, [note] = read()
    assert rules == [[], [], []] and "variant.toml: require" in note
    notes: list[str] = []
    assert not read_verify(None, notes.append)
    assert notes == ["variant.toml: verify must be true or false, so it is not used: 3"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [("x86_46", "x86_64"), ("x86_64 :: levle", "level"), ("x86_64::level::v9", "v1, v2, v3, v4"), ("nvida", "nvidia")],
)
@pytest.mark.parametrize("rule", ["prefer", "avoid", "require"])
def test_what_may_be_misspelt_costs_a_note_and_counts(rule: str, text: str, meant: str, folder: Path) -> None:
    on_line = PropertyOptions(**{rule: (text, "x86_64", "x86_64 :: level", "x86_64 :: avx2 :: on", "acme :: x")})
    rules, [note] = read(on_line)
    assert note.startswith(f"--{rule}-property: ") and meant in note
    write(folder / "variant.toml", f'{rule} = ["{text}"]')
    again, [of_file] = read()
    assert of_file.startswith(f"variant.toml: {rule}: ") and meant in of_file
    assert again[["prefer", "avoid", "require"].index(rule)][0] == rules[["prefer", "avoid", "require"].index(rule)][0]


def test_a_mistake_on_the_command_line_is_an_error(folder: Path) -> None:
    with pytest.raises(UsageError, match="--avoid-property: not a property"):
        read(PropertyOptions(avoid=("x86-64",)))


@pytest.mark.parametrize(("on_line", "expected"), [(None, True), (False, False), (True, True)])
def test_the_command_line_decides_whether_to_verify(on_line: bool | None, expected: bool, folder: Path) -> None:
    write(folder / "variant.toml", "verify = true")
    assert read_verify(on_line, pytest.fail) is expected
