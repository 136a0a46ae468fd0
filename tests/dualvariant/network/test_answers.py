"""Answers that never end, or never begin: each read ends, with one kind of error that names the URL."""

from __future__ import annotations

import encodings
import io
import itertools
import math
import pkgutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualvariant.network import answers, client
from dualvariant.network.answers import HEAD_SIZE, MIN_SPEED, SlowAnswerError
from dualvariant.network.client import Client
from dualvariant.network.failures import (
    BrokenOffError,
    SourceError,
    TimedOutError,
    TooLargeError,
    UnexpectedStatusError,
)
from dualvariant.network.pages import Page
from dualvariant.network.remote_wheel import open_remote
from dualvariant.network.transport import Transport
from processes import PATIENCE
from property_tests import examples

ONCE = Transport(timeout=PATIENCE, retries=0)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The proxies and logins of this machine do not count."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("HOME", str(tmp_path))


@contextmanager
def answering(pieces: Callable[[], Iterator[bytes]]) -> Iterator[str]:
    """A server that answers every request with these bytes; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                connection.recv(65536)
                for piece in pieces():
                    connection.sendall(piece)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/demo/"
        # A thread that went on waiting here could wait at another test's socket, which gets the number of this one.
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        accepting.join()


def drip(beginning: bytes = b"", piece: bytes = b"x") -> Iterator[bytes]:
    """Bytes that come one by one for ever; the server's thread ends with the connection."""
    yield beginning
    while True:
        time.sleep(0.005)
        yield piece


class Socket(io.RawIOBase):
    """Gives a byte whenever it is read; each read takes a second of :attr:`now`."""

    def __init__(self) -> None:
        self.now = 0.0

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        self.now += 1
        buffer[0] = 0
        return 1


def test_time_counts_only_while_bytes_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installer that pauses while it reads the view makes no server slow."""
    source = Socket()
    monkeypatch.setattr("dualvariant.network.answers.time.monotonic", lambda: source.now)
    arrivals = answers._Arrivals(source, patience=10)
    for _ in range(10):
        arrivals.readinto(bytearray(1))
        source.now += 1000
    with pytest.raises(SlowAnswerError):
        arrivals.readinto(bytearray(1))


def test_a_long_answer_may_take_the_time_that_its_length_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    class Quick(Socket):
        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            self.now += 1
            return MIN_SPEED + 1

    source = Quick()
    monkeypatch.setattr("dualvariant.network.answers.time.monotonic", lambda: source.now)
    arrivals = answers._Arrivals(source, patience=1)
    arrivals.in_head, arrivals.body = False, math.inf
    for _ in range(10_000):
        arrivals.readinto(bytearray(1))


@pytest.mark.parametrize(
    "pieces",
    [
        lambda: drip(HEAD, b"X"),
        lambda: drip(b"H"),
        lambda: drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        lambda: drip(HEAD + b"Content-Length: 1000000\r\n\r\n"),
        lambda: drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
)
def test_every_slow_answer_is_given_up(
    pieces: Callable[[], Iterator[bytes]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In the head and in the body, for a page, a small file and a wheel that is downloaded."""
    monkeypatch.setattr(Transport, "total_timeout", 0.2)
    monkeypatch.setattr(answers, "MIN_SPEED", 10**9)
    with answering(pieces) as url:
        for read in (
            lambda: Client(ONCE).fetch_page(url, "*/*"),
            lambda: Client(ONCE).read(url),
            lambda: open_remote(Client(ONCE), url),
        ):
            with pytest.raises(TimedOutError) as caught:
                read()
            assert url in str(caught.value)


def test_interim_answers_without_end() -> None:
    flood = b"HTTP/1.1 100 Continue\r\n\r\n" * 1000
    with answering(lambda: itertools.repeat(flood)) as url, pytest.raises(TooLargeError) as caught:
        Client(ONCE).fetch_page(url, "*/*")
    assert url in str(caught.value)


