"""Servers that behave badly: every read ends, with one message that has the URL and no secret."""

from __future__ import annotations

import errno
import gzip
import itertools
import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from dualvariant.network.answers import SlowAnswerError
from dualvariant.network.client import AccessNeeds, Client
from dualvariant.network.concurrency import TimeLimitError
from dualvariant.network.failures import (
    BrokenOffError,
    ForbiddenError,
    LoginRequiredError,
    NotFoundError,
    SourceError,
    TimedOutError,
    TooLargeError,
    UnexpectedStatusError,
    UnreadableSourceFileError,
)
from dualvariant.network.transport import Transport
from http_reads import HTML, ONCE
from processes import PATIENCE
from servers import Answer, IndexServer

# --- what a server answers


@pytest.mark.parametrize("status", [404, 410])
def test_there_is_no_page(status: int, server: IndexServer) -> None:
    server.override = lambda path: (status, {}, b"")
    assert Client(ONCE).fetch_page(server.url, "*/*") is None
    with pytest.raises(NotFoundError):
        Client(ONCE).read(server.url)


@pytest.mark.parametrize("status", [200, 203, 206])
def test_a_file_that_the_server_hands_out(status: int, server: IndexServer) -> None:
    server.override = lambda path: (status, {}, b"x")
    Client(ONCE).require(server.url)
    assert server.requests[0][1]["range"] == "bytes=0-0"


@pytest.mark.parametrize(
    "answer",
    [
        *((status, {}, b"x") for status in (201, 204, 300, 302, 304, 403, 404, 410, 416, 500, 600)),
        (200, {}, b""),
        (206, {"Content-Length": "1"}, b""),
        (302, {"Location": "http://127.0.0.1:9/"}, b""),
    ],
)
def test_a_file_that_the_server_does_not_hand_out(answer: Answer, server: IndexServer) -> None:
    """That says nothing of its other files."""
    client = Client(ONCE)
    server.override = lambda path: answer if path == "/simple/gone" else (200, {}, b"x")
    with pytest.raises(SourceError):
        client.require(f"{server.url}/gone")
    client.require(f"{server.url}/there")


def test_a_server_that_cannot_be_reached_is_asked_for_one_file(pauses: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    client = Client(Transport(timeout=PATIENCE, retries=1))
    for name in ("one", "two", "three"):
        with pytest.raises(SourceError):
            client.require(f"http://127.0.0.1:{port}/{name}")
    assert len(pauses) == 1


def test_a_server_that_is_silent_is_asked_for_one_file(server: IndexServer, released: threading.Event) -> None:
    def silent(path: str) -> None:
        released.wait(PATIENCE)

    server.override = silent
    client = Client(Transport(timeout=0.5, retries=5))
    for name in ("one", "two", "three"):
        with pytest.raises(TimedOutError):
            client.require(f"{server.url}/{name}")
    assert {*server.paths()} == {"/simple/one"}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, LoginRequiredError),
        (403, ForbiddenError),
        (418, UnexpectedStatusError),
        (500, UnexpectedStatusError),
        (599, UnexpectedStatusError),
    ],
)
def test_a_status_that_is_not_a_success(status: int, kind: type[SourceError], server: IndexServer) -> None:
    server.override = lambda path: (status, {}, b"\x1b[31mevil")
    with pytest.raises(SourceError) as caught:
        Client(ONCE).fetch_page(server.url, "*/*")
    assert type(caught.value) is kind
    assert str(status) in str(caught.value) and server.url in str(caught.value) and "evil" not in str(caught.value)
    assert caught.value.next_step is not None


@pytest.mark.parametrize("status", [201, 203, 206, 300, 600])
def test_a_status_that_pip_and_uv_take_for_a_success(status: int, server: IndexServer) -> None:
    server.override = lambda path: (status, HTML, b'<a href="demo-1.0.tar.gz">demo-1.0.tar.gz</a>')
    page = Client(ONCE).fetch_page(server.url, "*/*")
    assert page is not None and b"demo-1.0" in page.body


def test_a_port_without_a_server() -> None:
    with pytest.raises(SourceError) as caught:
        Client(ONCE).fetch_page("http://127.0.0.1:9/x", "*/*")
    assert type(caught.value) is SourceError
    assert "http://127.0.0.1:9/x" in str(caught.value) and os.strerror(errno.ECONNREFUSED) in str(caught.value)


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(SourceError) as caught:
        Client(ONCE).fetch_page("https://no-such-host.invalid/x", "*/*")
    assert type(caught.value) is SourceError and "https://no-such-host.invalid/x" in str(caught.value)


def test_a_server_that_sends_no_answer(server: IndexServer, released: threading.Event) -> None:
    def stay_silent(path: str) -> Answer:
        released.wait()
        return 200, HTML, b""

    server.override = stay_silent
    with pytest.raises(TimedOutError):
        Client(Transport(timeout=0.3, retries=0)).fetch_page(server.url, "*/*")


