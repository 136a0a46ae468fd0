"""Pages that are kept between runs, by their servers' own rules."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dualvariant.core.dirs import CACHES
from dualvariant.network import pages
from dualvariant.network.client import Client
from dualvariant.network.pages import Page, PageCache, PageRules
from dualvariant.network.transport import Transport
from processes import PATIENCE
from servers import Answer, IndexServer, serving

ACCEPT = "text/html"


class Source:
    """A server with one page, whose headers can be set."""

    def __init__(self, server: IndexServer) -> None:
        self.server = server
        self.headers: dict[str, str] = {}
        self.body = b"one"
        server.override = self._answer

    def _answer(self, path: str) -> Answer:
        _, asked = self.server.requests[-1]
        etag = self.headers.get("ETag")
        if etag is not None and asked.get("if-none-match") == etag:
            return 304, self.headers, b""
        return 200, {"Content-Type": "text/html; charset=latin-1", **self.headers}, self.body

    @property
    def asked(self) -> list[dict[str, str]]:
        """The headers of all requests so far."""
        return [headers for _, headers in self.server.requests]


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    with serving(IndexServer(tmp_path)) as server:
        yield Source(server)


def fetch(source: Source, folder: Path | None, *, reuse: bool = False) -> Page:
    """The page, by a client of a new run."""
    client = Client(Transport(timeout=PATIENCE, retries=0), pages=PageCache(folder, reuse=reuse))
    page = client.fetch_page(f"{source.server.url}/demo/", ACCEPT)
    assert page is not None
    return page


@pytest.mark.parametrize("name", ["ETag", "Last-Modified"])
def test_a_page_that_has_not_changed_is_not_sent_again(source: Source, tmp_path: Path, name: str) -> None:
    source.headers = {name: '"v1"' if name == "ETag" else "Thu, 01 Jan 2026 00:00:00 GMT"}
    first = fetch(source, tmp_path / "pages")
    again = fetch(source, tmp_path / "pages")
    condition = {"ETag": "if-none-match", "Last-Modified": "if-modified-since"}[name]
    assert source.asked[1][condition] == source.headers[name]
    assert (again.body, again.content_type, again.charset) == (first.body, "text/html", "latin-1")


def test_a_page_that_has_changed_is_read_again(source: Source, tmp_path: Path) -> None:
    source.headers = {"ETag": '"v1"'}
    fetch(source, tmp_path / "pages")
    source.headers, source.body = {"ETag": '"v2"'}, b"two"
    assert fetch(source, tmp_path / "pages").body == b"two"
    assert fetch(source, tmp_path / "pages").body == b"two"
    assert source.asked[2]["if-none-match"] == '"v2"'


@pytest.mark.parametrize("headers", [{}, {"ETag": '"v1"', "Cache-Control": "private, No-Store"}])
def test_a_page_that_may_not_be_kept_or_cannot_be_asked_about_is_not_kept(
    source: Source, tmp_path: Path, headers: dict[str, str]
) -> None:
    source.headers = headers
    fetch(source, tmp_path / "pages")
    assert not (tmp_path / "pages").exists()


def test_a_fresh_page_is_asked_about_unless_the_installer_would_not(source: Source, tmp_path: Path) -> None:
    source.headers = {"ETag": '"v1"', "Cache-Control": "max-age=600, public"}
    fetch(source, tmp_path / "pages", reuse=True)
    assert fetch(source, tmp_path / "pages", reuse=True).body == b"one"
    assert len(source.asked) == 1
    fetch(source, tmp_path / "pages")
    assert len(source.asked) == 2
    (kept,) = (tmp_path / "pages").iterdir()
    os.utime(kept, (0, time.time() - 601))
    fetch(source, tmp_path / "pages", reuse=True)
    assert len(source.asked) == 3
    fetch(source, tmp_path / "pages", reuse=True)  # the answer made it fresh again
    assert len(source.asked) == 3


@pytest.mark.parametrize(
    ("control", "age", "lifetime"),
    [
        ("max-age=600", "", 600),
        ("public, MAX-AGE=600", "200", 400),
        ("max-age=600", "700", 0),
        ("max-age=600, no-cache", "", 0),
        ("s-maxage=600", "", 0),
        ("max-age=" + "9" * 5000, "9" * 5000, 999_999_999),
        ("", "", 0),
    ],
)
def test_how_long_a_page_is_fresh(control: str, age: str, lifetime: int) -> None:
    assert PageRules.parse({"Cache-Control": control, "Age": age}).lifetime == lifetime


@pytest.mark.parametrize("trusted", [False, True])
def test_a_fresh_page_of_http_is_asked_about_where_the_installer_keeps_only_secure_ones(
    trusted: bool, source: Source, tmp_path: Path
) -> None:
    """pip caches what comes by https or from a host that is trusted, and nothing else."""
    source.headers = {"ETag": '"v1"', "Cache-Control": "max-age=600"}
    fetch(source, tmp_path / "pages", reuse=True)
    pages = PageCache(tmp_path / "pages", reuse=True)
    pages.only_secure = True
    client = Client(Transport(trusted_hosts=("127.0.0.1",) if trusted else (), timeout=PATIENCE), pages=pages)
    url = f"{source.server.url}/demo/"
    assert client.is_at_hand(url, ACCEPT) is trusted
    client.fetch_page(url, ACCEPT)
    assert len(source.asked) == (1 if trusted else 2)


def test_whether_a_page_is_at_hand_is_known_without_its_body(source: Source, tmp_path: Path) -> None:
    """It is at hand where reading it asks no server; one on this machine is in any case."""
    url, folder = f"{source.server.url}/demo/", tmp_path / "pages"

    def at_hand(*, reuse: bool = True, folder: Path | None = folder) -> bool:
        return Client(Transport(), pages=PageCache(folder, reuse=reuse)).is_at_hand(url, ACCEPT)

    source.headers = {"ETag": '"1"', "Cache-Control": "max-age=600"}
    assert not at_hand()
    fetch(source, folder, reuse=True)
    assert at_hand()
    asked = len(source.asked)
    fetch(source, folder, reuse=True)
    assert len(source.asked) == asked
    assert not at_hand(reuse=False)
    assert not at_hand(folder=None)
    (kept,) = folder.iterdir()
    os.utime(kept, (time.time() - 700,) * 2)
    assert not at_hand()
    fetch(source, folder, reuse=True)
    assert len(source.asked) == asked + 1
    assert at_hand()
    kept.write_bytes(b"damage" + kept.read_bytes())
    assert not at_hand()
    assert Client(Transport()).is_at_hand(kept.as_uri(), ACCEPT)


def test_a_connection_is_left_to_the_next_page(source: Source, tmp_path: Path) -> None:
    """Also after an answer without a body, and one that says that there is no page."""
    source.headers = {"ETag": '"v1"'}
    connections = set()
    client = Client(Transport(timeout=PATIENCE, retries=0), pages=PageCache(tmp_path / "pages"))
    for missing in (False, False, True, False):
        source.server.override = (lambda path: (404, {}, b"none")) if missing else source._answer
        page = client.fetch_page(f"{source.server.url}/demo/", ACCEPT)
        assert (page is None) == missing
        connections.add(source.server.clients[-1])
    assert len(connections) == 1


def test_what_was_found_out_about_a_page_is_kept_with_it(source: Source, tmp_path: Path) -> None:
    source.headers = {"ETag": '"v1"'}
    described = []

    def describe(page: Page) -> list[str]:
        described.append(page.body)
        return ["good"]

    def read(describer: str) -> Page | None:
        pages = PageCache(tmp_path / "pages", describe=describe, describer=describer)
        client = Client(Transport(timeout=PATIENCE, retries=0), pages=pages)
        return client.fetch_page(f"{source.server.url}/demo/", ACCEPT)

    for _ in range(2):
        page = read("first")
        assert page is not None and page.notes == frozenset({"good"})
    assert described == [b"one"]
    read("second")  # its rules are other ones
    assert described == [b"one", b"one"]


def test_damage_is_noticed(source: Source, tmp_path: Path) -> None:
    source.headers = {"ETag": '"v1"'}
    fetch(source, tmp_path / "pages")
    (kept,) = (tmp_path / "pages").iterdir()
    content = kept.read_bytes()
    for damaged in (b"", content[:-1], content[:-1] + b"x", b"{}\none", b"[" * 100_000, content.replace(b"{", b"[", 1)):
        kept.write_bytes(damaged)
        assert fetch(source, tmp_path / "pages").body == b"one"
        assert "if-none-match" not in source.asked[-1]


def test_others_cannot_read_them_and_the_cache_knows_its_files(source: Source, tmp_path: Path) -> None:
    source.headers = {"ETag": '"v1"'}
    fetch(source, tmp_path / "pages")
    assert stat.S_IMODE((tmp_path / "pages").stat().st_mode) == 0o700
    (kept,) = (tmp_path / "pages").iterdir()
    assert CACHES["pages"].files.fullmatch(kept.name)


def test_the_cache_is_bounded(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages that were not asked for the longest go."""
    folder = tmp_path / "pages"
    folder.mkdir()
    for number in range(10):
        (folder / f"{number:064d}").write_bytes(b"x" * 100)
        os.utime(folder / f"{number:064d}", (number, number))
    monkeypatch.setattr(pages, "CACHE_SIZE", 500)
    source.headers = {"ETag": '"v1"'}
    fetch(source, folder)
    assert {int(path.name) for path in folder.iterdir() if path.name.startswith("000")} == {5, 6, 7, 8, 9}


