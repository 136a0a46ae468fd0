"""Variant metadata in a wheel: written without touching anything else, read with every disagreement noticed."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples import SUPERPOSITION, make_wheel
from variantlib.dialects import hashes
from variantlib.errors import WheelFileError
from variantlib.meta import VariantDescription
from variantlib.wheel_archive import WheelArchive, read_metadata
from variantlib.wheel_name import WheelName, parse_wheel_name

STANDARD = parse_wheel_name("a_b-1.0-py3-none-any.whl")
VARIANT = parse_wheel_name("a_b-1.0~9091cdc4-py3-none-any.whl")
LABELLED = parse_wheel_name("a_b-1.0-py3-none-any-v3.whl")
DESCRIPTION = VariantDescription.from_strings(SUPERPOSITION)

HEADERS = "Metadata-Version: 2.1\nName: a-b\nVersion: 1.0\n"
LINES = "Variant-hash: 9091cdc4\n" + "".join(f"Variant: {text}\n" for text in SUPERPOSITION)
METADATA = (HEADERS + LINES).encode()

Entries = Mapping[str, bytes]


def digest(content: bytes) -> str:
    """A RECORD's way of writing a hash."""
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def record(entries: Entries, info: str = "a_b-1.0.dist-info", end: str = "\n") -> bytes:
    """The RECORD of these files."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=end)
    writer.writerows([path, digest(content), len(content)] for path, content in entries.items())
    writer.writerow([f"{info}/RECORD", "", ""])
    return out.getvalue().encode()


def files(metadata: bytes = HEADERS.encode(), info: str = "a_b-1.0.dist-info") -> dict[str, bytes]:
    """What is in a wheel, RECORD included."""
    entries = {
        "a_b/__init__.py": b"",
        "a_b/data, with a comma.txt": b"\x00\xff" * 1000,
        "a_b/\N{SNOWMAN}.py": "'\N{SNOWMAN}'\n".encode(),
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    return {**entries, f"{info}/RECORD": record(entries, info)}


def zipped(entries: Entries, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for path, content in entries.items():
            archive.writestr(path, content)
    return out.getvalue()


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert len(set(archive.namelist())) == len(archive.namelist())
        return {path: archive.read(path) for path in archive.namelist()}


def written(
    folder: Path, entries: Entries | bytes, name: WheelName = STANDARD, description: VariantDescription = DESCRIPTION
) -> bytes:
    """The variant made from a wheel of these files."""
    source = folder / name.filename
    source.write_bytes(entries if isinstance(entries, bytes) else zipped(entries))
    out = io.BytesIO()
    with WheelArchive(source, name) as archive:
        hashes.write_wheel(archive, description, out)
    return out.getvalue()


def assert_record_is_right(entries: Entries, info: str = "a_b-1.0.dist-info") -> None:
    """RECORD lists every file once, each with its hash and size, and itself without."""
    rows = list(csv.reader(io.StringIO(entries[f"{info}/RECORD"].decode(), newline="")))
    assert sorted(entries) == sorted(row[0] for row in rows)
    for path, said, size in rows:
        expected = ("", "") if path == f"{info}/RECORD" else (digest(entries[path]), str(len(entries[path])))
        assert expected == (said, size), path


# --- writing


def test_metadata_and_record_change_and_nothing_else(tmp_path: Path) -> None:
    before = files()
    after = unzipped(written(tmp_path, before))
    changed = {path for path in before if before[path] != after[path]}
    assert list(before) == list(after)
    assert {"a_b-1.0.dist-info/METADATA", "a_b-1.0.dist-info/RECORD"} == changed
    assert after["a_b-1.0.dist-info/METADATA"] == METADATA
    assert_record_is_right(after)


def test_what_was_written_reads_back(tmp_path: Path) -> None:
    wheel = written(tmp_path, files())
    assert hashes.read_wheel(io.BytesIO(wheel), VARIANT) == DESCRIPTION
    path = tmp_path / VARIANT.filename
    path.write_bytes(wheel)
    assert hashes.read_wheel(path, VARIANT) == DESCRIPTION


def test_the_dist_info_folder_keeps_its_standard_name(tmp_path: Path) -> None:
    assert {"a_b", "a_b-1.0.dist-info"} == {path.split("/")[0] for path in unzipped(written(tmp_path, files()))}


def test_permissions_dates_and_compression_of_each_file_stay(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, (path, content) in enumerate(files().items()):
            entry = zipfile.ZipInfo(path, (1999, 12, 31, 23, number, 58))
            entry.external_attr = (0o755 if number % 2 else 0o640) << 16
            entry.compress_type = zipfile.ZIP_STORED if number % 2 else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)

    def attributes(wheel: bytes) -> list[tuple[object, ...]]:
        with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
            return [(e.filename, e.external_attr, e.date_time, e.compress_type) for e in archive.infolist()]

    assert attributes(out.getvalue()) == attributes(written(tmp_path, out.getvalue()))


def test_the_same_call_gives_the_same_bytes(tmp_path: Path) -> None:
    wheel = zipped(files())
    assert written(tmp_path, wheel) == written(tmp_path, wheel)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(HEADERS, HEADERS + LINES, id="no body"),
        pytest.param(HEADERS.rstrip("\n"), HEADERS + LINES, id="no last line end"),
        pytest.param(HEADERS + "\n", HEADERS + LINES + "\n", id="an empty body"),
        pytest.param(HEADERS + "\nText.\n\nMore.", HEADERS + LINES + "\nText.\n\nMore.", id="a body"),
        pytest.param(
            HEADERS + "\n\n\nText.", HEADERS + LINES + "\n\n\nText.", id="a body that starts with blank lines"
        ),
        pytest.param(
            HEADERS + "\nText.\r\n\r\nMore.\r\n",
            HEADERS + LINES + "\nText.\r\n\r\nMore.\r\n",
            id="CRLF in the body only",
        ),
        pytest.param(
            HEADERS.replace("\n", "\r\n") + "\r\nText.\n\nMore.",
            (HEADERS + LINES).replace("\n", "\r\n") + "\r\nText.\n\nMore.",
            id="CRLF in the headers only",
        ),
        pytest.param(HEADERS.replace("\n", "\r\n"), (HEADERS + LINES).replace("\n", "\r\n"), id="CRLF, no body"),
        pytest.param(
            HEADERS + "Description: one\n        two\n",
            HEADERS + "Description: one\n        two\n" + LINES,
            id="a folded header",
        ),
        pytest.param(
            HEADERS + "\nVariant: a :: b :: c\nVariant-hash: 00000000\n",
            HEADERS + LINES + "\nVariant: a :: b :: c\nVariant-hash: 00000000\n",
            id="a body about variants",
        ),
    ],
)
def test_the_lines_stand_at_the_end_of_the_headers(tmp_path: Path, before: str, after: str) -> None:
    entries = unzipped(written(tmp_path, files(before.encode())))
    assert after.encode() == entries["a_b-1.0.dist-info/METADATA"]
    assert_record_is_right(entries)
    assert hashes.parse_metadata(entries["a_b-1.0.dist-info/METADATA"], VARIANT) == DESCRIPTION


def test_metadata_that_is_no_utf_8_stays_byte_for_byte(tmp_path: Path) -> None:
    metadata = HEADERS.encode() + b"Author: Andr\xe9\n\n\xff\xfe body"
    after = unzipped(written(tmp_path, files(metadata)))["a_b-1.0.dist-info/METADATA"]
    assert HEADERS.encode() + b"Author: Andr\xe9\n" + LINES.encode() + b"\n\xff\xfe body" == after
    assert hashes.parse_metadata(after, VARIANT) == DESCRIPTION


def test_headers_that_end_in_a_line_that_is_no_header_are_refused(tmp_path: Path) -> None:
    """Every reader would take the variant's lines behind it for the body."""
    with pytest.raises(WheelFileError, match="its METADATA has a line among its headers that is no header"):
        written(tmp_path, files(HEADERS.encode() + b"no header at all\nSummary: x\n"))


