"""One source: what a find-links location has, and which answers of an index are pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pip._internal.index.collector import _ensure_api_header, _NotAPIContent
from pip._vendor.requests.models import PreparedRequest, Response

import samples
from demo_sources import DEMO, TRANSPORT, list_by_name
from dualvariant.network.client import Client
from dualvariant.network.failures import InvalidPageError
from dualvariant.network.pages import Page
from dualvariant.repository.page import HTML_TYPE, JSON_TYPE
from dualvariant.repository.source import Index
from dualvariant.repository.sources import Sources, SourceSettings
from property_tests import examples
from servers import IndexServer

# --- find-links


def test_what_a_find_links_folder_has(tmp_path: Path) -> None:
    """Files, and the pages beside them, as pip reads both."""
    samples.make_wheel(tmp_path, "demo", "1.0")
    samples.make_wheel(tmp_path / "else", "demo", "2.0")
    (tmp_path / "demo-3.0.tar.gz").write_bytes(b"")
    (tmp_path / "list.html").write_text('<a href="else/demo-2.0-py3-none-any.whl">x</a>')
    (tmp_path / "notes.txt").write_text("demo-4.0-py3-none-any.whl")
    found = list_by_name(Sources(SourceSettings(find_links=(str(tmp_path),), no_index=True), Client(TRANSPORT)))
    assert sorted(found) == ["demo-1.0-py3-none-any.whl", "demo-2.0-py3-none-any.whl", "demo-3.0.tar.gz"]


def test_a_find_links_that_is_one_file(tmp_path: Path) -> None:
    wheel = samples.make_wheel(tmp_path, "demo", "1.0")
    remote = "http://127.0.0.1:9/files/demo-2.0-py3-none-any.whl#sha256=" + "a" * 64
    local = f"{wheel.as_uri()}#sha256={'b' * 64}"
    for link, hashes in (
        (str(wheel), {}),
        (wheel.as_uri(), {}),
        (local, {"sha256": "b" * 64}),
        (remote, {"sha256": "a" * 64}),
    ):
        (found,) = list_by_name(Sources(SourceSettings(find_links=(link,), no_index=True), Client(TRANSPORT))).values()
        assert found.file.hashes == hashes


def test_the_path_of_a_file_has_no_digest(tmp_path: Path) -> None:
    wheel = samples.make_wheel(tmp_path / f"x#sha256={'b' * 64}", "demo", "1.0")
    (found,) = list_by_name(
        Sources(SourceSettings(find_links=(str(wheel),), no_index=True), Client(TRANSPORT))
    ).values()
    assert found.file.hashes == {}


# --- indexes


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream", "application/json", ""])
def test_an_answer_that_is_not_a_page_is_an_error(kind: str, places: dict[str, IndexServer]) -> None:
    places["index"].override = lambda path: (200, {"Content-Type": kind} if kind else {}, b"<a href=x.whl>x</a>")
    with pytest.raises(InvalidPageError):
        Sources(SourceSettings(places["index"].url), Client(TRANSPORT)).list_files(DEMO)


@examples(60)
@given(
    start=st.sampled_from(["", "x"]),
    kind=st.sampled_from(["text/html", HTML_TYPE, JSON_TYPE, "Text/HTML", "text/xhtml", "application/json"]),
    end=st.sampled_from(["", "; charset=utf-8", ";", ", text/html", "x", " x", "+xml"]),
)
def test_a_media_type_is_that_of_a_page_where_it_is_to_pip(start: str, kind: str, end: str) -> None:
    """pip looks at the beginning: two headers of one name come as ``text/html, text/html``."""
    header = start + kind + end
    response = Response()
    response.headers["Content-Type"], response.request = header, PreparedRequest()
    try:
        _ensure_api_header(response)
    except _NotAPIContent:
        expected = False
    else:
        expected = True
    page = Page.parse("https://index.example/simple/demo/", header, b'{"files": []}')
    client = Client(TRANSPORT)
    client.fetch_page = lambda url, accept: page  # type: ignore[method-assign]  # no server for 60 answers
    try:
        listing = Index("https://index.example/simple", client).list_files(DEMO)
        assert listing is not None and listing.files == []
    except InvalidPageError:
        assert not expected
    else:
        assert expected
