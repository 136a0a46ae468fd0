"""How the network is reached: certificates, proxies, time limits, and connections that are kept open."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dualvariant.network.certificates import make_context
from dualvariant.network.connection_classes import extend_connections
from dualvariant.network.login import Login
from dualvariant.network.proxies import KINDS, SOCKS, PipProxies, Proxies, ProxyError, make_proxy_error
from dualvariant.network.urls import Server, Url

if TYPE_CHECKING:
    import ssl

    from urllib3 import PoolManager

    from dualvariant.network.stored_logins import StoredLogins

__all__ = [
    "KEPT_CONNECTIONS",
    "MAX_PARALLEL",
    "Connections",
    "Transport",
]

#: Requests that run at once, to all hosts together; more would only wait for each other.
MAX_PARALLEL = 8
#: Connections to one server that are kept open: an installer may ask for many pages at once, and TLS takes its time.
KEPT_CONNECTIONS = 32


class Transport(NamedTuple):
    """How to reach the network, as pip's options of the same names say.

    Args:
        offline: no server is asked for anything.
        cert: a file, or folder, with the certificates to trust; None for the system's.
        trusts_system: the system's certificates are trusted too where others are named.
        more_certs: files whose certificates are trusted besides the system's; one that holds none is passed over.
        client_cert: a file with a client certificate and its key.
        trusted_hosts: hosts, or host:port, whose certificate is not checked.
        proxies: which proxy is used for which URL.
        timeout: seconds without a byte after which an attempt is given up.
        retries: how often a request is made again.
        keyring_provider: ``auto``, ``subprocess``, ``import`` or ``disabled``.
        no_input: nobody can answer a question.
        keyring_python: the interpreter whose package ``keyring`` may be asked; None for none.
        stored_logins: the logins that uv has stored, if uv was asked for.
    """

    offline: bool = False
    cert: str | None = None
    trusts_system: bool = False
    more_certs: Sequence[Path] = ()
    client_cert: str | None = None
    trusted_hosts: Sequence[str] = ()
    proxies: Proxies = PipProxies()
    timeout: float = 15.0
    retries: int = 5
    keyring_provider: str = "auto"
    no_input: bool = False
    keyring_python: Path | None = None
    stored_logins: StoredLogins | None = None

    @property
    def total_timeout(self) -> float:
        """Seconds, all attempts included, after which a page or a small file is given up even if bytes still come.

        A large file may take more: what :data:`dualvariant.network.answers.MIN_SPEED` allows.
        """
        return max(self.timeout, min(20 * self.timeout, 600.0))


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
        proxy = self.transport.proxies.find(url)
        encrypted = url.server.scheme == "https" or (proxy or "")[:6].lower() == "https:"
        key = (trusted, encrypted, proxy)
        with self._lock:
            if key not in self._pools:
                context = make_context(self.transport, trusted=trusted) if encrypted else None
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
        if server.scheme not in KINDS:
            raise ProxyError(
                f"a proxy of this kind is not supported: '{server.scheme}://…'",
                f"name one of these kinds (--proxy, https_proxy): {', '.join(KINDS)}",
            )
        try:
            manager = _make_proxy_manager(server, options)
        except (HTTPError, ValueError) as error:
            raise make_proxy_error(proxy) from error
        if server.scheme in SOCKS:
            return manager  # the proxy, or PySocks, looks names up
    extend_connections(manager, KnownAddress, addresses=Addresses())
    return manager


def _make_proxy_manager(server: Server, options: Mapping[str, Any]) -> PoolManager:
    login = None if server.user is None else Login(server.user, server.password or "")
    address = f"{server.scheme}://{server.host_and_port}"
    if server.scheme in SOCKS:
        from dualvariant.network.socks_proxy import make_socks_manager

        return make_socks_manager(address, login, options)
    from urllib3 import ProxyManager

    headers = None if login is None else {"proxy-authorization": login.header}
    return ProxyManager(address, proxy_headers=headers, proxy_ssl_context=options.get("ssl_context"), **options)
