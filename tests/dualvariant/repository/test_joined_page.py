"""The plain pages of several sources as one page: the same files, in the same order, as if each had been parsed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualvariant.network.pages import Page
from dualvariant.repository.joined_page import find_entries, join_plain_pages
from dualvariant.repository.page import JSON_TYPE, File
from dualvariant.repository.page_parser import parse_html_page, parse_json_page
from dualvariant.repository.source import Listing
from property_tests import examples

URL = "https://index.example/simple/demo/"
WHEEL = "demo-1.0-py3-none-any.whl"

#: Texts with everything that could be taken for the end of the list.
_TEXTS = st.text(st.sampled_from('],"\\{}[:a é\n'), max_size=8)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | _TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXTS, inner, max_size=2),
    max_leaves=4,
)


@st.composite
def json_pages(draw: st.DrawFn) -> Page:
    """A JSON page with texts and keys that may be anything, written in any of json's ways."""
    numbers = draw(st.lists(st.integers(0, 9), max_size=3))
    files = [_make_entry(f"demo-{number}-py3-none-any.whl", draw(_VALUES), draw(_TEXTS)) for number in numbers]
    document = {"meta": {"api-version": "1.1"}, "files": files, "versions": draw(_VALUES), "name": draw(_TEXTS)}
    names = draw(st.permutations(sorted(document)))
    text = json.dumps(
        {name: document[name] for name in names},
        ensure_ascii=draw(st.booleans()),
        separators=draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", " : ")])),
    )
    return Page.parse(URL, JSON_TYPE, text.encode())


def _make_entry(name: str, value: Any, reason: str) -> dict[str, Any]:
    return {"filename": name, "x": value, "url": f"https://files.example/{name}", "hashes": {}, "yanked": reason}


def list_page(page: Page) -> Listing:
    read = parse_json_page if page.content_type == JSON_TYPE else parse_html_page
    return Listing(lambda: read(page.text, page.url), page.url, page)


def make_html(*links: str) -> Page:
    return Page.parse(URL, "text/html", "".join(f'<a href="{link}">x</a>' for link in links).encode())


@examples(300)
@given(json_pages())
def test_the_entries_of_a_page(page: Page) -> None:
    """With at most a few closing brackets in texts they are found, and then they are all and nothing else."""
    try:
        found = find_entries(page.body)
    except ValueError:
        assert page.body.count(b"]") > 16
        return
    assert json.loads(b"[%s]" % found) == json.loads(page.body)["files"]


@examples(300)
@given(st.lists(json_pages(), min_size=1, max_size=3), st.integers(0, 2))
def test_joined_pages_list_the_files_of_each_in_turn(pages: Sequence[Page], count: int) -> None:
    local = [File(WHEEL, f"file:///{number}/{WHEEL}") for number in range(count)]
    listings = [list_page(page) for page in [*pages, make_html("../demo-7.tar.gz#sha256=00")]]
    joined = join_plain_pages(local, listings)
    if joined is not None:
        expected = [*local, *(file for listing in listings for file in listing.files)]
        assert list(parse_json_page(joined.body, "http://127.0.0.1:1/").files) == expected


def test_pages_as_pypi_and_folders_write_them_are_joined() -> None:
    page = {
        "alternate-locations": [],
        "files": [_make_entry(WHEEL, [1], 'a ] " of [it]')],
        "meta": {},
        "versions": ["1"],
    }
    text = json.dumps(page, separators=(",", ":"))
    listings = [list_page(Page.parse(URL, JSON_TYPE, text.encode())), list_page(make_html("../b/demo-2.0.zip"))]
    joined = join_plain_pages([], listings)
    assert joined is not None
    names = [file.filename for file in parse_json_page(joined.body, URL).files]
    assert names == [WHEEL, "demo-2.0.zip"]


@pytest.mark.parametrize(
    "listings",
    [
        [make_html(WHEEL), make_html("demo-1.0~a496bd9c-py3-none-any.whl")],
        [make_html(WHEEL), make_html("demo-1.0-py3-none-any-v3.whl")],
        [make_html(WHEEL), Page.parse(URL, JSON_TYPE, b'{"files": [], "files": []}')],
        [make_html(WHEEL), Page.parse(URL, JSON_TYPE, b'{"files": [')],
    ],
)
def test_others_are_not_joined(listings: Sequence[Page]) -> None:
    assert join_plain_pages([], [list_page(page) for page in listings]) is None


@pytest.mark.parametrize("meta", [b'{"api-version": "2.0"}', b"1", b"null"])
def test_of_a_plain_page_the_version_does_not_count(meta: bytes) -> None:
    """Nor does it for the installers."""
    page = Page.parse(URL, JSON_TYPE, b'{"files": [], "meta": %s}' % meta)
    in_html = make_html(WHEEL, '"><meta name="pypi:repository-version" content="2.0')
    assert join_plain_pages([], [list_page(in_html), list_page(page)]) is not None


def test_a_variant_in_a_folder_beside_a_plain_page_is_seen() -> None:
    variant = "demo-1.0~a496bd9c-py3-none-any.whl"
    assert join_plain_pages([File(variant, f"file:///{variant}")], [list_page(make_html(WHEEL))]) is None
    assert join_plain_pages([File(WHEEL, f"file:///{WHEEL}")], [list_page(make_html(WHEEL))]) is not None
