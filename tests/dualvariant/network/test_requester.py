"""One request: repeated where a server is overloaded, and redirected as far as pip goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from pip._vendor.requests.models import DEFAULT_REDIRECT_LIMIT
from urllib3 import exceptions

from dualvariant.network.client import Client
from dualvariant.network.failures import InvalidRedirectError, RateLimitedError, SourceError, describe_error
from dualvariant.network.transport import Transport
from http_reads import HTML, ONCE, basic, sent
from processes import PATIENCE
from servers import Answer, IndexServer, serving

# --- repetitions


def test_a_server_that_is_overloaded_is_asked_again(server: IndexServer, pauses: list[float]) -> None:
    answers = iter([(503, {}, b""), (429, {"Retry-After": "7"}, b""), (200, HTML, b"here")])
    server.override = lambda path: next(answers)
    page = Client(Transport(timeout=PATIENCE, retries=2)).fetch_page(server.url, "*/*")
    assert page is not None and page.text == "here"
    assert pauses == [0.25, 7.0]


def test_a_server_that_wants_an_hour_is_not_waited_for(server: IndexServer, pauses: list[float]) -> None:
    server.override = lambda path: (429, {"Retry-After": "3600"}, b"")
    with pytest.raises(RateLimitedError) as caught:
        Client(Transport(timeout=PATIENCE, retries=5)).fetch_page(server.url, "*/*")
    assert caught.value.next_step is not None
    assert (len(server.requests), pauses) == (1, [])


# --- redirects


def test_a_page_has_the_url_after_redirects(server: IndexServer) -> None:
    server.override = lambda path: (
        (302, {"Location": "../elsewhere/"}, b"") if path == "/simple" else (200, HTML, path.encode())
    )
    page = Client(ONCE).fetch_page(server.url, "*/*")
    assert page is not None and page.url.endswith("/elsewhere/") and page.text == "/elsewhere/"


def test_a_redirect_without_end(server: IndexServer) -> None:
    server.override = lambda path: (302, {"Location": path}, b"")
    with pytest.raises(InvalidRedirectError):
        Client(ONCE).fetch_page(server.url, "*/*")
    assert len(server.requests) == DEFAULT_REDIRECT_LIMIT + 1


def test_as_many_redirects_as_pip_follows(server: IndexServer) -> None:
    def count_down(path: str) -> Answer:
        left = int(path.rpartition("/")[2])
        return (302, {"Location": f"/{left - 1}"}, b"") if left else (200, HTML, b"")

    server.override = count_down
    address = server.url.replace("simple", str(DEFAULT_REDIRECT_LIMIT))
    page = Client(ONCE).fetch_page(address, "*/*")
    assert page is not None and page.url.endswith("/0")


def test_a_redirect_in_utf_8(server: IndexServer) -> None:
    """The server of the tests writes headers in Latin-1."""
    location = "/simple/grüße".encode().decode("latin-1")
    server.override = lambda path: (200, HTML, b"") if "gr" in path else (302, {"Location": location}, b"")
    assert Client(ONCE).fetch_page(server.url, "*/*") is not None
    assert server.paths()[-1] == "/simple/gr%C3%BC%C3%9Fe"


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://host/x", "data:text/html,x", "http://[bad/", "/not UTF-8: ü"]
)
def test_a_redirect_to_something_that_is_not_a_web_page(location: str, server: IndexServer) -> None:
    server.override = lambda path: (302, {"Location": location}, b"")
    with pytest.raises(InvalidRedirectError) as caught:
        Client(ONCE).fetch_page(server.url, "*/*")
    assert server.url in str(caught.value)


def test_a_redirect_from_a_secure_url_to_one_that_is_not(server: IndexServer) -> None:
    """This machine counts as secure; example.com over http does not."""
    server.override = lambda path: (302, {"Location": "http://example.com/x"}, b"")
    with pytest.raises(InvalidRedirectError) as caught:
        Client(ONCE).fetch_page(server.url, "*/*")
    assert "http://example.com/x" in str(caught.value)
    assert caught.value.next_step and "--trusted-host" in caught.value.next_step


def test_a_login_is_not_sent_to_another_host(server: IndexServer, tmp_path: Path) -> None:
    with serving(IndexServer(tmp_path)) as other:
        other.override = lambda path: (200, HTML, b"")
        server.override = lambda path: (302, {"Location": f"{other.url}/x"}, b"")
        Client(ONCE, [server.url.replace("//", "//me:secret@")]).fetch_page(f"{server.url}/demo/", "*/*")
        assert sent(server) == [basic("me:secret")]
        assert sent(other) == [None]


def test_a_redirect_to_a_server_that_does_not_answer_names_both(server: IndexServer) -> None:
    server.override = lambda path: (302, {"Location": "http://127.0.0.1:9/gone"}, b"")
    with pytest.raises(SourceError) as caught:
        Client(ONCE).fetch_page(server.url, "*/*")
    assert str(caught.value).startswith(f"{server.url}, redirected to http://127.0.0.1:9/gone, does not answer")


def test_a_redirect_to_an_endless_address_is_not_repeated_in_full(server: IndexServer) -> None:
    server.override = lambda path: (302, {"Location": f"ftp://host/{'x' * 60_000}"}, b"")
    with pytest.raises(InvalidRedirectError) as caught:
        Client(ONCE).fetch_page(server.url, "*/*")
    assert len(str(caught.value)) < 1000


# --- reasons


@pytest.mark.parametrize(
    "kind", [each for each in vars(exceptions).values() if isinstance(each, type) and issubclass(each, Exception)]
)
def test_a_reason_is_in_words(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    if isinstance(error, exceptions.IncompleteRead):
        error.partial, error.expected = 1, 2
    if isinstance(error, exceptions.ProxyError):
        error.original_error = OSError()
    assert kind.__name__ not in describe_error(error, 1.0)


def test_two_lengths_of_an_answer_are_a_reason_in_words() -> None:
    error = exceptions.InvalidHeader("Content-Length contained multiple unmatching values (1, 2)")
    assert describe_error(error, 1.0).startswith("a header of its answer contradicts another one")