def test_a_record_with_other_line_ends_is_read(tmp_path: Path) -> None:
    entries = files()
    listed = {path: content for path, content in entries.items() if not path.endswith("RECORD")}
    entries["a_b-1.0.dist-info/RECORD"] = record(listed, end="\r\n")
    assert_record_is_right(unzipped(written(tmp_path, entries)))


def test_build_number_and_local_version_stay(tmp_path: Path) -> None:
    name = parse_wheel_name("a_b-1.0+cu118-4-py3-none-any.whl")
    info = "a_b-1.0+cu118.dist-info"
    wheel = written(tmp_path, files(info=info), name)
    variant = parse_wheel_name("a_b-1.0+cu118-4~9091cdc4-py3-none-any.whl")
    assert variant.filename == name.hash_filename(DESCRIPTION.hexdigest)
    assert hashes.read_wheel(io.BytesIO(wheel), variant) == DESCRIPTION
    assert_record_is_right(unzipped(wheel), info)


@pytest.mark.parametrize("name", [VARIANT, LABELLED], ids=str)
def test_a_variant_is_not_made_a_variant_again(tmp_path: Path, name: WheelName) -> None:
    with pytest.raises(WheelFileError, match=f"it is a variant already, {name.label}"):
        written(tmp_path, files(), name)


