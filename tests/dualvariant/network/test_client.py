"""Servers that behave badly: every read ends, with one message that has the URL and no secret."""

from __future__ import annotations

import base64
import errno
import gzip
import itertools
import os
import re
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from pip._vendor.requests.models import DEFAULT_REDIRECT_LIMIT

from dualvariant.network.answers import SlowAnswerError
from dualvariant.network.client import AccessNeeds, Client
from dualvariant.network.concurrency import TimeLimitError
from dualvariant.network.failures import (
    BrokenOffError,
    ForbiddenError,
    InsecureConnectionError,
    InvalidRedirectError,
    LoginRequiredError,
    NotFoundError,
    ProxyFailedError,
    RateLimitedError,
    SourceError,
    TimedOutError,
    TooLargeError,
    UnexpectedStatusError,
    UnreadableSourceFileError,
)
from dualvariant.network.transport import CertificateError, ProxyError, Transport, find_proxy
from dualvariant.network.urls import Url
from processes import PATIENCE
from servers import Answer, IndexServer, Proxy, proxying, serving

HTML = {"Content-Type": "text/html"}
#: One attempt.
ONCE = Transport(timeout=PATIENCE, retries=0)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[IndexServer]:
    with serving(IndexServer(tmp_path)) as running:
        yield running


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The proxies, certificates and logins of this machine do not count."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between attempts; none of them is waited for."""
    found: list[float] = []
    for module in ("requester", "client"):
        monkeypatch.setattr(f"dualvariant.network.{module}.time.sleep", found.append)
    return found


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """An event that is set when the test ends; a server that waits for it does not answer until then."""
    event = threading.Event()
    yield event
    event.set()


def basic(login: str) -> str:
    return "Basic " + base64.b64encode(login.encode()).decode()


def sent(server: IndexServer, name: str = "authorization") -> list[str | None]:
    return [headers.get(name) for _, headers in server.requests]


# --- what a server answers


@pytest.mark.parametrize("status", [404, 410])
def test_there_is_no_page(status: int, server: IndexServer) -> None:
    server.override = lambda path: (status, {}, b"")
    assert Client(ONCE).fetch_page(server.url, "*/*") is None
    with pytest.raises(NotFoundError):
        Client(ONCE).read(server.url)


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
    import socket

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


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://host/x", "data:text/html,x", "http://[bad/"])
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


# --- logins


def test_each_index_on_a_host_has_its_own_login(server: IndexServer) -> None:
    root = server.url.removesuffix("/simple").replace("//", "//{}@")
    client = Client(ONCE, [f"{root.format('a:1')}/team-a/simple", f"{root.format('b:2')}/team-b/simple"])
    server.override = lambda path: (200, HTML, b"")
    plain = server.url.removesuffix("/simple")
    for path in ("team-b/simple/x/", "team-a/files/x.whl", "team-b/files/x.whl"):
        client.fetch_page(f"{plain}/{path}", "*/*")
    assert sent(server) == [basic("b:2"), basic("a:1"), basic("b:2")]


def test_escapes_and_tokens_in_a_url(server: IndexServer) -> None:
    server.override = lambda path: (200, HTML, b"")
    for userinfo in ("me%40home:p%3Aw", "token", "m:", "é:ü"):
        Client(ONCE).fetch_page(server.url.replace("//", f"//{userinfo}@"), "*/*")
    assert sent(server)[:3] == [basic("me@home:p:w"), basic("token:"), basic("m:")]
    assert sent(server)[3] == "Basic " + base64.b64encode("é:ü".encode("latin-1")).decode()


def test_netrc(server: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.override = lambda path: (200, HTML, b"")
    (tmp_path / "home").mkdir()
    (tmp_path / "home/.netrc").write_text("machine 127.0.0.1 login me password secret\n")
    client = Client(ONCE)
    client.fetch_page(server.url, "*/*")
    client.fetch_page(server.url.replace("//", "//you:other@"), "*/*")
    assert client.access_needs("http://127.0.0.1:1/x") == AccessNeeds()  # installers read the same netrc
    (tmp_path / "other").write_text("default login any password one\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "other"))
    Client(ONCE).fetch_page(server.url, "*/*")
    (tmp_path / "other").write_text("this is } no netrc")
    Client(ONCE).fetch_page(server.url, "*/*")
    assert sent(server) == [basic("me:secret"), basic("you:other"), basic("any:one"), None]


def test_a_user_without_a_home_directory_has_no_netrc(server: IndexServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in containers that run with any uid."""

    def fail() -> Path:
        raise RuntimeError("Could not determine home directory.")

    server.override = lambda path: (200, HTML, b"")
    monkeypatch.setattr(Path, "home", fail)
    assert Client(ONCE).fetch_page(server.url, "*/*") is not None
    assert sent(server) == [None]


KEYRING = """#!/bin/sh
echo "$@" >> {log}
case "$*" in
  "get {service} me") echo secret;;
  "--mode=creds --output=json get {service}") echo '{{"username": "me", "password": "secret"}}';;
  *) exit 1;;
