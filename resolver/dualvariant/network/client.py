"""Reading from addresses: ``http``, ``https`` and ``file``.

Whatever a server does, reading ends: attempts are counted, pages have a size and a time that they may not exceed, and
redirects are followed one by one, each with the login and the certificates of its own host.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urljoin

from attrs import field, frozen

from dualvariant.network.concurrency import TooLong, within
from dualvariant.network.credentials import Credentials, Keyring, Login
from dualvariant.network.failures import (
    DamagedError,
    GoneError,
    RefusedError,
    SourceError,
    reason,
    refusal,
)
from dualvariant.network.transport import Connections, Transport
from dualvariant.network.urls import bare, is_address, is_http, is_secure, is_trusted, local_path, shown

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

__all__ = [
    "Client",
    "DamagedError",
    "GoneError",
    "Page",
    "RefusedError",
    "SourceError",
    "Transport",
    "local_path",
    "refusal",
]

#: The largest page, in bytes, that is read: a page of 10,000 files has 4 million.
PAGE_SIZE = 256 << 20
#: The largest metadata file that is read.
SMALL_SIZE = 64 << 20
#: Seconds that a server may ask us to wait (``Retry-After``) before we rather say so.
PATIENCE = 30.0

_RETRIED = frozenset({429, 500, 502, 503, 504, 520, 527})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 20
_CHUNK = 1 << 16


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


class _Broken(Exception):
    """An attempt failed; another one may succeed."""


class Client:
    """Reads pages, files and parts of files; connections are kept and shared between threads.

    Args:
        transport: how to reach the network.
        indexes: the indexes' addresses, whose credentials count for everything near them.
        waiting: told when somebody has been waiting for two seconds.
        shared: whether the installer gets all of the transport's settings too. pip does; uv knows no trusted hosts and
            no client certificate of pip's.
    """

    def __init__(
        self,
        transport: Transport,
        indexes: Sequence[str] = (),
        waiting: Callable[[str], None] = lambda message: None,
        *,
        shared: bool = True,
    ) -> None:
        self.transport = transport
        self.shared = shared
        self.waiting = waiting
        self._keyring = Keyring(transport.keyring_provider, no_input=transport.no_input)
        self._credentials = Credentials(indexes, self._keyring)
        self._connections = Connections(transport)

    def is_ours_alone(self, url: str) -> bool:
        """Whether whoever reads the address has to know what we know and the installer does not."""
        if not is_http(url):
            return False
        if not self.shared and url[:6].lower() == "https:":
            transport = self.transport
            if transport.client_cert or is_trusted(url, transport.trusted_hosts):
                return True
        return self._credentials.ours(url)

    @contextmanager
    def open(self, url: str, headers: Mapping[str, str] | None = None) -> Iterator[BaseHTTPResponse]:
        """A response whose body is read by the caller, piece by piece.

        Raises:
            SourceError: the address does not answer. An answer with an error status is an answer.
        """
        import urllib3

        response, _ = self._answer(url, headers or {})
        try:
            yield response
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise SourceError(f"{shown(url)} broke off ({reason(error, self.transport.timeout)})") from error
        finally:
            response.close()

    def page(self, url: str, accept: str) -> Page | None:
        """A page, or None where there is none.

        Raises:
            RefusedError: we may not see it.
            SourceError: it cannot be told what is there.
        """
        path = local_path(url)
        if path is not None:
            if not path.is_file():
                return None
            return Page(url, "text/html", _local(path, PAGE_SIZE).decode("utf-8", "replace"))
        try:
            final, content_type, body = self._whole(url, {"Accept": accept}, PAGE_SIZE)
        except GoneError:
            return None
        kind, _, parameters = content_type.partition(";")
        return Page(final, kind.strip().lower(), _decoded(body, parameters))

    def read(self, url: str) -> bytes:
        """A whole small file.

        Raises:
            SourceError: it cannot be read.
        """
        path = local_path(url)
        return _local(path, SMALL_SIZE) if path is not None else self._whole(url, {}, SMALL_SIZE)[2]

    def spool(self, url: str, response: BaseHTTPResponse, file: IO[bytes]) -> None:
        """Write the body of a response into ``file``, and go back to its start. It may take long, but not trickle."""
        if response.status != 200:
            raise refusal(url, response.status)
        begun, size = time.monotonic(), 0
        for chunk in response.stream(_CHUNK, decode_content=False):
            file.write(chunk)
            size += len(chunk)
            if time.monotonic() - begun > self.transport.patience + size / 10_000:
                raise SourceError(f"{shown(url)} is given up (less than 10 kB a second)")
        file.seek(0)

    def _whole(self, url: str, headers: Mapping[str, str], limit: int) -> tuple[str, str, bytes]:
        """Address after redirects, content type and body of a page or small file, all attempts within one limit."""
        given_up: list[bool] = []

        def work() -> tuple[str, str, bytes]:
            for attempt in range(self.transport.retries + 1):
                try:
                    return self._once(url, headers, limit, given_up)
                except _Broken as error:
                    if attempt == self.transport.retries:
                        raise SourceError(f"{shown(url)} broke off ({error})") from error
                    time.sleep(_backoff(attempt))
            raise AssertionError("the last attempt returns or raises")

        try:
            return within(self.transport.patience, work, lambda: self.waiting(f"waiting for {shown(url)}"))
        except TooLong as error:
            given_up.append(True)
            raise SourceError(f"{shown(url)} is given up ({error})") from error

    def _once(
        self, url: str, headers: Mapping[str, str], limit: int, given_up: Sequence[bool]
    ) -> tuple[str, str, bytes]:
        import urllib3

        response, final = self._answer(url, {"Accept-Encoding": "gzip, deflate", **headers})
        try:
            if response.status != 200:
                raise refusal(url, response.status, self._keyring.problem)
            body = bytearray()
            while not given_up and (chunk := response.read(_CHUNK, decode_content=True)):
                body += chunk
                if len(body) > limit:
                    raise SourceError(f"{shown(url)} is given up (larger than {limit >> 20} MiB)")
            return final, response.headers.get("Content-Type", ""), bytes(body)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _Broken(reason(error, self.transport.timeout)) from error
        finally:
            response.close()

    def _answer(self, url: str, headers: Mapping[str, str]) -> tuple[BaseHTTPResponse, str]:
        """The first response that is no redirect, and the address it came from."""
        at = url
        for _ in range(_MAX_REDIRECTS + 1):
            if not is_address(at):
                raise SourceError(f"{shown(at)} is no address")
            response = self._allowed(at, headers)
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or not location:
                return response, at
            response.close()
            before, at = at, urljoin(bare(at), location)
            if not is_http(at):
                raise SourceError(f"{shown(url)} redirects to what is no web address: {shown(at)}")
            trusted = self.transport.trusted_hosts
            if is_secure(before, trusted) and not is_secure(at, trusted):
                raise SourceError(
                    f"{shown(url)} redirects to an address that is not secure: {shown(at)}",
                    "--trusted-host names a host that is trusted all the same",
                )
        raise SourceError(f"{shown(url)} redirects more than {_MAX_REDIRECTS} times")

    def _allowed(self, url: str, headers: Mapping[str, str]) -> BaseHTTPResponse:
        """The response to our login; after a refusal, to the keyring's."""
        login = self._credentials.login(url)
        response = self._attempts(url, headers, login)
        if response.status == HTTPStatus.UNAUTHORIZED:
            other = self._credentials.after_refusal(url, login)
            if other is not None:
                response.close()
                response = self._attempts(url, headers, other)
        return response

    def _attempts(self, url: str, headers: Mapping[str, str], login: Login | None) -> BaseHTTPResponse:
        """The response to one request, made again as often as pip makes it again."""
        import urllib3

        from dualvariant import __version__

        own = {"User-Agent": f"dualvariant/{__version__}", "Authorization": login.header if login else ""}
        wanted = {name: value for name, value in {**own, **headers}.items() if value}
        # The login travels in a header; urllib3 would otherwise take it for a part of the host.
        address, attempt = bare(url), 0
        while True:
            wait = _backoff(attempt)
            try:
                response = self._connections.pool(url).request(
                    "GET",
                    address,
                    headers=wanted,
                    retries=False,
                    redirect=False,
                    timeout=self.transport.timeout,
                    preload_content=False,
                )
            except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                if attempt == self.transport.retries or not _passing(error):
                    raise SourceError(
                        f"{shown(url)} does not answer ({reason(error, self.transport.timeout)})"
                    ) from error
            else:
                asked = _retry_after(response)
                if response.status not in _RETRIED or attempt == self.transport.retries or asked > PATIENCE:
                    return response
                response.close()
                wait = max(wait, asked)
            time.sleep(wait)
            attempt += 1