def test_a_wheel_whose_metadata_is_that_of_a_variant_is_not_made_one_again(tmp_path: Path) -> None:
    with pytest.raises(WheelFileError, match="its METADATA says variant 9091cdc4, its file name says standard"):
        written(tmp_path, files(METADATA))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"", "it is not a complete zip archive", id="empty"),
        pytest.param(b"PK\x03\x04 and no more", "it is not a complete zip archive", id="no archive"),
        pytest.param(zipped(files())[:-30], "it is not a complete zip archive", id="cut off"),
        pytest.param(
            zipped({path: text for path, text in files().items() if not path.endswith("METADATA")}),
            "it has no 'a_b-1.0.dist-info/METADATA'",
            id="no METADATA",
        ),
        pytest.param(
            zipped({path: text for path, text in files().items() if not path.endswith("RECORD")}),
            "it has no 'a_b-1.0.dist-info/RECORD'",
            id="no RECORD",
        ),
        pytest.param(
            zipped({**files(), "a_b-1.0.dist-info/RECORD": b"a\xff,,\n"}), "can't decode", id="RECORD is no UTF-8"
        ),
        pytest.param(
            zipped({**files(), "a_b-1.0.dist-info/RECORD": b'"' + b"x" * 200_000}),
            "field larger",
            id="RECORD is no CSV",
        ),
    ],
)
def test_a_broken_wheel_is_not_made_a_variant(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(WheelFileError, match=why) as caught:
        written(tmp_path, content)
    assert STANDARD.filename == caught.value.filename


def test_a_full_disk_is_not_the_wheels_fault(tmp_path: Path) -> None:
    class Full(io.BytesIO):
        def write(self, content: object) -> int:
            raise OSError(28, "No space left on device")

    source = tmp_path / STANDARD.filename
    source.write_bytes(zipped(files()))
    with WheelArchive(source) as archive, pytest.raises(OSError, match="No space left"):
        hashes.write_wheel(archive, DESCRIPTION, Full())


# --- reading


def test_metadata_comes_byte_for_byte() -> None:
    metadata = METADATA + b"\r\n\xff body \x00"
    assert metadata == read_metadata(io.BytesIO(zipped(files(metadata))), VARIANT)


def test_a_standard_wheel_has_no_description() -> None:
    assert hashes.read_wheel(io.BytesIO(zipped(files())), STANDARD) is None


def test_the_lines_of_the_body_do_not_count() -> None:
    body = b"\n" + LINES.encode()
    assert hashes.parse_metadata(HEADERS.encode() + body, STANDARD) is None
    with pytest.raises(WheelFileError, match="has 0 'Variant-hash' lines instead of one"):
        hashes.parse_metadata(HEADERS.encode() + body, VARIANT)


def test_header_names_are_read_in_any_case_and_properties_in_any_order() -> None:
    shuffled = "".join(f"VARIANT:   {text}  \n" for text in reversed(SUPERPOSITION))
    metadata = f"variant-HASH:9091cdc4 \n{shuffled}{HEADERS}"
    assert hashes.parse_metadata(metadata.encode(), VARIANT) == DESCRIPTION


def test_windows_line_ends_are_read() -> None:
    assert hashes.parse_metadata(METADATA.replace(b"\n", b"\r\n"), VARIANT) == DESCRIPTION


def test_a_label_wheel_is_left_to_its_own_dialect() -> None:
    assert hashes.parse_metadata(METADATA, LABELLED) is None


@pytest.mark.parametrize(
    ("metadata", "name", "why"),
    [
        (HEADERS, VARIANT, "its METADATA has 0 'Variant-hash' lines instead of one"),
        ("Variant-hash: 9091cdc4\n" + LINES, VARIANT, "its METADATA has 2 'Variant-hash' lines instead of one"),
        ("Variant-hash: 9091cdc4\n", VARIANT, "its METADATA: VariantDescription.data must not be empty"),
        (
            LINES.replace("9091cdc4", "36266d4d"),
            VARIANT,
            "its METADATA says variant 36266d4d, its file name says 9091cdc4",
        ),
        (LINES.replace("9091cdc4", ""), VARIANT, "its METADATA says variant , its file name says 9091cdc4"),
        (LINES.replace(":: 25", ":: 26"), VARIANT, "its file name says 9091cdc4"),
        (LINES + "Variant: a :: b\n", VARIANT, "expected 'provider :: key :: value'): 'a :: b'"),
        (LINES + f"Variant: {SUPERPOSITION[0]}\n", VARIANT, "two for 'fictional_tech :: quantum'"),
        (LINES + "Variant: a :: b :: é\n", VARIANT, "'a :: b :: é'"),
        (LINES, STANDARD, "its METADATA says variant 9091cdc4, its file name says standard"),
        ("Variant: a :: b :: c\n", STANDARD, "its METADATA says variant (no hash), its file name says standard"),
    ],
)
def test_metadata_that_disagrees_with_itself_or_with_the_file_name_is_refused(
    metadata: str, name: WheelName, why: str
) -> None:
    with pytest.raises(WheelFileError) as caught:
        hashes.parse_metadata(metadata.encode(), name)
    assert why in caught.value.why
    assert name.filename == caught.value.filename


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ({}, "it has no .dist-info directory"),
        ({"a_b/__init__.py": b""}, "it has no .dist-info directory"),
        ({"a_b/a_b-1.0.dist-info/METADATA": METADATA}, "it has no .dist-info directory"),
        (
            {"a_b-1.0.dist-info/METADATA": METADATA, "a.b-1.0.dist-info/METADATA": METADATA},
            "it has 2 .dist-info directories instead of one",
        ),
        ({"c-1.0.dist-info/METADATA": METADATA}, "its .dist-info is another's: 'c-1.0.dist-info'"),
        ({"a_b-1.1.dist-info/METADATA": METADATA}, "its .dist-info is another's: 'a_b-1.1.dist-info'"),
        ({"a_b.dist-info/METADATA": METADATA}, "its .dist-info is another's: 'a_b.dist-info'"),
        ({"a_b-1.0~9091cdc4.dist-info/METADATA": METADATA}, "its .dist-info is another's"),
        ({"a_b-1.0.dist-info/RECORD": b""}, "it has no 'a_b-1.0.dist-info/METADATA'"),
    ],
)
def test_a_wheel_needs_one_dist_info_of_its_own(entries: Entries, why: str) -> None:
    with pytest.raises(WheelFileError) as caught:
        hashes.read_wheel(io.BytesIO(zipped(entries)), VARIANT)
    assert why in caught.value.why


