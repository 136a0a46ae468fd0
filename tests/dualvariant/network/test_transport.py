"""How the network is reached: through which proxy, and with which certificates."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dualvariant.network.certificates import CertificateError
from dualvariant.network.client import Client
from dualvariant.network.failures import InsecureConnectionError, LoginRequiredError, ProxyFailedError, SourceError
from dualvariant.network.proxies import PipProxies, ProxyError
from dualvariant.network.transport import Transport
from dualvariant.network.urls import Url
from dualvariant.settings.pip_config import PipConfig, make_transport
from http_reads import HTML, basic
from processes import PATIENCE
from servers import IndexServer, Proxy, proxying, serving
from socks_proxy import SocksProxy, proxying_socks

# --- proxies


def test_a_proxy_with_a_login(server: IndexServer, tmp_path: Path) -> None:
    server.override = lambda path: (200, HTML, path.encode())
    with proxying(Proxy(basic("p:w:x"))) as proxy:
        url = server.url.replace("127.0.0.1", "far.away.invalid")
        trusting: dict[str, Any] = {"trusted_hosts": ["far.away.invalid"], "retries": 0, "timeout": PATIENCE}
        with_login = PipProxies(proxy.url.replace("//", "//p:w%3Ax@"))
        page = Client(Transport(proxies=with_login, **trusting)).fetch_page(url, "*/*")
        assert page is not None and page.text == "/simple"
        assert proxy.requests == [url]
        with pytest.raises(LoginRequiredError):
            Client(Transport(proxies=PipProxies(proxy.url), **trusting)).fetch_page(url, "*/*")


def test_a_proxy_that_is_not_there(server: IndexServer) -> None:
    with pytest.raises(ProxyFailedError) as caught:
        Client(Transport(proxies=PipProxies("me:secret@127.0.0.1:9"), retries=0)).fetch_page(server.url, "*/*")
    assert "secret" not in str(caught.value)


def test_a_proxy_of_another_kind() -> None:
    with pytest.raises(ProxyError, match="socks6") as caught:
        Client(Transport(proxies=PipProxies("socks6://me:secret@host:1"))).fetch_page("https://x/", "*/*")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("scheme", "asked", "expected"),
    [
        ("socks5h", "far.away.invalid", "far.away.invalid"),  # the proxy looks it up
        ("socks5", "localhost", "127.0.0.1"),
    ],
)
@pytest.mark.parametrize("login", [None, ("me", "p:w@x")], ids=["open", "with a login"])
def test_a_socks_proxy(
    scheme: str, asked: str, expected: str, login: tuple[str, str] | None, server: IndexServer
) -> None:
    server.override = lambda path: (200, HTML, path.encode())
    url = server.url.replace("127.0.0.1", asked)
    with proxying_socks(SocksProxy(login)) as proxy:
        user = "" if login is None else "me:p%3Aw%40x@"
        proxies = PipProxies(f"{scheme}://{user}{proxy.address}")
        client = Client(Transport(proxies=proxies, retries=0, timeout=PATIENCE))
        page = client.fetch_page(url, "*/*")
    assert page is not None and page.text == "/simple"
    assert proxy.requests == [expected]


@pytest.mark.parametrize(
    ("proxy", "user", "message"),
    [
        (SocksProxy(reply=5), "", "the proxy fails: 0x05: Connection refused"),
        (SocksProxy(("me", "right")), "me:secret@", "the proxy fails: SOCKS5 authentication failed"),
    ],
    ids=["refuses", "wrong login"],
)
def test_a_socks_proxy_that_refuses(proxy: SocksProxy, user: str, message: str) -> None:
    with proxying_socks(proxy):
        proxies = PipProxies(f"socks5h://{user}{proxy.address}")
        client = Client(Transport(proxies=proxies, retries=0, timeout=PATIENCE))
        with pytest.raises(ProxyFailedError, match=message) as caught:
            client.fetch_page("http://far.away.invalid/simple", "*/*")
    assert "secret" not in str(caught.value)


def test_a_socks_proxy_that_is_not_there() -> None:
    with pytest.raises(ProxyFailedError, match="the proxy fails: Connection refused"):
        Client(Transport(proxies=PipProxies("socks5://127.0.0.1:9"), retries=0)).fetch_page("http://127.0.0.1/", "*/*")


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
    assert PipProxies(setting).find(Url.parse(url)) == expected


# --- certificates


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 that has signed itself, and its key, in one file."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def other_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another such certificate."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


def make_certificate(folder: Path) -> Path:
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
        transport = make_transport(PipConfig({"timeout": str(PATIENCE), "retries": "0"}))
    page = Client(transport).fetch_page(secure.url, "*/*")
    assert page is not None and page.text == "in"


def test_the_system_may_be_trusted_beside_what_is_named(
    secure: IndexServer, certificate: Path, other_certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    named = Transport(timeout=PATIENCE, retries=0, cert=str(other_certificate))
    with pytest.raises(InsecureConnectionError):
        Client(named).fetch_page(secure.url, "*/*")
    page = Client(named._replace(trusts_system=True)).fetch_page(secure.url, "*/*")
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
            timeout=PATIENCE, retries=0, proxies=PipProxies(proxy.url.replace("//", "//p:w@")), cert=str(certificate)
        )
        page = Client(transport).fetch_page(secure.url, "*/*")
        assert page is not None and page.text == "in"
        assert proxy.requests == [secure.url.split("/")[2]]
