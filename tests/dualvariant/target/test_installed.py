"""Installed distributions: which of them can be recognised without a parser, and names that are written down twice."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from dualvariant.target import installed
from variantlib import fused, wheel_archive
from variantlib.dialects import labels

_LINES = st.sampled_from(
    [
        *("Metadata-Version: 2.1", "Name: demo", "name:demo", "NAME: \tDemo_2", "Name: de mo", "Name: demo ", "Name:"),
        *("Name : demo", "Version: 1.0", "version: 2.0", "Version: 1.0 ", "Version:1!2+a", "Version: é", "Summary: x"),
        *(" continued", "\tName: other", " ", "", "no header", ": nothing", "Summary: a\rName: other", "Author: é"),
        *("Variant-hash: 00000000", "Variant: a :: b :: c", "X: variant", "Summary: \x0cName: other", "X: \x85Name: y"),
    ]
)


@given(st.lists(_LINES, max_size=7), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_what_is_read_without_a_parser_is_what_the_parser_reads(lines: list[str], newline: str, whole: bool) -> None:
    lines = [*(["Name: first", "Version: 3"] if whole else []), *lines]
    metadata = newline.join([*lines, ""]).encode()
    found = installed.read_plain_headers(metadata)
    if found is not None:
        headers = wheel_archive.parse_headers(metadata)
        assert found == (headers["Name"], headers["Version"])
        assert not any(name.lower().startswith("variant") for name in headers)


def test_most_metadata_need_no_parser() -> None:
    lines = ["Metadata-Version: 2.1", "Name: demo", "Version: 1.0", "Author: Zoë", "License: a", "        b", "", "# x"]
    assert installed.read_plain_headers("\n".join(lines).encode()) == ("demo", "1.0")


def test_a_project_is_found_whatever_its_folder_is_called(tmp_path: Path) -> None:
    for folder in ("a-b-1.0", "c_d-1.0", "e.f-1.0", "other-1.0"):
        info = tmp_path / f"{folder}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {folder.rpartition('-')[0]}\nVersion: 1.0\n")
    wanted = {canonicalize_name(name) for name in ("a-b", "c-d", "e-f")}
    assert {found.name for found in installed.find_distributions([tmp_path], wanted)} == wanted


def test_names_that_are_written_down_twice() -> None:
    assert installed.FUSED == fused.FILENAME
    assert installed.VARIANT == labels.METADATA_NAME
    assert installed.LARGEST_METADATA == wheel_archive.LARGEST_METADATA