@pytest.mark.parametrize("info", ["a_b-1.0.dist-info", "A.B-1.0.dist-info", "a-b-1.0.dist-info", "a_b-1.0.0.dist-info"])
def test_a_dist_info_may_write_name_and_version_its_own_way(info: str) -> None:
    wheel = io.BytesIO(zipped({f"{info}/METADATA": METADATA}))
    if info == "a-b-1.0.dist-info":  # a dash ends the name
        with pytest.raises(WheelFileError, match=r"its \.dist-info is another's"):
            hashes.read_wheel(wheel, VARIANT)
    else:
        assert hashes.read_wheel(wheel, VARIANT) == DESCRIPTION


@pytest.mark.filterwarnings("ignore:Duplicate name")  # zipfile warns the test that makes it
def test_a_wheel_with_metadata_twice_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for metadata in (METADATA, HEADERS.encode()):
            archive.writestr("a_b-1.0.dist-info/METADATA", metadata)
    with pytest.raises(WheelFileError, match=r"it has 'a_b-1\.0\.dist-info/METADATA' more than once"):
        hashes.read_wheel(out, VARIANT)


@pytest.mark.filterwarnings("ignore:Duplicate name")  # zipfile warns the test that makes it
def test_a_wheel_with_a_file_twice_is_not_made_a_variant(tmp_path: Path) -> None:
    out = io.BytesIO(zipped(files()))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("a_b/__init__.py", b"another")
    with pytest.raises(WheelFileError, match=r"it has 'a_b/__init__\.py' more than once"):
        written(tmp_path, out.getvalue())


