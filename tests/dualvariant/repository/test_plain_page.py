"""Which pages are passed on as they are: only those on which surely nothing has to do with variants."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualvariant.network.pages import Page
from dualvariant.repository.page import HTML_TYPE, JSON_TYPE
from dualvariant.repository.page_parser import parse_html_page, parse_json_page
from dualvariant.repository.plain_page import find_servers, is_plain, with_absolute_links
from property_tests import examples

URL = "https://index.example/simple/demo/"
STANDARD = "demo-1.0-py3-none-any.whl"
VARIANT = "demo-1.0~a496bd9c-py3-none-any.whl"


def html(*links: str, content_type: str = "text/html") -> Page:
    return Page.parse(URL, content_type, "".join(f'<a href="{link}">x</a>' for link in links).encode())


def json_page(*urls: str, **more: object) -> Page:
    files = [{"filename": url.rpartition("/")[2], "url": url, "hashes": {}, **more} for url in urls]
    document = {"meta": {"api-version": "1.0"}, "name": "demo", "files": files}
    return Page.parse(URL, JSON_TYPE, json.dumps(document).encode())


@pytest.mark.parametrize(
    "page",
    [
        html(STANDARD),
        html(STANDARD, content_type=f"{HTML_TYPE}; charset=UTF-8"),
        json_page(f"https://files.example/{STANDARD}"),
        json_page(f"http://files.example/{STANDARD}", **{"requires-python": "~=3.8, <4"}),
        json_page(),
        html("demo-1.0-1-py3-none-any.whl", "a/b-c-d-e-f-g/demo-1.0.tar.gz"),
        json_page("https://files.example/demo-1.0%2Bcu118-1-py3-none-any.whl"),
    ],
)
def test_an_ordinary_page_is_plain(page: Page) -> None:
    assert is_plain(page)


@pytest.mark.parametrize(
    "page",
    [
        html(VARIANT),
        html(STANDARD, "demo-1.0-variants.json"),
        html("demo-1.0~variants.json"),
        html("demo-1.0-py3-none-any-v3.whl"),
        html("demo-1.0-1-py3-none-any-v3.whl#sha256=0"),
        html("demo-1.0%2Bcu118-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64-cu12.4.whl"),
        json_page("https://files.example/demo-1.0-py3-none-any-null.whl"),
        html(STANDARD, content_type="text/html; charset=utf-16"),
        html(STANDARD, content_type="text/html; charset=utf-7"),
        html("http://[::1/x.whl"),
        html(f"demo-{'9' * 5000}.tar.gz"),
        Page.parse(URL, "text/html", b"<base href=x>"),
        Page.parse(URL, "text/html", b"\xff"),
        Page.parse(URL, "application/pdf", b""),
        Page.parse(URL, JSON_TYPE, b"[]"),
        Page.parse(URL, JSON_TYPE, b""),
        Page.parse(URL, JSON_TYPE, "{}".encode("utf-16")),
        json_page(STANDARD),  # a JSON page has no base for its links
        json_page(f"//files.example/{STANDARD}"),
        json_page(f"file:///{STANDARD}"),
    ],
)
def test_anything_else_is_parsed(page: Page) -> None:
    assert not is_plain(page)


@st.composite
def _disguised(draw: st.DrawFn, ways: list[str]) -> str:
    """The variant's name with a few of its letters, each wherever it is, written in another way."""
    letters = draw(st.dictionaries(st.sampled_from("~ed1"), st.sampled_from(ways), max_size=2))
    return "".join(letters.get(letter, "{0}").format(letter, ord(letter)) for letter in VARIANT)


HTML_WAYS = [
    "&#{1};",
    "&#{1}",
    "&#x{1:x};",
    "&#0{1};",
    "&#X{1:X};",
    "%{1:02x}",
    "%{1:02X}",
    "&#37;{1:x}",
    "&percnt;{1:x}",
]
JSON_WAYS = ["\\u{1:04x}", "\\u{1:04X}", "%{1:02x}", "%{1:02X}", "\\u0025{1:x}"]


@examples(300)
@given(_disguised(HTML_WAYS))
def test_no_spelling_hides_a_variant_in_html(link: str) -> None:
    page = html(STANDARD, link)
    found = {file.filename for file in parse_html_page(page.text, URL).files}
    assert VARIANT not in found or not is_plain(page)


@examples(300)
@given(_disguised(JSON_WAYS))
def test_no_spelling_hides_a_variant_in_json(name: str) -> None:
    text = f'{{"files": [{{"filename": "{name}", "url": "https://files.example/{name}", "hashes": {{}}}}]}}'
    page = Page.parse(URL, JSON_TYPE, text.encode())
    found = {file.filename for file in parse_json_page(page.body, URL).files}
    assert (VARIANT not in found) or not is_plain(page)


def test_the_servers_of_the_files() -> None:
    """Whether an installer can reach all of them decides whether it may see the page."""
    assert find_servers(html("a.whl", "https://one.example/b.whl")) == {"https://one.example", URL}
    assert find_servers(html("HTTP://u:p@two.example:8/b.whl")) == {"HTTP://u:p@two.example:8"}
    page = json_page("https://one.example/a.whl", "http://two.example:8/b.whl")
    assert find_servers(page) == {"https://one.example", "http://two.example:8"}


@pytest.mark.parametrize("start", ["", "<!DOCTYPE html>", "\n<!doctype html>\n", "\ufeff<!DOCTYPE html>"])
def test_relative_links_of_html_keep_their_meaning_at_another_address(start: str) -> None:
    page = Page.parse(URL, "text/html", f'{start}<a href="../{STANDARD}">x</a>'.encode())
    moved = with_absolute_links(page).decode()
    assert moved.startswith(start.rstrip())
    assert parse_html_page(moved, "http://127.0.0.1:1/").files == parse_html_page(page.text, URL).files


def test_the_base_of_the_links_has_no_credentials() -> None:
    page = Page.parse("https://me:secret@index.example/simple/demo/", "text/html", b"<a href=x.whl>x</a>")
    assert b"secret" not in with_absolute_links(page)
