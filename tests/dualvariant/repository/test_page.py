"""Pages of indexes, well-formed and otherwise."""

from __future__ import annotations

import json
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dualvariant.repository.page import File
from dualvariant.repository.page_parser import parse_filename, parse_html_page, parse_json_page
from dualvariant.repository.page_renderer import render_html_page, render_json_page

BASE = "https://host/simple/demo/"
DIGEST = "0" * 64


def parse_html(text: str, url: str) -> list[File]:
    return list(parse_html_page(text, url).files)


def parse_json(text: str, url: str) -> list[File]:
    return list(parse_json_page(text, url).files)


@pytest.mark.parametrize("kind", ["html", "json"])
def test_what_is_rendered_is_parsed_back(kind: str) -> None:
    files = [
        File("demo-1.0~0a0b0c0d-py3-none-any.whl", "https://host/files/demo-1.0%7E0a0b0c0d-py3-none-any.whl"),
        File("demo-1.0.tar.gz", "https://host/demo-1.0.tar.gz", {"sha256": DIGEST}, ">=3.8,<4", {}, "it's bad"),
        File("demo-2.0-py3-none-any.whl", "https://host/demo-2.0-py3-none-any.whl", metadata={"sha256": DIGEST}),
    ]
    parsed = (
        parse_json(render_json_page("demo", files), BASE)
        if kind == "json"
        else parse_html(render_html_page("demo", files), BASE)
    )
    assert parsed == files


part = st.sampled_from(
    ["a", "b~c", "%7E", "..", ".", "", "x?y", "x;y", "h:8", "[1", "é", " ", "\t", "https:", "file:", "@"]
)


@given(st.lists(part, max_size=6).map("/".join), st.sampled_from([BASE, "file:///a/b/index.html", "http://h"]))
@example("//other/x", BASE)
@example("https://x", BASE)
@example("https://x/", BASE)
@example("https:///x", BASE)
@example("HTTPS://X/a", BASE)
@example("https://x/a/../b", BASE)
@example("https://x//a", "http://h")
@example("/x", BASE)
def test_links_are_joined_as_urllib_joins_them(link: str, base: str) -> None:
    page = {"meta": {"api-version": "1.0"}, "files": [{"filename": "x", "url": link, "hashes": {}}] * 2}
    try:
        expected = [urldefrag(urljoin(base, link.strip())).url] * 2
    except ValueError:
        expected = []
    assert [file.url for file in parse_json(json.dumps(page), base)] == expected


@given(st.lists(part, max_size=6).map("/".join))
@example("https://x")
@example("https://x/")
@example("https://x/a%2Fb.whl?c#d")
@example("https://x/b~c.whl")
def test_a_filename_is_the_last_part_of_the_path(url: str) -> None:
    try:
        expected = unquote(urlsplit(url).path.rpartition("/")[2])
    except ValueError:
        return
    assert parse_filename(url) == expected


@pytest.mark.parametrize(
    "name",
    ["../evil.whl", "demo-1.0/../../x.whl", "a\\b.whl", "demo-1.0\x1b[31m.whl", "demo\n.whl", "", "demo\u202e.whl"],
)
def test_a_name_that_is_not_a_file_name_is_passed_over(name: str) -> None:
    quoted = "".join(f"%{byte:02x}" for byte in name.encode())
    document = {"files": [{"filename": name, "url": f"files/{quoted}", "hashes": {}}]}
    assert parse_json(json.dumps(document), BASE) == []
    assert parse_html(f'<a href="files/{quoted}">x</a>', BASE) == []


@pytest.mark.parametrize(
    "entry",
    [
        {"filename": "x", "hashes": {}},
        {"filename": "x", "url": None, "hashes": {}},
        {"filename": "x", "url": "http://[bad/x", "hashes": {}},
        {"filename": "x", "url": "x", "hashes": ["sha256"]},
    ],
)
def test_an_invalid_entry_is_passed_over_alone(entry: dict[str, object]) -> None:
    good = {"filename": "demo-1.0.tar.gz", "url": "demo-1.0.tar.gz", "hashes": {}}
    assert [f.filename for f in parse_json(json.dumps({"files": [entry, good]}), BASE)] == ["demo-1.0.tar.gz"]