def test_a_folder_that_cannot_be_used_only_costs_time(source: Source, tmp_path: Path) -> None:
    source.headers = {"ETag": '"v1"'}
    (tmp_path / "file").touch()
    for folder in (None, tmp_path / "file", tmp_path / "file" / "pages"):
        assert fetch(source, folder).body == b"one"


@pytest.mark.parametrize(
    "charset", ["base64", "zlib_codec", "idna", "punycode", "undefined", "unicode_escape", "\0", "no-such", "rot13", ""]
)
def test_a_charset_that_is_no_encoding_of_the_web_counts_as_utf_8(charset: str) -> None:
    page = Page.parse("http://x/", f"text/html; charset={charset}", "größer \\N{".encode())
    assert page.text == "größer \\N{"


def test_a_named_charset_counts() -> None:
    assert Page.parse("http://x/", 'text/html; charset="ISO-8859-1"', b"\xe4").text == "ä"
    assert Page.parse("http://x/", "text/html; charset=utf-16", "ä".encode("utf-16")).text == "ä"


@pytest.mark.parametrize(
    ("body", "fits"), [(b"x" * 4000, True), ("\u00e9".encode() * 600, False), (b"x" * 4097, False)]
)
def test_the_text_of_a_page_has_a_limit(body: bytes, fits: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """One unusual character makes each of the others take four bytes."""
    monkeypatch.setattr("dualvariant.network.pages.TEXT_MEMORY", 4096)
    page = Page.parse("http://h/", "text/html", body)
    if fits:
        assert page.text == body.decode()
    else:
        with pytest.raises(ValueError, match="its text takes more than"):
            _ = page.text
