"""Installed distributions: which of them can be recognised without a parser, and names that are written down twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dualvariant.install.other_ways import OtherWays
from dualvariant.requirements.request import Request
from dualvariant.target import installed
from dualvariant.trial.failures import WheelFailure, find_failure
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


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\n\n# A title\n\nName: other\n"])
def test_most_metadata_need_no_parser(end: str) -> None:
    lines = ["Metadata-Version: 2.1", "Name: demo", "Version: 1.0", "Author: Zoë", "License: a", "        b"]
    assert installed.read_plain_headers(("\n".join(lines) + end).encode()) == ("demo", "1.0")


def test_a_project_is_found_whatever_its_folder_is_called(tmp_path: Path) -> None:
    """Every place that looks for one finds it, and a request for it may be met by it."""
    for name, version in (("a-b", "1.0"), ("c_d", "1.0"), ("e.f", "1.0"), ("g-h-i", "1.0-1"), ("other", "1.0")):
        info = tmp_path / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
    wanted = {canonicalize_name(name) for name in ("a-b", "c-d", "e-f", "g-h-i")}
    assert {found.name for found in installed.find_distributions([tmp_path], wanted)} == wanted
    ways = OtherWays([tmp_path], frozenset())
    for name in wanted:
        found = installed.find_installed(name, [tmp_path / "gone", tmp_path])
        assert found is not None and found.name == name
        assert ways.may_meet(Request(name, Requirement(f"{name}==1.0.*")))
        assert not ways.may_meet(Request(name, Requirement(f"{name}>1.5")))
    assert installed.find_installed(canonicalize_name("a"), [tmp_path]) is None
    assert not ways.may_meet(Request("a", Requirement("a")))


@pytest.mark.parametrize("version", ["not a version", "1" * 5000])
def test_a_version_that_cannot_be_read_is_the_installers_to_judge(version: str, tmp_path: Path) -> None:
    """Python reads no number with so many digits, and raises another error than for a text that is no version."""
    info = tmp_path / "demo-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: demo\nVersion: {version}\n")
    assert OtherWays([tmp_path], frozenset()).may_meet(Request("demo", Requirement("demo>1")))
    found = installed.find_installed(canonicalize_name("demo"), [tmp_path])
    assert found is not None
    assert find_failure(evolve(found, label="x"), [WheelFailure("x.whl", "", "", "demo", "1", "x", "", 0.0)]) is None


def test_names_that_are_written_down_twice() -> None:
    assert installed.FUSED == fused.FILENAME
    assert installed.VARIANT == labels.METADATA_NAME
    assert installed.LARGEST_METADATA == wheel_archive.LARGEST_METADATA
