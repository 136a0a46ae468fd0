"""How the network is reached: certificates, proxies, time limits, and connections that are kept open."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dualvariant.core.errors import InvalidUrlError, UsageError
from dualvariant.network.connection_classes import extend_connections
from dualvariant.network.credentials import Login
from dualvariant.network.urls import Server, Url, redact_url

if TYPE_CHECKING:
    import ssl

    from urllib3 import PoolManager

__all__ = [
    "KEPT_CONNECTIONS",
    "MAX_PARALLEL",
    "CertificateError",
    "Connections",
    "ProxyError",
    "Transport",
    "find_proxy",
]

#: Requests that run at once, to all hosts together; more would only wait for each other.
MAX_PARALLEL = 8
#: The kinds of SOCKS proxies; to those with an ``a`` or ``h`` the names of servers are given as they are.
_SOCKS = ("socks4", "socks4a", "socks5", "socks5h")
_PROXIES = ("http", "https", *_SOCKS)
#: Connections to one server that are kept open: an installer may ask for many pages at once, and TLS takes its time.
KEPT_CONNECTIONS = 32


class CertificateError(UsageError):
    """A setting names certificates that cannot be used."""

    code = "certificate-unusable"


class ProxyError(UsageError):
    """A setting names a proxy that cannot be used."""

    code = "proxy-unusable"


class Transport(NamedTuple):
    """How to reach the network, as pip's options of the same names say.

    Args:
        cert: a file, or folder, with the certificates to trust; None for the system's.
        trusts_system: the system's certificates are trusted too where others are named.
        client_cert: a file with a client certificate and its key.
        trusted_hosts: hosts, or host:port, whose certificate is not checked.
        proxy: the proxy for every URL, none if it is empty; the environment's proxies and exceptions then do not count.
        timeout: seconds without a byte after which an attempt is given up.
        retries: how often a request is made again.
        keyring_provider: ``auto``, ``subprocess``, ``import`` or ``disabled``.
        no_input: nobody can answer a question.
        keyring_python: the interpreter whose package ``keyring`` may be asked; None for none.
    """

    cert: str | None = None
    trusts_system: bool = False
    client_cert: str | None = None
    trusted_hosts: Sequence[str] = ()
    proxy: str | None = None
    timeout: float = 15.0
    retries: int = 5
    keyring_provider: str = "auto"
    no_input: bool = False
    keyring_python: Path | None = None

    @property
    def total_timeout(self) -> float:
        """Seconds, all attempts included, after which a page or a small file is given up even if bytes still come.

        A large file may take more: what :data:`dualvariant.network.answers.MIN_SPEED` allows.
        """
        return max(self.timeout, min(20 * self.timeout, 600.0))


def find_proxy(url: str, setting: str | None, environment: Mapping[str, str] = os.environ) -> str | None:
    """The proxy for a URL, or None: pip's own setting, else the environment's, as requests reads them.

    Raises:
        ProxyError: it is not a URL.
    """
    if setting is not None:
        return _make_proxy(setting) if setting else None
    named = {name.lower() for name in environment if name.lower().endswith("_proxy")}
    if sys.platform not in ("win32", "darwin") and named <= {"no_proxy"}:
        return None  # urllib.request costs 15 ms
    from urllib.request import getproxies, proxy_bypass

    proxies, server = getproxies(), Url.parse(url).server
    found = proxies.get(server.scheme) or proxies.get("all")
    if not found or _is_exempt(server, proxies.get("no", "")) or proxy_bypass(server.host):
        return None
    return _make_proxy(found)


def _make_proxy(text: str) -> str:
    """The address of a proxy; one without a scheme is an http address, as in pip.

    Raises:
        ProxyError: it is not a URL.
    """
    address = text if "://" in text else f"http://{text}"
    try:
        if Url.parse(address).server.host:
            return address
    except InvalidUrlError:
        pass
    raise _make_proxy_error(text)


def _make_proxy_error(text: str) -> ProxyError:
    return ProxyError(
        f"the proxy is not a URL: {redact_url(text)}",
        "correct the setting that names it (--proxy, http_proxy, https_proxy, all_proxy)",
    )


def _is_exempt(server: Server, no_proxy: str) -> bool:
    """Whether NO_PROXY names a server: the end of its host or host:port, or a network that the host is in.

    A ``*`` means every host only where it is alone, which ``urllib.request`` knows.
    """
    from ipaddress import ip_address, ip_network

    host, host_port = server.host, server.host_and_port
    for entry in (entry.strip().lower() for entry in no_proxy.split(",")):
        if not entry:
            continue
        if host.endswith(entry) or host_port.endswith(entry):
            return True
        try:
            if ip_address(host) in ip_network(entry, strict=False):
                return True
        except ValueError:
            continue
    return False


class Connections:
    """Connection pools, one for each combination of certificates and proxy; threads share them."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self._pools: dict[tuple[bool, bool, str | None], PoolManager] = {}
        #: Finding the proxy of a server takes as long as a small request.
        self._by_server: dict[Server, PoolManager] = {}
        self._lock = threading.Lock()

    def pool(self, url: Url) -> PoolManager:
        """The pool for a URL.

        Raises:
            CertificateError, ProxyError: pip's settings cannot be used.
        """
        known = self._by_server.get(url.server)
        if known is not None:
            return known
        trusted = url.server.is_named_by(self.transport.trusted_hosts)
        proxy = find_proxy(url.text, self.transport.proxy)
        encrypted = url.server.scheme == "https" or (proxy or "")[:6].lower() == "https:"
        key = (trusted, encrypted, proxy)
        with self._lock:
            if key not in self._pools:
                context = self._make_context(trusted) if encrypted else None
                self._pools[key] = self._make_pool(proxy, context)
            self._by_server[url.server] = self._pools[key]
            return self._pools[key]

    def _make_pool(self, proxy: str | None, context: ssl.SSLContext | None) -> PoolManager:
        from dualvariant.network.answers import limit_answers  # http.client, which only requests need

        options: dict[str, Any] = {"maxsize": KEPT_CONNECTIONS, "retries": False}
        if context is not None:
            options["ssl_context"] = context
        manager = _make_manager(proxy, options)
        limit_answers(manager, self.transport.total_timeout)
        return manager

    def _make_context(self, trusted: bool) -> ssl.SSLContext:
        """A TLS context with the certificates to trust.

        These are those that are named, or else the system's (OpenSSL itself reads ``SSL_CERT_FILE`` and
        ``SSL_CERT_DIR``), or else, on a system that has none, those in the pip package.
        """
        import ssl

        import urllib3
        from urllib3.util.ssl_ import create_urllib3_context

        context = create_urllib3_context(cert_reqs=ssl.CERT_NONE if trusted else ssl.CERT_REQUIRED)
        if trusted:
            # The user has asked for it; urllib3's own warning would be printed for each request.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        else:
            if self.transport.cert:
                _load_named_certificates(context, self.transport.cert)
            if not self.transport.cert or self.transport.trusts_system:
                _load_system_certificates(context)
        if self.transport.client_cert:
            _load_client_certificate(context, self.transport.client_cert)
        return context