def _backoff(attempt: int) -> float:
    return float(min(0.25 * 2**attempt, 8.0))


def _retry_after(response: BaseHTTPResponse) -> float:
    """Seconds that the server asks us to wait (RFC 9110 §10.2.3); 0 if it does not say so in seconds."""
    text = response.headers.get("Retry-After", "").strip()
    return float(text) if text.isascii() and text.isdigit() else 0.0


def _passing(error: Exception) -> bool:
    """Whether the next attempt may do better: a certificate or an address stays as it is."""
    from urllib3.exceptions import LocationValueError, SSLError

    return not isinstance(error, SSLError | LocationValueError | ValueError)


def _decoded(body: bytes, parameters: str) -> str:
    """The text of a page, in the encoding that its content type names, else UTF-8."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            try:
                return body.decode(value.strip().strip('"'), "replace")
            except LookupError:
                break
    return body.decode("utf-8", "replace")


def _local(path: Path, limit: int) -> bytes:
    try:
        # A pipe would keep us waiting, a device has no end.
        if path.exists() and not path.is_file():
            raise SourceError(f"{str(path)!r} cannot be read (it is no file)")
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise SourceError(f"{str(path)!r} cannot be read ({error.strerror})") from error
    if len(content) > limit:
        raise SourceError(f"{str(path)!r} cannot be read (larger than {limit >> 20} MiB)")
    return content
