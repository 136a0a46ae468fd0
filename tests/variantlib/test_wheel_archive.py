"""Wheels as archives: rewriting changes what it is asked to and nothing else; METADATA headers; damaged wheels."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples import make_wheel
from variantlib.errors import WheelFileError, WheelNameError
from variantlib.wheel_archive import WheelArchive, add_headers, read_metadata, rewrite_wheel
from variantlib.wheel_name import parse_wheel_name


def read_checked(wheel: Path) -> dict[str, bytes]:
    """The files of a wheel, after a check that RECORD lists each with its digest and size, and no other."""
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    (record,) = [name for name in files if name.endswith(".dist-info/RECORD")]
    rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(files[record].decode()))}
    assert rows.keys() == files.keys()
    for name, content in files.items():
        if name != record:
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert rows[name] == [f"sha256={digest}", str(len(content))], name
    return files


# --- rewriting


def test_changed_added_and_emptied_files(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "tiny", "1.0")
    changes = {"tiny.py": b"", "tiny/more.txt": b"more", "tiny/, quoted.txt": b"a comma"}
    files = read_checked(rewrite_wheel(wheel, tmp_path / "new.whl", changes))
    assert {name: files[name] for name in changes} == changes


def test_entries_keep_their_order_and_new_ones_go_before_record(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "tiny", "1.0")
    with zipfile.ZipFile(wheel) as archive:
        before = archive.namelist()
    new = rewrite_wheel(wheel, tmp_path / "new.whl", {"z.txt": b"z", "a.txt": b"a", before[0]: b"changed"})
    at = before.index("tiny-1.0.dist-info/RECORD")
    with zipfile.ZipFile(new) as archive:
        assert archive.namelist() == [*before[:at], "a.txt", "z.txt", *before[at:]]


def test_a_rewrite_without_changes_gives_an_equal_archive(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "tiny", "1.0")
    one = rewrite_wheel(wheel, tmp_path / "one.whl", {}).read_bytes()
    assert one == rewrite_wheel(wheel, tmp_path / "two.whl", {}).read_bytes()
    assert read_checked(tmp_path / "one.whl") == read_checked(wheel)


@pytest.mark.parametrize(
    ("epoch", "date"),
    [
        ("1600000000", (2020, 9, 13, 12, 26, 40)),
        ("0", (1980, 1, 1, 0, 0, 0)),  # before zip archives: RECORD's own date
        ("99999999999999999999", (1980, 1, 1, 0, 0, 0)),
        ("5000000000", (1980, 1, 1, 0, 0, 0)),  # the year 2128
        ("yesterday", (1980, 1, 1, 0, 0, 0)),
    ],
)
def test_the_date_of_a_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, epoch: str, date: tuple[int, ...]
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    wheel = rewrite_wheel(make_wheel(tmp_path, "tiny", "1.0"), tmp_path / "new.whl", {"new.txt": b"new"})
    with zipfile.ZipFile(wheel) as archive:
        assert archive.getinfo("new.txt").date_time == date
        assert archive.getinfo("tiny.py").date_time == (1980, 1, 1, 0, 0, 0)


# --- damaged wheels


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.95])
def test_a_damaged_wheel_leaves_no_new_file(tmp_path: Path, keep: float) -> None:
    wheel = make_wheel(tmp_path, "tiny", "1.0")
    content = wheel.read_bytes()
    wheel.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(WheelFileError, match="not a complete zip archive"):
        rewrite_wheel(wheel, tmp_path / "new.whl", {})
    assert not (tmp_path / "new.whl").exists()


def test_a_damaged_entry_fails_the_rewrite_and_leaves_no_new_file(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "tiny", "1.0", body="VALUE = 'a text that is stored somewhere in the archive'\n")
    content = bytearray(wheel.read_bytes())
    with zipfile.ZipFile(wheel) as archive:
        start = archive.getinfo("tiny.py").header_offset + 30 + len("tiny.py")
    content[start + 5] ^= 0xFF
    wheel.write_bytes(content)
    with WheelArchive(wheel) as damaged:
        assert damaged.find_damaged_entry() == "tiny.py"
    with pytest.raises(WheelFileError, match="not a complete zip archive"):
        rewrite_wheel(wheel, tmp_path / "new.whl", {})
    assert not (tmp_path / "new.whl").exists()


def test_an_undamaged_wheel_has_no_damaged_entry(tmp_path: Path) -> None:
    with WheelArchive(make_wheel(tmp_path, "tiny", "1.0")) as archive:
        assert archive.find_damaged_entry() is None


def test_a_file_without_a_wheel_name_is_refused(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "tiny", "1.0").rename(tmp_path / "tiny.zip")
    with pytest.raises(WheelNameError):
        WheelArchive(wheel)
    with pytest.raises(TypeError, match="needs a name"):
        WheelArchive(io.BytesIO(wheel.read_bytes()))
    name = parse_wheel_name("tiny-1.0-py3-none-any.whl")
    assert read_metadata(wheel, name) == read_metadata(io.BytesIO(wheel.read_bytes()), name)


def test_an_entry_that_does_not_exist(tmp_path: Path) -> None:
    with WheelArchive(make_wheel(tmp_path, "tiny", "1.0")) as archive:
        assert archive.read_beginning("tiny.py", 11) == b"__version__"
        for read in (archive.read, lambda path: archive.read_beginning(path, 4)):
            with pytest.raises(WheelFileError, match=r"it has no 'tiny/none\.py'"):
                read("tiny/none.py")


# --- METADATA headers

VALUES = st.text("abcdefghij .;()<>=0123456789'é", max_size=20).map(str.strip)
HEADERS = st.lists(st.tuples(st.sampled_from(["Name", "Summary", "Requires-Dist"]), VALUES), min_size=1, max_size=5)
#: Bodies in any newline, with blank lines anywhere.
BODIES = st.lists(st.sampled_from([b"text", b"\n", b"\r\n", b" Name: x", b"\xff"]), max_size=8).map(b"".join)


@given(newline=st.sampled_from([b"\n", b"\r\n"]), before=HEADERS, added=HEADERS, body=st.none() | BODIES)
def test_added_headers_end_as_the_others_do_and_the_body_stays(
    newline: bytes, before: list[tuple[str, str]], added: list[tuple[str, str]], body: bytes | None
) -> None:
    def lines(headers: list[tuple[str, str]]) -> bytes:
        return b"".join(f"{name}: {value}".encode() + newline for name, value in headers)

    rest = b"" if body is None else newline + body
    assert add_headers(lines(before) + rest, added) == lines(before) + lines(added) + rest


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_a_last_header_line_without_an_end(newline: bytes) -> None:
    metadata = newline.join([b"Name: a", b"Version: 1"])
    assert add_headers(metadata, [("Summary", "s")]) == newline.join([b"Name: a", b"Version: 1", b"Summary: s", b""])