def _make_manager(proxy: str | None, options: Mapping[str, Any]) -> PoolManager:
    """What makes the pools of connections: to servers, or to a proxy.

    Raises:
        ProxyError: the proxy is of another kind, or urllib3 does not take its address for one.
    """
    from urllib3 import PoolManager
    from urllib3.exceptions import HTTPError

    from dualvariant.network.addresses import Addresses, KnownAddress

    if proxy is None:
        manager = PoolManager(**options)
    else:
        server = Url.parse(proxy).server
        if server.scheme not in _PROXIES:
            raise ProxyError(
                f"a proxy of this kind is not supported: '{server.scheme}://…'",
                f"name one of these kinds (--proxy, https_proxy): {', '.join(_PROXIES)}",
            )
        try:
            manager = _make_proxy_manager(server, options)
        except (HTTPError, ValueError) as error:
            raise _make_proxy_error(proxy) from error
        if server.scheme in _SOCKS:
            return manager  # the proxy, or PySocks, looks names up
    extend_connections(manager, KnownAddress, addresses=Addresses())
    return manager


def _make_proxy_manager(server: Server, options: Mapping[str, Any]) -> PoolManager:
    login = None if server.user is None else Login(server.user, server.password or "")
    address = f"{server.scheme}://{server.host_and_port}"
    if server.scheme in _SOCKS:
        from dualvariant.network.socks_proxy import make_socks_manager

        return make_socks_manager(address, login, options)
    from urllib3 import ProxyManager

    headers = None if login is None else {"proxy-authorization": login.header}
    return ProxyManager(address, proxy_headers=headers, proxy_ssl_context=options.get("ssl_context"), **options)


def _load_named_certificates(context: ssl.SSLContext, bundle: str) -> None:
    path = Path(bundle)
    step = "name a file or folder of PEM certificates (--cert, REQUESTS_CA_BUNDLE), or unset it"
    if not path.exists():
        raise CertificateError(f"the certificates to trust do not exist (cert): {bundle!r}", step)
    try:
        context.load_verify_locations(**{"capath" if path.is_dir() else "cafile": bundle})
    except OSError as error:
        raise CertificateError(f"the certificates to trust cannot be read ({error}): {bundle!r}", step) from error


def _load_system_certificates(context: ssl.SSLContext) -> None:
    context.load_default_certs()
    import ssl

    folder = ssl.get_default_verify_paths().capath
    # OpenSSL reads a folder of certificates when it needs one of them, so the count does not include these.
    if not context.cert_store_stats()["x509_ca"] and not (folder and any(Path(folder).iterdir())):
        spec = find_spec("pip")
        vendored = Path(spec.origin).parent / "_vendor/certifi/cacert.pem" if spec and spec.origin else None
        if vendored is not None and vendored.is_file():
            context.load_verify_locations(cafile=str(vendored))


def _load_client_certificate(context: ssl.SSLContext, path: str) -> None:
    def refuse_password() -> str:
        # OpenSSL would ask on the terminal, and wait for ever where nobody answers.
        raise CertificateError(
            f"the key of the client certificate needs a password (client-cert): {path!r}",
            "'openssl pkey -in KEY -out NEW' writes the key without one; keep NEW readable by you alone",
        )

    try:
        context.load_cert_chain(path, password=refuse_password)
    except OSError as error:
        raise CertificateError(
            f"the client certificate cannot be used ({error}) (client-cert): {path!r}",
            "--client-cert names one PEM file with the certificate and its key",
        ) from error