def test_an_encrypted_wheel_is_refused() -> None:
    wheel = bytearray(zipped({"a_b-1.0.dist-info/METADATA": METADATA}))
    wheel[6] |= 1  # the flag in the file's own header, and that in the directory
    wheel[wheel.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(WheelFileError, match="encrypted"):
        hashes.read_wheel(io.BytesIO(wheel), VARIANT)


def test_a_missing_file_is_a_wheel_file_error(tmp_path: Path) -> None:
    with pytest.raises(WheelFileError, match="No such file"):
        hashes.read_wheel(tmp_path / VARIANT.filename, VARIANT)


@pytest.mark.parametrize("name", [VARIANT, STANDARD], ids=["hash", "standard"])
def test_a_wheel_that_is_cut_off_anywhere_is_a_wheel_file_error(tmp_path: Path, name: WheelName) -> None:
    properties = SUPERPOSITION if name is VARIANT else None
    whole = make_wheel(tmp_path, "a_b", "1.0", properties=properties).read_bytes()
    for length in range(0, len(whole), 7):
        with pytest.raises(WheelFileError) as caught:
            hashes.read_wheel(io.BytesIO(whole[:length]), name)
        assert name.filename == caught.value.filename
        if name is STANDARD:
            with pytest.raises(WheelFileError):
                written(tmp_path, whole[:length])


@given(
    compression=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]),
    changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_a_garbled_wheel_is_a_wheel_file_error_or_reads_as_ever(
    compression: int, changes: list[tuple[int, int]]
) -> None:
    """Never another exception, and never another variant: the hash guards the properties."""
    wheel = bytearray(zipped({"a_b-1.0.dist-info/METADATA": METADATA, "a_b/x.py": b"x"}, compression))
    for position, value in changes:
        wheel[position % len(wheel)] = value
    try:
        description = hashes.read_wheel(io.BytesIO(wheel), VARIANT)
    except WheelFileError:
        return
    assert description == DESCRIPTION
