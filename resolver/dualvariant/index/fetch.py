"""Reading from addresses: ``http``, ``https`` and ``file``."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from attrs import field, frozen

from dualvariant.errors import DualvariantError

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

__all__ = ["Client", "SourceError", "Transport", "local_path"]

_RETRIED = (429, 500, 502, 503, 504)


class SourceError(DualvariantError):
    """An index, or a file on it, that cannot be read."""

    exit_code = 5


@frozen
class Transport:
    """How pip is set up to reach the network; the names are those of pip's options."""

    cert: str | None = None
    client_cert: str | None = None
    trusted_hosts: Sequence[str] = ()
    proxy: str | None = None
    timeout: float = 15.0
    retries: int = 5


@frozen
class Page:
    """What an address answered.

    Args:
        url: the address after redirects.
        content_type: the media type without parameters, in lower case.
        text: the body.
    """

    url: str
    content_type: str
    text: str = field(repr=False)


def local_path(url: str) -> Path | None:
    """The path that a ``file:`` address means, or None for any other address."""
    parts = urlsplit(url)
    return Path(url2pathname(parts.path)) if parts.scheme == "file" else None


def _netloc(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


class Client:
    """Reads pages, files and parts of files; connections are kept and shared between threads.

    Args:
        transport: how to reach the network.
        indexes: the indexes' addresses: credentials that stand in one are used for everything on its host.
    """

    def __init__(self, transport: Transport, indexes: Sequence[str] = ()) -> None:
        self.transport = transport
        self._auth: dict[str, str] = {}
        for url in indexes:
            userinfo, at, host = urlsplit(url).netloc.rpartition("@")
            if at:
                self._auth[host] = unquote(userinfo)
        self._pools: dict[tuple[bool, str], PoolManager] = {}

    def needs_credentials(self, url: str) -> bool:
        """Whether whoever reads the address has to know what only our configuration knows."""
        return "@" in urlsplit(url).netloc or _netloc(url) in self._auth

    def _proxy(self, url: str) -> str:
        """The proxy for an address, or an empty string: pip's own setting, else the environment's."""
        if self.transport.proxy:
            return self.transport.proxy
        if not any(name.lower().endswith("_proxy") for name in os.environ):
            return ""
        from urllib.request import getproxies, proxy_bypass

        proxies = getproxies()
        found = proxies.get(urlsplit(url).scheme) or proxies.get("all", "")
        return "" if found and proxy_bypass(urlsplit(url).hostname or "") else found

    def _pool(self, url: str) -> PoolManager:
        import urllib3

        host, netloc = urlsplit(url).hostname or "", _netloc(url)
        trusted = bool({host, netloc} & set(self.transport.trusted_hosts))
        proxy = self._proxy(url)
        if (trusted, proxy) not in self._pools:
            cert = self.transport.cert or os.environ.get("REQUESTS_CA_BUNDLE")
            tls: dict[str, Any] = {"cert_reqs": "CERT_NONE" if trusted else "CERT_REQUIRED"}
            if cert and not trusted:
                tls["ca_cert_dir" if Path(cert).is_dir() else "ca_certs"] = cert
            if self.transport.client_cert:
                tls["cert_file"] = self.transport.client_cert
            if proxy:
                pool: PoolManager = urllib3.ProxyManager(proxy, maxsize=8, **tls)
            else:
                pool = urllib3.PoolManager(maxsize=8, **tls)
            self._pools[trusted, proxy] = pool
        return self._pools[trusted, proxy]

    def _headers(self, url: str, headers: Mapping[str, str]) -> dict[str, str]:
        from urllib3.util import make_headers

        from dualvariant import __version__

        userinfo = unquote(urlsplit(url).netloc.rpartition("@")[0]) or self._auth.get(_netloc(url))
        auth = make_headers(basic_auth=userinfo) if userinfo else {}
        return {"User-Agent": f"dualvariant/{__version__}", **auth, **headers}

    @contextmanager
    def open(self, url: str, headers: Mapping[str, str] | None = None) -> Iterator[BaseHTTPResponse]:
        """A response whose body is read by the caller, piece by piece.

        Raises:
            SourceError: the address does not answer. An answer with an error status is an answer.
        """
        import urllib3

        retry = urllib3.Retry(
            total=self.transport.retries,
            redirect=20,
            backoff_factor=0.25,
            status_forcelist=_RETRIED,
            raise_on_status=False,
        )
        # The userinfo travels in a header; urllib3 would otherwise take it for a part of the host.
        bare = urlsplit(url)._replace(netloc=_netloc(url)).geturl()
        try:
            response = self._pool(url).request(
                "GET",
                bare,
                headers=self._headers(url, headers or {}),
                retries=retry,
                timeout=self.transport.timeout,
                preload_content=False,
            )
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise SourceError(f"{bare} does not answer ({_root_cause(error)})") from error
        try:
            yield response
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise SourceError(f"{bare} broke off ({_root_cause(error)})") from error
        finally:
            response.close()

    def page(self, url: str, accept: str) -> Page | None:
        """A page, or None where there is none.

        Raises:
            SourceError: it cannot be told what is there.
        """
        path = local_path(url)
        if path is not None:
            try:
                text = path.read_text(encoding="utf-8", errors="replace")
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return None
            except OSError as error:
                raise SourceError(f"{path} cannot be read ({error.strerror})") from error
            return Page(url, "text/html", text)
        with self.open(url, {"Accept": accept}) as response:
            if response.status == 404 or response.status == 410:
                return None
            if response.status != 200:
                raise SourceError(f"{_bare(url)} answers {response.status} ({response.reason})")
            kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            final = response.geturl() or url
            body = response.read(decode_content=True)
        return Page(_absolute(url, final), kind, body.decode("utf-8", "replace"))

    def read(self, url: str) -> bytes:
        """A whole small file.

        Raises:
            SourceError: it cannot be read.
        """
        path = local_path(url)
        if path is not None:
            try:
                return path.read_bytes()
            except OSError as error:
                raise SourceError(f"{path} cannot be read ({error.strerror})") from error
        with self.open(url) as response:
            if response.status != 200:
                raise SourceError(f"{_bare(url)} answers {response.status} ({response.reason})")
            return bytes(response.read(decode_content=True))

    def spool(self, url: str, file: IO[bytes]) -> None:
        """Write a file of any size into ``file``, and go back to its start."""
        with self.open(url) as response:
            if response.status != 200:
                raise SourceError(f"{_bare(url)} answers {response.status} ({response.reason})")
            for chunk in response.stream(1 << 18, decode_content=False):
                file.write(chunk)
        file.seek(0)


def _bare(url: str) -> str:
    """The address without the credentials in it: what may be shown."""
    return urlsplit(url)._replace(netloc=_netloc(url)).geturl()


def _absolute(asked: str, final: str) -> str:
    from urllib.parse import urljoin

    return urljoin(asked, final)


def _root_cause(error: BaseException) -> str:
    reason = getattr(error, "reason", None)
    return _root_cause(reason) if isinstance(reason, BaseException) else str(error)
