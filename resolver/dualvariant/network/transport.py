"""How the network is reached: certificates, proxies and the connections that are kept."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from attrs import frozen

from dualvariant.core.errors import UsageError
from dualvariant.network.urls import is_trusted, netloc

if TYPE_CHECKING:
    import ssl

    from urllib3 import PoolManager

__all__ = ["Connections", "Transport", "proxy_for"]

#: Requests that are under way at once, to all hosts together; more would only wait for each other.
PARALLEL = 8


@frozen
class Transport:
    """How pip is set up to reach the network; the names are those of pip's options.

    Args:
        cert: a file, or folder, with the certificates that are believed.
        client_cert: a file with our own certificate and its key.
        trusted_hosts: hosts, or host:port, whose certificate is not looked at.
        proxy: for every address; the environment's proxies and exceptions then don't count.
        timeout: seconds without a byte before an attempt is given up.
        retries: how often a request is made again.
        keyring_provider: ``auto``, ``subprocess``, ``import`` or ``disabled``.
        no_input: nobody is there to answer a question.
    """

    cert: str | None = None
    client_cert: str | None = None
    trusted_hosts: Sequence[str] = ()
    proxy: str | None = None
    timeout: float = 15.0
    retries: int = 5
    keyring_provider: str = "auto"
    no_input: bool = False

    @property
    def patience(self) -> float:
        """Seconds after which a page or a small file, all attempts included, is given up even if it still trickles."""
        return max(self.timeout, min(20 * self.timeout, 600.0))


def proxy_for(url: str, setting: str | None, environment: Mapping[str, str] = os.environ) -> str | None:
    """The proxy for an address, or None: pip's own setting, else the environment's, as requests reads it."""
    if setting:
        return setting if "://" in setting else f"http://{setting}"
    if sys.platform not in ("win32", "darwin") and not any(name.lower().endswith("_proxy") for name in environment):
        return None  # urllib.request costs 15 ms
    from urllib.request import getproxies, proxy_bypass

    proxies, parts = getproxies(), urlsplit(url)
    found = proxies.get(parts.scheme) or proxies.get("all")
    if not found or _excepted(url, proxies.get("no", "")) or proxy_bypass(parts.hostname or ""):
        return None
    return found if "://" in found else f"http://{found}"


def _excepted(url: str, no_proxy: str) -> bool:
    """Whether NO_PROXY names the address: the end of its host or host:port, or a network that it lies in."""
    from ipaddress import ip_address, ip_network

    host, host_port = (urlsplit(url).hostname or "").lower(), netloc(url)
    for entry in (entry.strip().lower() for entry in no_proxy.split(",")):
        if not entry:
            continue
        if entry == "*" or host.endswith(entry) or host_port.endswith(entry):
            return True
        try:
            if ip_address(host) in ip_network(entry, strict=False):
                return True
        except ValueError:
            continue
    return False


class Connections:
    """Connection pools, one for each way to treat certificates and proxies; threads share them."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self._pools: dict[tuple[bool, bool, str | None], PoolManager] = {}
        self._lock = threading.Lock()

    def pool(self, url: str) -> PoolManager:
        """The pool to ask an address from.

        Raises:
            UsageError: pip's settings for certificates or proxies cannot be used.
        """
        trusted = is_trusted(url, self.transport.trusted_hosts)
        proxy = proxy_for(url, self.transport.proxy)
        encrypted = url[:6].lower() == "https:" or (proxy or "")[:6].lower() == "https:"
        key = (trusted, encrypted, proxy)
        with self._lock:
            if key not in self._pools:
                context = self._context(trusted) if encrypted else None
                self._pools[key] = self._made(proxy, context)
            return self._pools[key]

    def _made(self, proxy: str | None, context: ssl.SSLContext | None) -> PoolManager:
        import urllib3

        options: dict[str, Any] = {"maxsize": PARALLEL, "retries": False}
        if context is not None:
            options["ssl_context"] = context
        if proxy is None:
            return urllib3.PoolManager(**options)
        parts = urlsplit(proxy)
        if parts.scheme not in ("http", "https"):
            raise UsageError(f"a proxy of this kind is not supported: '{parts.scheme}://…'", "an http proxy is")
        userinfo, at, address = parts.netloc.rpartition("@")
        headers = urllib3.make_headers(proxy_basic_auth=unquote(userinfo)) if at else None
        return urllib3.ProxyManager(
            f"{parts.scheme}://{address}", proxy_headers=headers, proxy_ssl_context=context, **options
        )

    def _context(self, trusted: bool) -> ssl.SSLContext:
        """Which certificates are believed.

        pip's ``cert``, else ``REQUESTS_CA_BUNDLE`` or ``CURL_CA_BUNDLE``, else the system's (OpenSSL itself reads
        ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``), else, on a system that has none, those that pip brings along.
        """
        import ssl

        import urllib3
        from urllib3.util.ssl_ import create_urllib3_context

        context = create_urllib3_context(cert_reqs=ssl.CERT_NONE if trusted else ssl.CERT_REQUIRED)
        own = self.transport.cert
        if not own and self.transport.proxy is None:  # with a proxy of its own, pip lets the environment aside
            own = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        if trusted:
            # The user has said so; urllib3 would doubt it in words that are not ours.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        else:
            _believe(context, own)
        if self.transport.client_cert:
            _present(context, self.transport.client_cert)
        return context


def _believe(context: ssl.SSLContext, bundle: str | None) -> None:
    if bundle:
        path = Path(bundle)
        if not path.exists():
            raise UsageError(f"the certificates that are to be believed are missing (cert): {bundle!r}")
        try:
            context.load_verify_locations(**{"capath" if path.is_dir() else "cafile": bundle})
        except OSError as error:
            raise UsageError(f"the certificates cannot be read ({error}): {bundle!r}") from error
        return
    context.load_default_certs()
    import ssl

    folder = ssl.get_default_verify_paths().capath
    # A folder of certificates is read when one is needed: the count says nothing of it.
    if not context.cert_store_stats()["x509_ca"] and not (folder and any(Path(folder).iterdir())):
        spec = find_spec("pip")
        vendored = Path(spec.origin).parent / "_vendor/certifi/cacert.pem" if spec and spec.origin else None
        if vendored is not None and vendored.is_file():
            context.load_verify_locations(cafile=str(vendored))


def _present(context: ssl.SSLContext, path: str) -> None:
    def ask() -> str:
        # OpenSSL would ask the terminal, and wait for ever where nobody sits.
        raise UsageError(f"the client certificate's key is encrypted, and nobody is asked (client-cert): {path!r}")

    try:
        context.load_cert_chain(path, password=ask)
    except OSError as error:
        raise UsageError(f"the client certificate cannot be used ({error}) (client-cert): {path!r}") from error