def test_a_page_that_comes_slowly_is_given_up(
    server: IndexServer, released: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No single wait is long, but the page never ends."""
    monkeypatch.setattr(Transport, "total_timeout", 0.5)
    monkeypatch.setattr("dualvariant.network.concurrency.NOTICE_AFTER", 0.1)

    def trickle() -> Iterator[bytes]:
        while not released.wait(0.01):
            yield b"x"

    server.override = lambda path: (200, HTML, trickle())
    notices: list[str] = []
    with pytest.raises(TimedOutError) as caught:
        Client(ONCE, on_wait=notices.append).fetch_page(server.url, "*/*")
    assert isinstance(caught.value.__cause__, TimeLimitError | SlowAnswerError)
    assert len(notices) == 1 and server.url in notices[0]


def test_headers_that_come_slowly_are_given_up(released: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr(Transport, "total_timeout", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                for number in itertools.count():
                    if released.wait(0.01):
                        return
                    connection.sendall(b"X" if number % 40 else b"\r\nA: ")

        threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(TimedOutError) as caught:
            Client(ONCE).fetch_page(f"http://127.0.0.1:{listening.getsockname()[1]}/", "*/*")
    assert isinstance(caught.value.__cause__, TimeLimitError | SlowAnswerError)


def test_a_page_without_end_is_given_up(server: IndexServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dualvariant.network.client.PAGE_SIZE", 3 << 20)
    server.override = lambda path: (200, HTML, itertools.repeat(b"x" * 65536))
    with pytest.raises(TooLargeError):
        Client(ONCE).fetch_page(server.url, "*/*")


def test_a_small_answer_that_unpacks_without_end(server: IndexServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dualvariant.network.client.PAGE_SIZE", 3 << 20)
    bomb = gzip.compress(b"\0" * (64 << 20))
    server.override = lambda path: (200, {**HTML, "Content-Encoding": "gzip"}, bomb)
    with pytest.raises(TooLargeError):
        Client(ONCE).fetch_page(server.url, "*/*")


def test_a_page_that_is_cut_off_is_read_again(server: IndexServer, pauses: list[float]) -> None:
    server.override = lambda path: (200, {**HTML, "Content-Length": "1000"}, b"x" * 100)
    with pytest.raises(BrokenOffError) as caught:
        Client(Transport(timeout=PATIENCE, retries=1)).fetch_page(server.url, "*/*")
    assert {"100", "1000"} <= set(re.findall(r"\d+", str(caught.value)))
    assert (len(server.requests), pauses) == (2, [0.25])


def test_a_compression_that_is_broken(server: IndexServer) -> None:
    server.override = lambda path: (200, {**HTML, "Content-Encoding": "gzip"}, b"not gzip at all")
    with pytest.raises(BrokenOffError):
        Client(ONCE).fetch_page(server.url, "*/*")


def test_a_server_of_another_protocol() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"SSH-2.0-OpenSSH\r\n")

        threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(SourceError):
            Client(ONCE).fetch_page(f"http://127.0.0.1:{listening.getsockname()[1]}/", "*/*")


@pytest.mark.parametrize("url", ["http://[bad/", "http:///x", "http://127.0.0.1:port/", "http://:80/"])
def test_a_text_that_is_not_a_url(url: str) -> None:
    with pytest.raises(SourceError):
        Client(ONCE).fetch_page(url, "*/*")


def test_the_encoding_of_a_page(server: IndexServer) -> None:
    server.override = lambda path: (200, {"Content-Type": 'Text/HTML; Charset="latin-1"'}, "é".encode("latin-1"))
    page = Client(ONCE).fetch_page(server.url, "*/*")
    assert page is not None and (page.content_type, page.text) == ("text/html", "é")


def test_a_message_has_no_secret(server: IndexServer) -> None:
    server.override = lambda path: (500, {}, b"")
    url = server.url.replace("//", "//me:secret@") + "/a%1bb?token=secret#secret"
    for work in (lambda: Client(ONCE).fetch_page(url, "*/*"), lambda: Client(ONCE).read(url.replace(":", ":", 1))):
        with pytest.raises(SourceError) as caught:
            work()
        assert "secret" not in str(caught.value) and "me" not in str(caught.value).replace("simple", "")


# --- files


def test_a_path_that_is_not_a_file_has_no_page(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "none", Path("/dev/zero")):
        assert Client(ONCE).fetch_page(path.as_uri(), "*/*") is None
        with pytest.raises(UnreadableSourceFileError):
            Client(ONCE).read(path.as_uri())


# --- other clients


@pytest.mark.parametrize(
    ("url", "transport", "expected"),
    [
        ("https://host/x", Transport(), AccessNeeds()),
        ("https://me@host/x", Transport(), AccessNeeds(login=True)),
        ("https://host:8/x", Transport(trusted_hosts=["HOST:8"]), AccessNeeds(trusted_host=True)),
        ("https://host/x", Transport(trusted_hosts=["other"]), AccessNeeds()),
        ("http://host/x", Transport(trusted_hosts=["host"], client_cert="c"), AccessNeeds()),
        ("https://host/x", Transport(client_cert="c"), AccessNeeds(client_certificate=True)),
        ("https://host:port/x", Transport(client_cert="c"), AccessNeeds()),
        ("file:///x", Transport(trusted_hosts=[""], client_cert="c"), AccessNeeds()),
    ],
)
def test_what_another_client_needs_to_read_a_url(url: str, transport: Transport, expected: AccessNeeds) -> None:
    assert Client(transport).access_needs(url) == expected