esac
"""


def _keyring(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder.mkdir()
    program = folder / "keyring"
    program.write_text(text.replace("{log}", str(folder / "log")))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder / "log"


def _guarded(server: IndexServer) -> None:
    def guard(path: str) -> Answer | None:
        known = server.requests[-1][1].get("authorization") == basic("me:secret")
        return (200, HTML, b"in") if known else (401, {}, b"")

    server.override = guard


@pytest.mark.parametrize("user", ["", "me@"])
@pytest.mark.parametrize("by_host", [False, True])
def test_a_keyring_is_asked_once_after_a_refusal(
    user: str, by_host: bool, server: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _guarded(server)
    service = server.url.split("/")[2] if by_host else f"{server.url}/"
    log = _keyring(tmp_path / "bin", KEYRING.format(log="{log}", service=service), monkeypatch)
    transport = Transport(timeout=PATIENCE, retries=0, keyring_provider="subprocess", no_input=True)
    client = Client(transport, [server.url.replace("//", f"//{user}")])
    for _ in range(3):
        page = client.fetch_page(f"{server.url}/demo/", "*/*")
        assert page is not None and page.text == "in"
    assert client.access_needs(f"{server.url}/x.whl") == AccessNeeds(login=True)
    assert len(log.read_text().splitlines()) == (2 if by_host else 1)
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("provider", "no_input", "asked"),
    [("auto", False, True), ("auto", True, False), ("disabled", False, False), ("import", False, False)],
)
def test_a_keyring_is_called_when_pip_calls_its_program(
    provider: str, no_input: bool, asked: bool, server: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _guarded(server)
    log = _keyring(tmp_path / "bin", KEYRING.format(log="{log}", service="other"), monkeypatch)
    transport = Transport(timeout=PATIENCE, retries=0, keyring_provider=provider, no_input=no_input)
    with pytest.raises(LoginRequiredError):
        Client(transport, [server.url]).fetch_page(server.url, "*/*")
    assert log.exists() == asked


@pytest.mark.parametrize(
    ("text", "timeout"), [(f"sleep {PATIENCE}", 0.5), ("echo }", PATIENCE), ("echo '[]'", PATIENCE)]
)
def test_a_message_about_a_missing_login_names_a_keyring_that_fails(
    text: str, timeout: float, server: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dualvariant.network.credentials.KEYRING_TIMEOUT", timeout)
    _guarded(server)
    _keyring(tmp_path / "bin", f"#!/bin/sh\nexec {text}\n", monkeypatch)
    with pytest.raises(LoginRequiredError) as caught:
        Client(Transport(timeout=PATIENCE, retries=0, keyring_provider="subprocess"), [server.url]).fetch_page(
            server.url, "*/*"
        )
    assert "keyring" in str(caught.value)


def test_a_message_has_no_secret(server: IndexServer) -> None:
    server.override = lambda path: (500, {}, b"")
    url = server.url.replace("//", "//me:secret@") + "/a%1bb?token=secret#secret"
    for work in (lambda: Client(ONCE).fetch_page(url, "*/*"), lambda: Client(ONCE).read(url.replace(":", ":", 1))):
        with pytest.raises(SourceError) as caught:
            work()
        assert "secret" not in str(caught.value) and "me" not in str(caught.value).replace("simple", "")


def test_a_login_of_https_is_not_sent_over_http() -> None:
    client = Client(ONCE, ["https://me:secret@host/simple"])
    assert client.access_needs("https://host/files/x.whl") == AccessNeeds(login=True)
    assert client.access_needs("http://host/files/x.whl") == AccessNeeds()


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


@pytest.mark.parametrize(
    "url",
    [
        "https://host/a/b?c#d",
        "HTTPS://Me%40x:p%3Aw@Host:8/a",
        "http://[::1]:80/x",
        "http://host",
        "http://host?x/y",
        "file:///a/b",
        "x/y",
        "",
    ],
)
def test_a_url_is_taken_apart_as_urllib_does(url: str) -> None:
    parts, parsed = urlsplit(url), Url.parse(url)
    server = parsed.server
    user, password = (unquote(text) if text is not None else None for text in (parts.username, parts.password))
    assert (server.scheme, server.host, parsed.path) == (parts.scheme, parts.hostname or "", parts.path)
    assert (server.user, server.password) == (user, password)
    assert server.host_and_port == parts.netloc.rpartition("@")[2].lower()


# --- proxies


def test_a_proxy_with_a_login(server: IndexServer, tmp_path: Path) -> None:
    server.override = lambda path: (200, HTML, path.encode())
    with proxying(Proxy(basic("p:w:x"))) as proxy:
        url = server.url.replace("127.0.0.1", "far.away.invalid")
        trusting = {"trusted_hosts": ["far.away.invalid"], "retries": 0, "timeout": PATIENCE}
        page = Client(Transport(proxy=proxy.url.replace("//", "//p:w%3Ax@"), **trusting)).fetch_page(url, "*/*")  # type: ignore[arg-type]
        assert page is not None and page.text == "/simple"
        assert proxy.requests == [url]
        with pytest.raises(LoginRequiredError):
            Client(Transport(proxy=proxy.url, **trusting)).fetch_page(url, "*/*")  # type: ignore[arg-type]


def test_a_proxy_that_is_not_there(server: IndexServer) -> None:
    with pytest.raises(ProxyFailedError) as caught:
        Client(Transport(proxy="me:secret@127.0.0.1:9", retries=0)).fetch_page(server.url, "*/*")
    assert "secret" not in str(caught.value)


def test_a_proxy_of_another_kind() -> None:
    with pytest.raises(ProxyError):
        Client(Transport(proxy="socks5://me:secret@host:1")).fetch_page("https://x/", "*/*")


@pytest.mark.parametrize(
    ("url", "setting", "environment", "expected"),
    [
        ("http://host/", None, {}, None),
        ("http://host/", None, {"no_proxy": "other"}, None),
        ("http://host/", "proxy:3128", {}, "http://proxy:3128"),
        ("http://host/", "http://p", {"no_proxy": "*"}, "http://p"),
        ("http://host/", None, {"http_proxy": "http://p"}, "http://p"),
        ("https://host/", None, {"http_proxy": "http://p"}, None),
        ("https://host/", None, {"HTTPS_PROXY": "p:1"}, "http://p:1"),
        ("https://host/", None, {"all_proxy": "http://p"}, "http://p"),
        ("http://host/", None, {"http_proxy": "http://p", "no_proxy": "*"}, None),
        ("http://host/", None, {"http_proxy": "http://p", "no_proxy": "*,x"}, "http://p"),  # no wildcard in a list
        ("http://host/", "", {"http_proxy": "http://p"}, None),
        ("http://a.host/", None, {"http_proxy": "http://p", "no_proxy": "x, host"}, None),
        ("http://host:81/", None, {"http_proxy": "http://p", "NO_PROXY": "host:80"}, "http://p"),
        ("http://host:81/", None, {"http_proxy": "http://p", "NO_PROXY": "host:81"}, None),
        ("http://10.1.2.3/", None, {"http_proxy": "http://p", "no_proxy": "10.0.0.0/8"}, None),
        ("http://11.1.2.3/", None, {"http_proxy": "http://p", "no_proxy": "10.0.0.0/8"}, "http://p"),
    ],
)
def test_which_proxy(
    url: str,
    setting: str | None,
    environment: dict[str, str],
    expected: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert find_proxy(url, setting) == expected


# --- certificates


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 that has signed itself, and its key, in one file."""
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    try:
        subprocess.run(
            [*command.split(), "-keyout", folder / "key", "-out", folder / "cert"], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("there is no openssl to make a certificate with")
    (folder / "both").write_text((folder / "cert").read_text() + (folder / "key").read_text())
    return folder / "both"


@pytest.fixture
def secure(tmp_path: Path, certificate: Path) -> Iterator[IndexServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(IndexServer(tmp_path), context) as running:
        running.override = lambda path: (200, HTML, b"in")
        yield running


def test_a_certificate_that_is_not_trusted(secure: IndexServer, pauses: list[float]) -> None:
    with pytest.raises(InsecureConnectionError):
        Client(Transport(timeout=PATIENCE, retries=5)).fetch_page(secure.url, "*/*")
    assert pauses == []  # another attempt would fail too


@pytest.mark.parametrize(
    "way", ["cert", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "trusted-host", "host:port"]
)
def test_ways_to_trust_a_certificate(
    way: str, secure: IndexServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = Transport(timeout=PATIENCE, retries=0)
    if way == "cert":
        transport = Transport(timeout=PATIENCE, retries=0, cert=str(certificate))
    elif way == "trusted-host":
        transport = Transport(timeout=PATIENCE, retries=0, trusted_hosts=["127.0.0.1"])
    elif way == "host:port":
        transport = Transport(timeout=PATIENCE, retries=0, trusted_hosts=[secure.url.split("/")[2]])
    else:
        monkeypatch.setenv(way, str(certificate))
    page = Client(transport).fetch_page(secure.url, "*/*")
    assert page is not None and page.text == "in"


def test_trust_ends_at_a_redirect(secure: IndexServer, tmp_path: Path, certificate: Path) -> None:
    """A host that is trusted sends us to one that is not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(IndexServer(tmp_path), context) as other:
        other.override = lambda path: (302, {"Location": secure.url}, b"")
        with pytest.raises(InsecureConnectionError):
            Client(Transport(timeout=PATIENCE, retries=0, trusted_hosts=[other.url.split("/")[2]])).fetch_page(
                other.url, "*/*"
            )
        assert secure.requests == []


def test_a_client_certificate(tmp_path: Path, certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificate)
    with serving(IndexServer(tmp_path), context) as running:
        running.override = lambda path: (200, HTML, b"in")
        bundle = str(certificate)
        page = Client(Transport(timeout=PATIENCE, retries=0, cert=bundle, client_cert=bundle)).fetch_page(
            running.url, "*/*"
        )
        assert page is not None and page.text == "in"
        with pytest.raises(SourceError):
            Client(Transport(timeout=PATIENCE, retries=0, cert=bundle)).fetch_page(running.url, "*/*")


def test_a_key_with_a_password_is_an_error_and_not_a_question_on_the_terminal(
    tmp_path: Path, certificate: Path
) -> None:
    locked = tmp_path / "locked"
    command = ["openssl", "rsa", "-aes128", "-passout", "pass:x", "-in", str(certificate), "-out", str(locked)]
    subprocess.run(command, check=True, capture_output=True)
    locked.write_text(certificate.read_text().partition("-----BEGIN PRIVATE")[0] + locked.read_text())
    with pytest.raises(CertificateError) as caught:
        Client(Transport(timeout=PATIENCE, retries=0, client_cert=str(locked))).fetch_page(
            "https://127.0.0.1:9/", "*/*"
        )
    assert str(locked) in str(caught.value)


@pytest.mark.parametrize("name", ["cert", "client_cert"])
def test_a_certificate_that_is_not_there(name: str) -> None:
    with pytest.raises(CertificateError) as caught:
        Client(Transport(timeout=PATIENCE, retries=0, **{name: "/nowhere"})).fetch_page("https://127.0.0.1:9/", "*/*")  # type: ignore[arg-type]
    assert "'/nowhere'" in str(caught.value)


def test_https_through_a_proxy(secure: IndexServer, certificate: Path) -> None:
    with proxying(Proxy(basic("p:w"))) as proxy:
        transport = Transport(
            timeout=PATIENCE, retries=0, proxy=proxy.url.replace("//", "//p:w@"), cert=str(certificate)
        )
        page = Client(transport).fetch_page(secure.url, "*/*")
        assert page is not None and page.text == "in"
        assert proxy.requests == [secure.url.split("/")[2]]


# --- files


def test_a_path_that_is_not_a_file_has_no_page(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "none", Path("/dev/zero")):
        assert Client(ONCE).fetch_page(path.as_uri(), "*/*") is None
        with pytest.raises(UnreadableSourceFileError):
            Client(ONCE).read(path.as_uri())
