"""Names of variants whose ``~`` was replaced are recognised, and no other names."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

import strategies
from dualvariant.repository.listed_file import parse_listed_file
from dualvariant.repository.page import File
from dualvariant.repository.replaced_name import find_replaced_name, may_have_replaced_names
from property_tests import examples
from variantlib.errors import WheelNameError
from variantlib.wheel_name import Dialect, parse_wheel_name


@given(
    st.sampled_from(["demo", "de_mo", "a.b"]),
    strategies.VERSIONS,
    st.just("") | strategies.BUILDS.map("-{}".format),
    strategies.HASHES,
    st.sampled_from([*"._-+ @!,", "%7E", "%7e", "%257E"]),
)
def test_a_replaced_name_says_what_the_variant_was(
    name: str, version: str, build: str, label: str, instead: str
) -> None:
    before = f"{name}-{version}{build}~{label}-py3-none-any.whl"
    try:
        wheel = parse_wheel_name(before)
    except WheelNameError:
        assume(False)
    now = before.replace("~", instead)
    found = find_replaced_name(now)
    assert found is not None
    assert (found.filename, found.label, found.name) == (now, label, wheel.name)
    assert found.version == wheel.version and found.build == wheel.build


@pytest.mark.parametrize(
    "name",
    [
        "demo-1.0-py3-none-any.whl",
        "demo-1.0~a496bd9c-py3-none-any.whl",
        "demo-1.0-py3-none-any-a496bd9c.whl",
        "demo-1.0.a496bd9-py3-none-any.whl",
        "demo-1.0xa496bd9c-py3-none-any.whl",
        "demo-20240106-py3-none-any.whl",
        "demo-1.0.tar.gz",
    ],
)
def test_other_names(name: str) -> None:
    assert find_replaced_name(name) is None


@pytest.mark.parametrize("name", ["demo-1.0.a496bd9c", "demo-1.0-a496bd9c", "demo-1.0_a496bd9c", "demo-1.0%7Ea496bd9c"])
def test_a_name_that_no_installer_takes_is_listed_as_what_it_was(name: str) -> None:
    listed = parse_listed_file(File(f"{name}-py3-none-any.whl", "https://x"), 0, canonicalize_name("demo"))
    assert listed is not None and listed.wheel is not None
    assert (listed.wheel.dialect, listed.wheel.label, str(listed.version)) == (Dialect.HASH, "a496bd9c", "1.0")
    assert listed.excluded is not None and "a496bd9c" in listed.excluded


@pytest.mark.parametrize("name", ["demo-1.0.12345678", "demo-1.0-12345678", "demo-2.31.0.20240106"])
def test_a_name_that_installers_take_is_listed_as_it_is(name: str) -> None:
    """The wheel itself decides whether it is a variant (:mod:`dualvariant.selection.settling`)."""
    listed = parse_listed_file(File(f"{name}-py3-none-any.whl", "https://x"), 0, canonicalize_name("demo"))
    assert listed is not None and listed.wheel is not None
    assert (listed.wheel.dialect, listed.excluded) == (Dialect.STANDARD, None)


#: What may stand in front of a hash on a page, hashes of several lengths, and what may follow.
_BEFORE = st.sampled_from(["demo-1.0.", "demo-1.0%7E", "demo-1", "0", "/", ""])
_HASHES = st.sampled_from(["1234567", "12345678", "ABCDEF01", "a" * 9, "0" * 64, "12345678.12345678"])
_AFTER = st.sampled_from(
    [
        "-cp311-none-any.whl",
        "-py3-none-any.WHL",
        "-1-py3-none-any.whl",
        "-a-b.whl",
        "-a-b-c.tar",
        "-a- -c.whl",
        "--",
        '"',
    ]
)
_NAMES = st.builds("{}{}{}".format, _BEFORE, _HASHES, _AFTER)


@examples(300)
@given(st.lists(_NAMES, min_size=1, max_size=3).map("".join))
def test_a_page_is_searched_as_by_a_pattern(text: str) -> None:
    """The search is quick because it is none by a pattern, which is tried at each digit of each digest."""
    pattern = re.compile(r"[0-9a-f]{8}(?:-[^-\s\"'<>]+){3}\.whl", re.IGNORECASE)
    assert may_have_replaced_names(text.encode()) == (pattern.search(text) is not None)
    if find_replaced_name(text) is not None:
        assert may_have_replaced_names(text.encode())
