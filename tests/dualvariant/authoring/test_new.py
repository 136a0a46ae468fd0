"""A new distribution passes its own tests and ours, with and without dualvariant, and is installed like any other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dualvariant.authoring import new
from dualvariant.authoring.check import check_provider
from dualvariant.authoring.new import write_plugin
from dualvariant.authoring.subjects import find_subjects
from dualvariant.core.errors import UsageError


@pytest.mark.parametrize("name", ["fpga", "My_FPGA2", "my-board"])
def test_it_passes_its_own_tests_and_keeps_the_contract(name: str, tmp_path: Path) -> None:
    folder = write_plugin(name, tmp_path)
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"]
    done = subprocess.run(tests, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0 and "5 passed" in done.stdout, done.stdout + done.stderr
    [subject] = find_subjects(str(folder))
    assert subject.entry.name == name.replace("-", "_")
    check = check_provider(subject)
    assert check.passed and {point.state for point in check.points} == {"ok"}, check.points


def test_it_needs_nothing_of_ours(tmp_path: Path) -> None:
    folder = write_plugin("fpga", tmp_path)
    text = "".join(path.read_text() for path in (folder / "src").rglob("*.py"))
    assert "import variantlib" not in text and "from variantlib" not in text
    tests = [sys.executable, "-S", "-c", "import fpga_provider; print(fpga_provider.FpgaProvider().run())"]
    done = subprocess.run(tests, cwd=folder / "src", capture_output=True, text=True)
    assert done.stdout.strip() == "None", done.stderr


def test_its_types_and_its_style_are_right(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    folder = write_plugin("fpga", tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "src", "tests"],
        cwd=folder, capture_output=True, text=True, env={"MYPYPATH": "src", "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "meant"), [("x y", "x_y"), ("é", None), ("", None), ("7up", None), ("a.b", "a_b"), ("class", None)]
)
def test_a_name_that_is_none(name: str, meant: str | None, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a provider name") as raised:
        write_plugin(name, tmp_path)
    assert raised.value.next_step is not None
    assert (f"did you mean {meant!r}?" if meant else "as in 'fpga'") == raised.value.next_step
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["x86_64", "x86-64", "nvidia"])
def test_the_name_of_a_built_in_provider_is_taken(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="built-in provider"):
        write_plugin(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    write_plugin("fpga", tmp_path)
    with pytest.raises(UsageError, match="there is something of that name"):
        write_plugin("fpga", tmp_path)


def test_nothing_is_left_of_a_distribution_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(new._FILES, "missing.txt", "last.txt")
    with pytest.raises(OSError, match="missing"):
        write_plugin("fpga", tmp_path)
    assert list(tmp_path.iterdir()) == []
