"""The tags of a page: as html.parser reads ordinary pages, and at a cost that grows with the length of any page."""

from __future__ import annotations

import tracemalloc
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualvariant.repository import html_tags
from dualvariant.repository.html_tags import find_tags
from dualvariant.repository.page_parser import parse_html_page
from property_tests import examples

ALL = frozenset({"a", "base", "meta", "p"})


class _Oracle(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ALL:
            self.tags.append((tag, attrs))


BLANKS = st.sampled_from([" ", "\n", "\t", "  "])
KEYS = st.sampled_from(["href", "HREF", "data-yanked", "data-requires-python", "x", "é"])
VALUES = st.text("ab<>/&;=?# ~%\u00e9", max_size=8)


@st.composite
def attributes(draw: st.DrawFn) -> str:
    key, value = draw(KEYS), draw(VALUES)
    equals = draw(st.sampled_from(["=", " = ", "= "]))
    unquoted = "".join(letter for letter in value if letter not in " <>/=&") or "v"
    return draw(
        st.sampled_from([key, f'{key}{equals}"{value}"', f"{key}{equals}'{value}'", f"{key}{equals}{unquoted}"])
    )


@st.composite
def pieces(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(["a", "A", "base", "meta", "p", "br", "abbr"]))
    inner = "".join(draw(BLANKS) + word for word in draw(st.lists(attributes(), max_size=4)))
    end = draw(st.sampled_from([">", ">", " >", " />"]))
    return draw(
        st.sampled_from(
            [
                f"<{name}{inner}{end}",
                f"</{name}>",
                "text &amp; 1 < 2 ",
                f"<!-- <{name}{inner}> -->",
                "<!DOCTYPE html>",
                "<?xml version='1.0'?>",
                f"<script>if (a<b) '<{name}{inner}>'</script>",
                f"<STYLE>p{{}}<{name}></style>",
            ]
        )
    )


@examples(500)
@given(st.lists(pieces(), max_size=8).map("".join))
def test_ordinary_pages_as_html_parser_reads_them(text: str) -> None:
    oracle = _Oracle()
    oracle.feed(text)
    oracle.close()
    assert [(tag.name, list(tag.attributes)) for tag in find_tags(text, ALL)] == oracle.tags


#: Pieces that, repeated, are hard for parsers that look for the end of each construct anew.
HARD = [
    "<",
    "</",
    "<!--",
    "<!--<",
    "<!-- -",
    "<![CDATA[",
    "<![[[[",
    "<!doctype ",
    "<?",
    "<a ",
    "<a x ",
    "<a x=",
    "<a x='",
    '<a x="' + "'" * 100,
    "<a 'x",
    "x ",
    "<a>",
    "<script>",
    "<script/>",
    "<style></",
    "&#",
    "<a x   ",
    "<a/",
    "<a =",
]


def _cost(text: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """The characters that patterns and searches go over while a page is read."""
    cost = 0

    class Pattern:
        def __init__(self, pattern: Any) -> None:
            self.pattern = pattern

        def match(self, searched: str, position: int) -> Any:
            nonlocal cost
            found = self.pattern.match(searched, position)
            cost += 1 + (found.end() - position if found else 0)
            return found

        def search(self, searched: str, position: int) -> Any:
            nonlocal cost
            found = self.pattern.search(searched, position)
            cost += (found.end() if found else len(searched)) - position
            return found

    class Text(str):
        def find(self, sub: str, start: Any = 0, *rest: Any) -> int:
            nonlocal cost
            found = super().find(sub, start, *rest)
            cost += (found if found >= 0 else len(self)) - start + 1
            return found

    with monkeypatch.context() as patch:
        for name in ("_START", "_NAME", "_SKIPPED", "_KEY", "_EQUALS", "_UNQUOTED", "_COMMENT_END"):
            patch.setattr(html_tags, name, Pattern(getattr(html_tags, name)))
        patch.setattr(html_tags, "_RAW", {name: Pattern(raw) for name, raw in html_tags._RAW.items()})
        list(find_tags(Text(text), ALL))
    return cost


@pytest.mark.parametrize("start", ["", "<a href=x>", "<!--", "<a ", "<a x=", "<script>", '<a x="'])
@pytest.mark.parametrize("piece", HARD)
def test_a_page_of_twice_the_length_costs_twice_as_much(
    piece: str, start: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    once, twice = (_cost(start + piece * count, monkeypatch) for count in (2_000, 4_000))
    assert twice <= 2 * once + 1_000
    assert twice <= 20 * (len(start) + 4_000 * len(piece))


@pytest.mark.parametrize("piece", HARD)
def test_the_links_before_a_construct_without_an_end_count(piece: str) -> None:
    page = parse_html_page('<a href="demo-1.0.tar.gz">x</a>' + piece * 50_000, "http://x/")
    assert page.files[0].filename == "demo-1.0.tar.gz"


@pytest.mark.parametrize("piece", ["<", "< ", "<1", "<<", "<>", "</"])
def test_what_begins_nothing_is_passed_over_at_once(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A million of them take one search, and not a million steps of ours."""
    calls = 0

    class Counted:
        def search(self, text: str, position: int) -> Any:
            nonlocal calls
            calls += 1
            return start.search(text, position)

    start = html_tags._START
    monkeypatch.setattr(html_tags, "_START", Counted())
    assert [tag.name for tag in find_tags(piece * 100_000 + " <a href=x>" * 2, ALL)] == ["a"] * (2 - (piece == "</"))
    assert calls <= 4


PARTS = ["<b>", "<a href=x>", "</a>", "<!>", "<!---->", "<?>", "<b x y=1>", "<script/>", "<style></style>"]


@pytest.mark.parametrize("piece", PARTS)
def test_the_tags_of_a_page_are_counted(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_tags, "MAX_PARTS", 1000)
    with pytest.raises(ValueError, match="more than 1,000 tags and attributes"):
        parse_html_page(piece * 1001, "http://x/")
    assert parse_html_page(piece * 200, "http://x/").tracks == ()


@pytest.mark.parametrize("piece", [" x", " x=1", ' x="1"', "/x", " href=x"])
def test_the_attributes_of_a_tag_are_counted(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_tags, "MAX_ATTRIBUTES", 1000)
    with pytest.raises(ValueError, match="more than 1,000 attributes"):
        parse_html_page("<a" + piece * 1001, "http://x/")
    assert len(parse_html_page("<a href=a.whl" + piece * 900 + ">", "http://x/").files) == 1


def test_a_value_is_limited_where_it_counts() -> None:
    long = "&amp;" * (html_tags.MAX_VALUE // 5 + 1)
    with pytest.raises(ValueError, match="an attribute of more than"):
        parse_html_page(f'<a href="{long}">', "http://x/")
    assert len(parse_html_page(f'<img src="{long}"><a href="a.whl">', "http://x/").files) == 1


def test_of_a_link_only_what_counts_is_kept() -> None:
    """A thousand links with a thousand attributes each take no memory for them."""
    text = "".join(f"<a href={n}.whl {' '.join(f'x{m}' for m in range(1000))}>" for n in range(500))
    tracemalloc.start()
    try:
        assert len(parse_html_page(text, "http://x/").files) == 500
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