@pytest.mark.parametrize("pieces", [(HEAD, b"X-Header: y\r\n" * 1000), (HEAD + b"X: ", b"y" * 65536)])
def test_headers_without_end(pieces: tuple[bytes, bytes]) -> None:
    beginning, flood = pieces
    endless = itertools.chain([beginning], itertools.repeat(flood))
    with answering(lambda: iter(endless)) as url, pytest.raises(SourceError):
        Client(ONCE).fetch_page(url, "*/*")


def test_a_large_head_that_ends_is_read() -> None:
    cookies = b"".join(b"X-Header-%d: %s\r\n" % (number, b"y" * 5000) for number in range(50))
    assert len(cookies) < HEAD_SIZE
    with answering(lambda: iter([HEAD, cookies, b"Content-Length: 4\r\n\r\npage"])) as url:
        page = Client(ONCE).fetch_page(url, "*/*")
    assert page is not None and page.text == "page"


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"\x1b]0;title\x07\r\n\r\n",
        b"HTTP/1.1 999999 \x1b[31m\r\n\r\n",
        b"",
        HEAD + b"Content-Length: 10\r\n\r\nabc",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzzzz\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\nabc",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    ],
)
def test_an_answer_that_is_no_http(answer: bytes) -> None:
    with answering(lambda: iter([answer])) as url, pytest.raises(SourceError) as caught:
        Client(ONCE).fetch_page(url, "*/*")
    assert url in str(caught.value) and str(caught.value).isprintable()
    assert "URL" not in str(caught.value).replace(url, "")


@pytest.mark.parametrize(
    "header", [b"X", b"X: \x1b[31m", b": x", b"\x00: \x00", b"Content-Length: -5", b"Retry-After: " + b"9" * 5000]
)
def test_a_malformed_header_is_no_traceback(header: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with answering(lambda: iter([b"HTTP/1.1 503 X\r\n" + header + b"\r\n\r\n"])) as url, pytest.raises(SourceError):
        Client(ONCE).fetch_page(url, "*/*")


def test_a_wheel_larger_than_any_is_not_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "WHEEL_SIZE", 1 << 20)
    endless = itertools.chain([HEAD + b"\r\n"], itertools.repeat(b"x" * 65536))
    with answering(lambda: iter(endless)) as url, pytest.raises(TooLargeError):
        open_remote(Client(ONCE), url)


def test_a_download_that_breaks_off() -> None:
    with answering(lambda: iter([HEAD + b"Content-Length: 1000\r\n\r\nabc"])) as url, pytest.raises(BrokenOffError):
        open_remote(Client(ONCE), url)


# --- bodies in pieces


PIECES = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PARTIAL = b"HTTP/1.1 206 X\r\nContent-Range: bytes 0-9/10\r\nTransfer-Encoding: chunked\r\n\r\n"
SIZES = st.sampled_from([b"-5", b"-1", b"-0", b"+5", b"0x5", b"5_0", b"", b"0", b"a", b"F" * 30, b"7" + b"f" * 15])
SMALL = st.binary(max_size=12)
PIECE = st.tuples(SIZES, SMALL, SMALL, st.sampled_from([b"", b"\r\n"])).map(lambda parts: b"%s%s\r\n%s%s" % parts)
BODIES = st.lists(PIECE | SMALL, max_size=4).map(b"".join)
HEADS = st.sampled_from([PIECES, PARTIAL, PIECES.replace(b"Type", b"Encoding").replace(b"text/html", b"gzip, deflate")])


def read_remote(url: str) -> bytes:
    """All bytes of a wheel."""
    with open_remote(Client(ONCE), url) as file:
        return file.read()


def ways_to_read(url: str) -> list[Callable[[], object]]:
    """Each way in which a body is read: a page, a small file, a wheel in ranges or as a whole."""
    return [
        lambda: Client(ONCE).fetch_page(url, "*/*"),
        lambda: Client(ONCE).read(url),
        lambda: read_remote(url),
    ]


