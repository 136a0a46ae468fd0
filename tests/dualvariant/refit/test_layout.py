"""Which files an exchange changes, which it leaves, and what it refuses: on folders made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from dualvariant.refit.failures import LeftAloneError
from dualvariant.refit.files import InstalledFiles, find_present, read_files
from dualvariant.refit.layout import Layout, lay_out, lay_out_undo
from dualvariant.target.installed import read_distribution
from dualvariant.target.record import RecordRow, digest_of, format_record, parse_record
from dualvariant.target.refit_note import NotedWheel, RefitNote

INFO = "foo-1.0.dist-info"
METADATA = b"Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n"
COMPILED = "foo/__pycache__/__init__.cpython-311.pyc"


def install(folder: Path, files: Mapping[str, bytes]) -> InstalledFiles:
    """An installation as pip leaves it, without what pip itself adds."""
    rows = []
    for name, content in {**files, f"{INFO}/METADATA": METADATA}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        rows.append(RecordRow(name, digest_of(content), str(len(content))))
    (folder / INFO / "RECORD").write_bytes(format_record([*rows, RecordRow(f"{INFO}/RECORD")]))
    installed = read_distribution(folder / INFO / "METADATA")
    assert installed is not None
    return read_files(installed, folder / INFO, folder)


def wheel_of(files: InstalledFiles) -> dict[str, RecordRow]:
    """The lines of the wheel's own RECORD, but for that of RECORD."""
    return {path: row for path, row in files.rows.items() if row.digest}


def apply(layout: Layout) -> None:
    for change in layout.changes:
        if change.source is None:
            change.path.unlink()
        else:
            change.path.parent.mkdir(parents=True, exist_ok=True)
            change.path.write_bytes(change.source.read_bytes())


def read_all(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "RECORD"
    }


OLD = {"foo/__init__.py": b"1", "foo/core.so": b"old", "foo/hidden.pyc": b"H", COMPILED: b"C"}


@pytest.mark.parametrize(
    "new",
    [
        pytest.param({**OLD, "foo/core.so": b"new"}, id="compiled modules stay"),
        pytest.param({**OLD, "foo/core.so": b"new", "foo/hidden.pyc": b"other"}, id="a compiled module changes"),
        pytest.param({"foo/__init__.py": b"1", "foo/core.so": b"new"}, id="compiled modules go"),
        pytest.param({"foo/__init__.py": b"2", "foo/more.pyc": b"M"}, id="a compiled module comes"),
    ],
)
def test_there_and_back_with_compiled_modules_of_the_wheels(tmp_path: Path, new: Mapping[str, bytes]) -> None:
    """A compiled module that a wheel brings is a file like any other, with or without its source."""
    here = install(tmp_path / "here", OLD)
    before = read_all(here.prefix)
    first, other = install(tmp_path / "first", OLD), install(tmp_path / "other", new)
    layout = lay_out(here, wheel_of(here), other, wheel_of(other))
    record = format_record([*layout.rows, RecordRow(f"{INFO}/RECORD")])
    assert parse_record(record).keys() == other.rows.keys()
    apply(layout)
    assert read_all(here.prefix) == read_all(other.prefix)
    note = RefitNote(NotedWheel("foo-1.0-py3-none-any.whl", "", "", ""), NotedWheel("", "", "", ""), here.record)
    (here.info / "RECORD").write_bytes(record)
    now = read_files(here.installed, here.info, here.prefix)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    apply(lay_out_undo(now, note, first, scratch))
    assert read_all(here.prefix) == before


def test_a_file_that_something_else_has_put_there_is_not_overwritten(tmp_path: Path) -> None:
    here = install(tmp_path / "here", OLD)
    (here.prefix / "tests").mkdir()
    (here.prefix / "tests" / "__init__.py").write_bytes(b"bar's")
    other = install(tmp_path / "other", {**OLD, "tests/__init__.py": b"foo's"})
    with pytest.raises(LeftAloneError, match=r"tests/__init__\.py"):
        lay_out(here, wheel_of(here), other, wheel_of(other))


def test_a_folder_that_is_there_by_two_names_has_each_distribution_once(tmp_path: Path) -> None:
    """lib64 is a link to lib in many systems."""
    install(tmp_path / "lib", OLD)
    (tmp_path / "lib64").symlink_to("lib")
    (present,) = find_present([tmp_path / "lib", tmp_path / "lib64"]).values()
    assert present.foreign is None
