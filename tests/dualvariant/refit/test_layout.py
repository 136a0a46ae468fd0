"""Which files an exchange changes, which it leaves, and what it refuses: on folders made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from attrs import evolve

from dualvariant.refit.failures import LeftAloneError
from dualvariant.refit.files import InstalledFiles, find_modified, find_present, read_files
from dualvariant.refit.layout import Layout, lay_out, lay_out_undo
from dualvariant.target.installed import read_distribution
from dualvariant.target.record import RecordRow, digest_of, digest_of_file, format_record, parse_record
from dualvariant.target.refit_note import NotedWheel, RefitNote

INFO = "foo-1.0.dist-info"
METADATA = b"Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n"
COMPILED = "foo/__pycache__/__init__.cpython-311.pyc"


def install(folder: Path, files: Mapping[str, bytes], prefix: Path | None = None) -> InstalledFiles:
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
    return read_files(installed, folder / INFO, prefix or folder)


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


SCRIPT = "../bin/run"


def exchange_and_undo(tmp_path: Path, old: Mapping[str, bytes], new: Mapping[str, bytes]) -> tuple[Layout, Layout]:
    """The layouts of the way there and back, of an installation that has its site folder below its prefix."""
    prefix = tmp_path / "here"
    here = install(prefix / "site", old, prefix)
    first = install(tmp_path / "first" / "site", old, tmp_path / "first")
    other = install(tmp_path / "other" / "site", new, tmp_path / "other")
    forth = lay_out(here, wheel_of(here), other, wheel_of(other))
    apply(forth)
    (here.info / "RECORD").write_bytes(format_record([*forth.rows, RecordRow(f"{INFO}/RECORD")]))
    now = evolve(read_files(here.installed, here.info, here.prefix), prefix=prefix)
    note = RefitNote(NotedWheel("foo-1.0-py3-none-any.whl", "", "", ""), NotedWheel("", "", "", ""), here.record)
    (tmp_path / "scratch").mkdir()
    return forth, lay_out_undo(now, evolve(note, kept=forth.kept), first, tmp_path / "scratch")


def test_what_was_compiled_is_compiled_again(tmp_path: Path) -> None:
    """Also what RECORD does not list, and of modules with a dot in their name; of two names no module is the other."""
    site = tmp_path / "here" / "site"
    (site / "__pycache__").mkdir(parents=True)
    for name in ("a.cpython-311.pyc", "a.b.cpython-311.opt-1.pyc", "ab.cpython-311.pyc"):
        (site / "__pycache__" / name).touch()
    old = {"a.py": b"1", "a.b.py": b"1", "ab.py": b"1"}
    forth, _ = exchange_and_undo(tmp_path, old, {"a.py": b"1", "a.b.py": b"2", "ab.py": b"1", "new.py": b"2"})
    assert {place.name for place in forth.modules} == {"a.b.py", "new.py"}
    removed = {change.path.name for change in forth.changes if change.source is None}
    assert removed == {"a.b.cpython-311.opt-1.pyc"}


def test_nothing_is_compiled_where_a_module_was_not(tmp_path: Path) -> None:
    forth, back = exchange_and_undo(tmp_path, {"a.py": b"1", "b.py": b"1"}, {"a.py": b"2", "b.py": b"1"})
    assert forth.modules == back.modules == []


def test_a_path_that_record_has_absolute(tmp_path: Path) -> None:
    prefix = tmp_path / "here"
    here = install(prefix / "site", {SCRIPT: b"#!/old\n"}, prefix)
    wheel = wheel_of(here)
    absolute = str(prefix / "bin" / "run")
    here = evolve(here, rows={(absolute if path == SCRIPT else path): row for path, row in here.rows.items()})
    other = install(tmp_path / "other" / "site", {SCRIPT: b"#!/new\n"}, tmp_path / "other")
    found = {(absolute if path == SCRIPT else path): row for path, row in wheel.items()}
    layout = lay_out(here, found, other, wheel_of(other))
    assert absolute in {row.path for row in layout.rows}
    assert [change.path for change in layout.changes] == [prefix / "bin" / "run"]


def test_a_script_that_is_listed_as_it_is_in_its_wheel(tmp_path: Path) -> None:
    """Older pips do so; its installed form is kept for the way back."""
    prefix = tmp_path / "here"
    here = install(prefix / "site", {SCRIPT: b"#!python\nrun()\n"}, prefix)
    (prefix / "bin" / "run").write_bytes(b"#!/opt/python\nrun()\n")
    assert find_modified(here) is None
    other = install(tmp_path / "other" / "site", {SCRIPT: b"#!python\nfast()\n"}, tmp_path / "other")
    layout = lay_out(here, wheel_of(here), other, wheel_of(other))
    assert layout.kept[SCRIPT].content == b"#!/opt/python\nrun()\n"
    (prefix / "bin" / "run").write_bytes(b"#!/opt/python\nhacked()\n")
    assert find_modified(here) is not None


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_there_and_back_with_any_kind_of_digest(algorithm: str, tmp_path: Path) -> None:
    def strong(files: InstalledFiles) -> InstalledFiles:
        rows = {
            p: r._replace(digest=r.digest and digest_of_file(files.locate(p), algorithm)) for p, r in files.rows.items()
        }
        return evolve(files, rows=rows, record=format_record(rows.values()))

    here, first = strong(install(tmp_path / "here", OLD)), strong(install(tmp_path / "first", OLD))
    other = strong(install(tmp_path / "other", {**OLD, "foo/core.so": b"new"}))
    layout = lay_out(here, wheel_of(here), other, wheel_of(other))
    before = read_all(here.prefix)
    apply(layout)
    now = evolve(here, rows={row.path: row for row in [*layout.rows, RecordRow(f"{INFO}/RECORD")]})
    note = RefitNote(NotedWheel("", "", "", ""), NotedWheel("", "", "", ""), here.record)
    (tmp_path / "scratch").mkdir()
    apply(lay_out_undo(now, note, first, tmp_path / "scratch"))
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


@pytest.mark.parametrize("digest", ["", "unknown=x", "shake_128=x"])
def test_a_script_that_is_listed_without_a_digest_that_can_be_compared(digest: str, tmp_path: Path) -> None:
    """A line without a digest says nothing of its file; one with an unknown kind is a reason to leave all alone."""

    def list_script(files: InstalledFiles) -> InstalledFiles:
        rows = {path: row._replace(digest=digest) if path == SCRIPT else row for path, row in files.rows.items()}
        return evolve(files, rows=rows, record=format_record(rows.values()))

    def wheel_with_script(files: InstalledFiles) -> dict[str, RecordRow]:
        return {**wheel_of(files), SCRIPT: files.rows[SCRIPT]}

    folders = [tmp_path / name for name in ("here", "other", "first")]
    contents = [b"#!/old\n", b"#!/new\n", b"#!/old\n"]
    here, other, first = (
        list_script(install(folder / "site", {SCRIPT: content}, folder))
        for folder, content in zip(folders, contents, strict=True)
    )
    changed = {SCRIPT: RecordRow(SCRIPT, "sha256=x")}
    # The note of a foreign program may list what is not there any more.
    now = evolve(here, rows={**here.rows, **changed})
    note = RefitNote(NotedWheel("", "", "", ""), NotedWheel("", "", "", ""), here.record)
    (tmp_path / "scratch").mkdir()
    if digest:
        for act in (
            lambda: find_modified(here),
            lambda: lay_out(here, wheel_with_script(here), other, {**wheel_of(other), **changed}),
            lambda: lay_out_undo(now, note, first, tmp_path / "scratch"),
        ):
            with pytest.raises(LeftAloneError, match="unknown kind of digest"):
                act()
        return
    assert find_modified(here) is None
    layout = lay_out(here, wheel_with_script(here), other, {**wheel_of(other), **changed})
    assert [change.path for change in layout.changes] == [folders[0] / "bin" / "run"]
    with pytest.raises(LeftAloneError, match="not in the wheel"):
        lay_out_undo(now, note, first, tmp_path / "scratch")