@examples(60)
@given(HEADS, BODIES)
def test_whatever_a_body_is_there_is_one_kind_of_error(head: bytes, body: bytes) -> None:
    with answering(lambda: iter([head + body])) as url:
        for read in ways_to_read(url):
            with suppress(SourceError):
                read()


@pytest.mark.parametrize("size", [b"-5", b"-1", b"-" + b"f" * 30])
@pytest.mark.parametrize("head", [PIECES, PARTIAL])
def test_a_piece_of_negative_size(head: bytes, size: bytes) -> None:
    with answering(lambda: iter([head + size + b"\r\nfoo\r\n0\r\n\r\n"])) as url:
        for read in ways_to_read(url):
            with pytest.raises((BrokenOffError, UnexpectedStatusError)) as caught:
                read()
            assert url in str(caught.value)


@pytest.mark.parametrize(
    "flood",
    [
        pytest.param(b"0\r\n" + b"X: y\r\n" * 1000, id="lines behind the body"),
        pytest.param(b"0\r\n" + b"X: " + b"y" * 60_000, id="a line behind the body"),
        pytest.param(b"1\r\nx\r\n" * 1000, id="pieces of one byte"),
        pytest.param(b"6;" + b"y" * 1000 + b"\r\nfoobar\r\n", id="extensions"),
    ],
)
@pytest.mark.parametrize("head", [PIECES, PARTIAL])
def test_bytes_that_are_no_body_end(flood: bytes, head: bytes) -> None:
    """What comes fast and is for ever no part of the body: no time limit ends that soon."""
    sent = 0

    def pieces() -> Iterator[bytes]:
        nonlocal sent
        yield head
        first, line, rest = flood.partition(b"\r\n")
        yield first + line
        for piece in itertools.repeat(rest if first == b"0" else flood):
            yield piece
            sent += len(piece)

    with answering(pieces) as url:
        for read in ways_to_read(url):
            with pytest.raises(SourceError) as caught:
                read()
            assert url in str(caught.value)
    assert sent < 64 << 20


def test_a_body_in_small_pieces_is_read() -> None:
    """Also one whose pieces need more bytes for themselves than the head may have."""
    body = b"8\r\n12345678\r\n" * (HEAD_SIZE // 4)
    with answering(lambda: iter([PIECES, body, b"0\r\n\r\n"])) as url:
        page = Client(ONCE).fetch_page(url, "*/*")
    assert page is not None and page.body == b"12345678" * (HEAD_SIZE // 4)


def test_a_connection_that_is_closed_says_nothing_of_other_files() -> None:
    answers = iter([[], [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"]])
    with answering(lambda: iter(next(answers))) as url:
        client = Client(ONCE)
        with pytest.raises(SourceError):
            client.require(f"{url}closed")
        client.require(f"{url}there")


def test_the_body_of_an_error_is_not_read_to_its_end_where_it_has_none() -> None:
    """Its length does not count where it comes in pieces (RFC 9112 §6.3)."""
    head = b"HTTP/1.1 404 X\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    endless = itertools.chain([head], itertools.repeat(b"400\r\n" + b"x" * 1024 + b"\r\n"))
    with answering(lambda: iter(endless)) as url:
        assert Client(ONCE).fetch_page(url, "*/*") is None


CODECS = sorted({name for _, name, _ in pkgutil.iter_modules(encodings.__path__)} | {"x", "", "\0", "utf-8\n", "é"})


@pytest.mark.parametrize("charset", CODECS)
def test_every_charset_is_decoded_in_linear_time(charset: str) -> None:
    """Each encoding that Python has, and names of none: no error, no warning, no quadratic time."""
    body = b"<a href='demo-1.0-py3-none-any.whl'>xn--\\N{" * 20_000
    text = Page.parse("", f'x; CharSet="{charset}"', body).text
    assert isinstance(text, str) and text


@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1", "UTF-8", "shift_jis", '"cp1252"'])
def test_the_charset_of_a_page_counts(charset: str) -> None:
    body = "demö".encode(charset.strip('"'), "replace")
    assert Page.parse("", f"text/html; charset={charset}", body).text in ("demö", "dem?")
