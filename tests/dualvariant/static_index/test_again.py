"""Updates of a static index: which files are read again, and that the result is that of a first run."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualvariant.core.report import Reporter
from dualvariant.static_index import Summary, entry, scan, write_index
from dualvariant.static_index.entry import Entry, read_entry
from dualvariant.static_index.fingerprint import Fingerprint
from dualvariant.static_index.manifest import MANIFEST
from dualvariant.static_index.read_cache import READ_CACHE
from processes import PATIENCE
from property_tests import examples
from samples import HAL9000, SUPERPOSITION, make_wheel
from tool import Tool
from variantlib.wheel_archive import WheelArchive

SUFFIXES = (".whl", ".tar.gz", ".zip")


class Recorder(Reporter):
    """Keeps the messages."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def note(self, message: str) -> None:
        self.messages.append(message)

    warn = progress = note


def index(folder: Path, *, reread: bool = False) -> tuple[Summary, list[str]]:
    reporter = Recorder()
    return write_index(folder, reporter, reread=reread), reporter.messages


def contents(folder: Path) -> dict[str, bytes]:
    """The files in the folder, without those that differ from folder to folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock" and path.name != READ_CACHE
    }


def assert_fresh(folder: Path, scratch: Path) -> None:
    """The index is, byte for byte, what a first run over the same files writes."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    for path in folder.iterdir():
        if path.name.endswith(SUFFIXES):
            shutil.copy(path, scratch)
    index(scratch)
    assert contents(folder) == contents(scratch)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are read, as they are read."""
    names: list[str] = []

    def recorded(path: Path) -> tuple[Entry, Fingerprint]:
        names.append(path.name)
        return read_entry(path)

    monkeypatch.setattr(scan, "read_entry", recorded)
    return names


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An indexed folder of two projects."""
    folder = tmp_path / "wheels"
    for version in ("1.0", "1.1"):
        make_wheel(folder, "first", version)
        make_wheel(folder, "first", version, properties=HAL9000)
    make_wheel(folder, "second", "1.0")
    index(folder)
    return folder


class TestWhatIsRead:
    def test_no_file_is_read_if_none_has_changed(self, folder: Path, reads: list[str]) -> None:
        assert index(folder) == (Summary(2, 5, 2, 0, 0), [])
        assert reads == []

    def test_a_new_wheel_and_no_other(self, folder: Path, reads: list[str], tmp_path: Path) -> None:
        untouched = folder / "simple" / "second" / "index.html"
        before = untouched.stat()
        new = make_wheel(folder, "first", "2.0", properties=SUPERPOSITION)
        assert index(folder)[0] == Summary(2, 6, 3, 0, 0)
        assert reads == [new.name]
        assert untouched.stat() == before
        assert_fresh(folder, tmp_path / "fresh")

    def test_none_where_one_is_gone(self, folder: Path, reads: list[str], tmp_path: Path) -> None:
        (folder / "second-1.0-py3-none-any.whl").unlink()
        next(folder.glob("first-1.1~*.whl")).unlink()
        assert index(folder)[0] == Summary(1, 3, 1, 0, 0)
        assert reads == []
        assert_fresh(folder, tmp_path / "fresh")

    def test_all_if_asked_for(self, folder: Path, reads: list[str]) -> None:
        index(folder, reread=True)
        assert len(reads) == 5

    def test_what_was_left_out_each_time(self, folder: Path, reads: list[str]) -> None:
        bad = folder / "bad-1.0-py3-none-any.whl"
        bad.write_bytes(b"PK")
        first, second = index(folder), index(folder)
        assert first == second
        assert reads == [bad.name, bad.name]

    def test_a_page_that_was_changed_is_written_again(self, folder: Path, reads: list[str]) -> None:
        before = contents(folder)
        for path in ("simple/first/index.html", "first-1.1-py3-none-any.whl.metadata", "first-1.0~variants.json"):
            (folder / path).write_text("x" * len(before[path]))
        (folder / "simple/second/index.json").unlink()
        index(folder)
        assert contents(folder) == before
        assert reads == []

    def test_a_contradiction_is_reported_in_each_run(self, folder: Path, tmp_path: Path) -> None:
        other = make_wheel(folder, "First", "1.0.0", body="OTHER = 1\n")
        first, second = index(folder), index(folder)
        assert first == second
        assert first[0] == Summary(1, 1, 0, 0, 1)
        other.unlink()
        assert index(folder) == (Summary(2, 5, 2, 0, 0), [])
        assert_fresh(folder, tmp_path / "fresh")