def test_values_of_the_wrong_type_count_as_absent() -> None:
    entry = {
        "filename": "x",
        "url": "x",
        "hashes": {"sha256": 7},
        "requires-python": 3,
        "size": "big",
        "upload-time": 1,
    }
    (file,) = parse_json(json.dumps({"files": [entry]}), BASE)
    assert file == File("x", f"{BASE}x")


@pytest.mark.parametrize("filename", [None, 7, "", "../x.whl"])
def test_an_entry_without_a_file_name_goes_by_its_url(filename: object) -> None:
    entry = {"filename": filename, "url": "files/demo-1.0%2Bcpu.tar.gz", "hashes": {}}
    (file,) = parse_json(json.dumps({"files": [entry]}), BASE)
    assert (file.filename, file.other_name) == ("demo-1.0+cpu.tar.gz", None)


@pytest.mark.parametrize("text", ["", "[]", "7", '{"files": 7}', '{"files": [7]}', '{"files": [[]]}', "[" * 100_000])
def test_a_text_that_is_not_a_page_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_json_page(text, BASE)


@pytest.mark.parametrize("version", ["2.0", "", "0.9", "x"])
def test_a_page_of_another_major_version(version: str) -> None:
    """pip and uv read its files; what it says of its version is noted (PEP 629)."""
    entry = {"filename": "a.whl", "url": "a.whl"}
    in_json = parse_json_page(json.dumps({"meta": {"api-version": version}, "files": [entry]}), BASE)
    in_html = parse_html_page(f'<meta name="pypi:repository-version" content="{version}"><a href="a.whl">', BASE)
    assert in_json.unknown_version == in_html.unknown_version == repr(version)
    assert [file.filename for file in in_json.files] == [file.filename for file in in_html.files] == ["a.whl"]


@pytest.mark.parametrize("meta", [None, [], 1, "1.0", {"api-version": None}, {"api-version": 1.1}])
def test_a_page_that_does_not_say_its_version_in_words(meta: object) -> None:
    assert parse_json_page(json.dumps({"meta": meta, "files": []}), BASE).unknown_version is not None


@pytest.mark.parametrize("document", [{}, {"meta": {}}, {"meta": {"api-version": "1.9"}}])
def test_a_page_without_a_version_or_of_a_newer_minor_one(document: object) -> None:
    """Without a list of files it has none, as in pip."""
    page = parse_json_page(json.dumps(document), BASE)
    assert page.unknown_version is None and page.files == []


def test_yanked_with_and_without_a_reason() -> None:
    """As pip reads it: an attribute without a value, and an empty text in JSON, do not count."""
    page = (
        '<a href="a.whl" data-yanked="why">a</a><a href="b.whl" data-yanked="">b</a><a href="c.whl" data-yanked>c</a>'
    )
    assert [file.yanked for file in parse_html(page, BASE)] == ["why", "", None]
    entries: list[object] = [
        {"filename": "a", "url": "a", "hashes": {}, "yanked": value} for value in ("why", True, "", False)
    ]
    assert [file.yanked for file in parse_json(json.dumps({"files": entries}), BASE)] == ["why", "", None, None]


def test_other_pages_of_a_project() -> None:
    """PEP 708, in both forms."""
    elsewhere = "https://other/simple/demo/"
    document = {"meta": {"api-version": "1.2", "tracks": [elsewhere]}, "alternate-locations": [BASE, 7], "files": []}
    page = parse_json_page(json.dumps(document), BASE)
    assert (page.tracks, page.alternates) == ((elsewhere,), (BASE,))
    html = f'<meta name="pypi:tracks" content="{elsewhere}"><meta name="pypi:alternate-locations" content="{BASE}">'
    assert (parse_html_page(html, BASE).tracks, parse_html_page(html, BASE).alternates) == ((elsewhere,), (BASE,))


def test_the_base_of_a_page_counts() -> None:
    (file,) = parse_html('<base href="https://files/x/"><a href="y.whl#sha256=AB">y</a>', BASE)
    assert (file.url, file.hashes) == ("https://files/x/y.whl", {"sha256": "AB"})