class TestWhatCountsAsUnchanged:
    def twins(self, folder: Path) -> tuple[bytes, bytes]:
        """Two wheels of one name and size."""
        wheels: dict[int, bytes] = {}
        for number in range(10, 99):
            content = make_wheel(folder, "twin", "1.0", body=f"NUMBER = {number}\n").read_bytes()
            if len(content) in wheels:
                return wheels[len(content)], content
            wheels[len(content)] = content
        raise AssertionError("no two wheels of one size")

    @pytest.mark.parametrize("anew", [False, True])
    def test_a_change_of_the_same_size_and_time_is_noticed(self, folder: Path, tmp_path: Path, anew: bool) -> None:
        """The change time shows it; that of another file has another inode as well."""
        one, other = self.twins(folder)
        wheel = folder / "twin-1.0-py3-none-any.whl"
        wheel.write_bytes(one)
        index(folder)
        before = wheel.stat()
        target = tmp_path / "new" if anew else wheel
        target.write_bytes(other)
        os.utime(target, ns=(before.st_atime_ns, before.st_mtime_ns))
        target.replace(wheel)
        assert (wheel.stat().st_size, wheel.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
        index(folder)
        assert hashlib.sha256(other).hexdigest() in (folder / "simple" / "twin" / "index.html").read_text()
        assert_fresh(folder, tmp_path / "fresh")

    def test_changes_right_after_a_run_are_never_missed(self, folder: Path) -> None:
        """They come within one tick of most clocks."""
        one, other = self.twins(folder)
        wheel = folder / "twin-1.0-py3-none-any.whl"
        for content in (one, other) * 10:
            with wheel.open("wb") as file:
                file.write(content)
            index(folder)
            assert hashlib.sha256(content).hexdigest() in (folder / "simple" / "twin" / "index.html").read_text()

    def test_a_file_as_young_as_the_clock_is_read_again(
        self, folder: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """On a file system whose clock ticks by the second, it may change once more within the same second."""
        wheel = make_wheel(folder, "young", "1.0")
        now = Fingerprint.of(wheel.stat())
        with monkeypatch.context() as patch:
            patch.setattr(scan, "read_clock", lambda directory, stamps: now)
            index(folder)
            index(folder)
        index(folder)
        assert reads == [wheel.name] * 3
        index(folder)
        assert reads == [wheel.name] * 3

    @pytest.mark.parametrize(
        "damage",
        [
            lambda content: b"",
            lambda content: b"\0" * 100,
            lambda content: content[:-1],
            lambda content: content.replace(b"first", b"thirst", 1),
            lambda content: _signed(b"{}"),
            lambda content: _signed(b"[1]"),
            lambda content: _signed(content.partition(b"\n")[2].replace(b'{"standard":', b'["standard",')),
            lambda content: _signed(content.partition(b"\n")[2].rpartition(b"\n")[0]),
            lambda content: _signed(b"[" * 100_000),
        ],
    )
    def test_a_damaged_cache_costs_a_full_run(
        self, folder: Path, reads: list[str], damage: Callable[[bytes], bytes]
    ) -> None:
        before, cache = contents(folder), (folder / READ_CACHE).read_bytes()
        (folder / READ_CACHE).write_bytes(damage(cache))
        summary, messages = index(folder)
        assert summary == Summary(2, 5, 2, 0, 0)
        assert len(reads) == 5
        assert READ_CACHE in "\n".join(messages)
        assert (contents(folder), (folder / READ_CACHE).read_bytes()) == (before, cache)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b'["standard","', b'["unknown","'),
            (b'["standard","', b'["standard","g'),
            (b'["standard","', b'["standard",7,"'),
            (b'["hash","', b'["standard","'),
            (b'["hash","', b'["label","'),
            (b'{"first-1.0-py3-none-any.whl":["', b'{"first-1.2-py3-none-any.whl":["'),
        ],
    )
    def test_files_with_invalid_records_are_read_again(
        self, folder: Path, tmp_path: Path, old: bytes, new: bytes
    ) -> None:
        content = (folder / READ_CACHE).read_bytes().partition(b"\n")[2]
        assert old in content
        (folder / READ_CACHE).write_bytes(_signed(content.replace(old, new)))
        make_wheel(folder, "first", "2.0")
        make_wheel(folder, "second", "2.0")
        assert index(folder)[0] == Summary(2, 7, 2, 0, 0)
        assert_fresh(folder, tmp_path / "fresh")

    def test_the_cache_of_another_version_is_dropped_with_a_note(self, folder: Path, reads: list[str]) -> None:
        content = (folder / READ_CACHE).read_bytes().partition(b"\n")[2]
        rules = json.loads(content.partition(b"\n")[0])[0]
        (folder / READ_CACHE).write_bytes(_signed(content.replace(rules[1].encode(), b"0.0.0", 1)))
        summary, (note,) = index(folder)
        assert summary == Summary(2, 5, 2, 0, 0)
        assert READ_CACHE in note
        assert len(reads) == 5

    def test_a_copied_folder_is_read_anew(self, folder: Path, reads: list[str], tmp_path: Path) -> None:
        copy = shutil.copytree(folder, tmp_path / "copy")
        index(copy)
        assert len(reads) == 5
        assert contents(copy) == contents(folder)

    @pytest.mark.parametrize("content", [None, b"", b"{}", b'{"schema": "dualvariant/index-files/1", "files": {}}'])
    def test_without_its_manifest_every_page_is_checked(
        self, folder: Path, reads: list[str], content: bytes | None
    ) -> None:
        before = contents(folder)
        (folder / MANIFEST).unlink()
        if content is not None:
            (folder / MANIFEST).write_bytes(content)
        index(folder)
        assert contents(folder) == before
        assert reads == []

    def test_the_manifest_of_an_earlier_version_is_used(self, folder: Path) -> None:
        """It was indented, and there was no read cache."""
        document = json.loads((folder / MANIFEST).read_bytes())
        (folder / MANIFEST).write_text(json.dumps(document, indent=1))
        (folder / READ_CACHE).unlink()
        (folder / "second-1.0-py3-none-any.whl").unlink()
        index(folder)
        assert not (folder / "simple" / "second").exists()
        index(folder)
        assert "second" not in (folder / MANIFEST).read_text()

    def test_a_file_that_changes_while_it_is_read_is_left_out(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wheel = make_wheel(folder, "moving", "1.0")

        whole = WheelArchive

        def growing(*arguments: Any) -> WheelArchive:
            with wheel.open("ab") as file:
                file.write(b"x")
            return whole(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr(entry, "WheelArchive", growing)
            summary, messages = index(folder)
        assert (summary.wheels, summary.problems) == (5, 1)
        assert messages == [f"left out (it changed while it was read): {wheel.name!r}"]


class TestLongRuns:
    @pytest.mark.parametrize("large", [scan._LARGE, 0])
    def test_what_was_read_before_an_interruption_is_not_lost(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads: list[str], large: int
    ) -> None:
        for number in range(20):
            make_wheel(tmp_path, "many", f"1.{number:02}")

        def interrupted(path: Path) -> tuple[Entry, Fingerprint]:
            if path.name == "many-1.15-py3-none-any.whl":
                raise KeyboardInterrupt
            reads.append(path.name)
            return read_entry(path)

        with monkeypatch.context() as patch:
            patch.setattr(scan, "_SAVE_EVERY", -1)
            patch.setattr(scan, "_LARGE", large)
            patch.setattr(scan, "read_entry", interrupted)
            with pytest.raises(KeyboardInterrupt):
                index(tmp_path)
        assert not (tmp_path / "simple").exists()
        reads.clear()
        index(tmp_path)
        assert "many-1.19-py3-none-any.whl" in reads
        assert "many-1.00-py3-none-any.whl" not in reads

    def test_large_files_are_read_ahead_and_reported_in_order(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        for name in ("bad-1.0-py3-none-any.whl", "none.zip", "third-1.0-py3-none-any.whl", "zebra-1.0.tar.gz"):
            (folder / name).write_bytes(b"PK")
        small = index(folder, reread=True)
        before = contents(folder)
        monkeypatch.setattr(scan, "_LARGE", 1)
        assert index(folder, reread=True) == small
        assert [next(word for word in ("bad", "none.zip", "third", "zebra") if word in line) for line in small[1]] == [
            "bad", "none.zip", "third", "zebra",
        ]  # fmt: skip
        assert contents(folder) == before

    @pytest.mark.parametrize("terminal", [True, False])
    def test_progress_is_reported_on_a_terminal(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terminal: bool
    ) -> None:
        for number in range(3):
            make_wheel(tmp_path, "many", f"1.{number}")
        monkeypatch.setattr(scan, "_REPORT_EVERY", -1)
        monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
        assert index(tmp_path)[1] == ([f"{number} of 3 files read" for number in range(3)] if terminal else [])

    def test_runs_at_once_leave_a_read_cache_that_the_next_run_uses(
        self, folder: Path, tool: Tool, reads: list[str], tmp_path: Path
    ) -> None:
        for number in range(30):
            make_wheel(folder, "third", f"1.{number}")
        runs = [tool.popen("index", folder) for _ in range(3)]
        for run in runs:
            _, stderr = run.communicate(timeout=PATIENCE)
            assert run.returncode == 0, stderr
        assert index(folder)[0] == Summary(3, 35, 2, 0, 0)
        assert reads == []
        assert_fresh(folder, tmp_path / "fresh")


def _signed(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest().encode() + b"\n" + text


# --- any sequence of changes


PROJECTS = ("alpha", "Beta.x", "gamma")
FILES = [
    *((project, version, properties) for project in PROJECTS for version in ("1.0", "2.0")
      for properties in (None, HAL9000, SUPERPOSITION)),
]  # fmt: skip

CHANGES = st.one_of(
    st.tuples(st.just("add"), st.integers(0, len(FILES) - 1), st.integers(10, 13)),
    st.tuples(st.sampled_from(["remove", "touch", "break", "sdist"]), st.integers(0, 30), st.just(0)),
    st.tuples(st.sampled_from(["spoil", "lose"]), st.integers(0, 60), st.just(0)),
)


def change(folder: Path, what: str, which: int, number: int) -> None:
    """Change the folder as it could change between two runs."""
    files = sorted(path for path in folder.glob("[!z]*") if path.name.endswith(SUFFIXES))
    if what == "add":
        project, version, properties = FILES[which]
        make_wheel(folder, project, version, properties=properties, body=f"NUMBER = {number}\n")
    elif what == "sdist":
        with zipfile.ZipFile(folder / f"alpha-{which}.zip", "w") as archive:
            archive.writestr(f"alpha-{which}/PKG-INFO", "Name: alpha\nRequires-Python: >=3.9\n\n")
    elif what in ("spoil", "lose"):
        index(folder)  # a changed file belongs to the user as soon as it is no longer listed
        written = sorted({*folder.glob("*~variants.json"), *folder.glob("*.metadata"), *folder.glob("simple/**/*.*")})
        path = [*written, folder / MANIFEST, folder / READ_CACHE][which % (len(written) + 2)]
        if what == "lose":
            path.unlink()
        else:
            path.write_bytes(path.read_bytes().swapcase())
        index(folder)
    elif files:
        file = files[which % len(files)]
        if what == "remove":
            file.unlink()
        elif what == "touch":
            file.touch()
        else:
            file.write_bytes(file.read_bytes()[:-30])


@examples(30)
@given(st.lists(st.lists(CHANGES, max_size=4), min_size=1, max_size=6))
def test_whatever_changes_the_result_is_that_of_a_first_run(rounds: list[list[tuple[str, int, int]]]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder, fresh = Path(scratch, "folder"), Path(scratch, "fresh")
        make_wheel(folder, "zz_always", "1.0")
        index(folder)
        for changes in rounds:
            for each in changes:
                change(folder, *each)
            summary, messages = index(folder)
            assert_fresh(folder, fresh)
            assert index(folder, reread=True) == (summary, messages)
            assert index(folder) == (summary, messages)
            assert_fresh(folder, fresh)
