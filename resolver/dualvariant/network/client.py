"""Reads pages and files from ``http``, ``https`` and ``file`` URLs.

Reading ends whatever a server does: attempts are counted, and pages and small files have a size and a time that they
may not exceed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from attrs import field, frozen

from dualvariant.network.concurrency import TimeLimitError, run_with_timeout
from dualvariant.network.credentials import Credentials, Keyring, Login
from dualvariant.network.failures import (
    BrokenOffError,
    NotFoundError,
    TimedOutError,
    TooLargeError,
    UnreadableSourceFileError,
    describe_error,
    error_for_status,
)
from dualvariant.network.requester import Requester, backoff
from dualvariant.network.transport import Transport
from dualvariant.network.urls import Url, is_http, local_path, redact_url

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

__all__ = ["AccessNeeds", "Client", "Page"]

#: The largest page, in bytes, that is read: a page of 10,000 files has 4 million.
PAGE_SIZE = 256 << 20
#: The largest metadata file, in bytes, that is read.
SMALL_SIZE = 64 << 20
#: The slowest download, in bytes a second, that is waited for.
MIN_SPEED = 10_000

_CHUNK = 1 << 16
_SLOW = "try again later; --timeout sets how long a server may be silent"


@frozen
class Page:
    """What a URL answered.

    Args:
        url: the URL after redirects.
        content_type: the media type without parameters, in lower case.
        text: the body.
    """

    url: str
    content_type: str
    text: str = field(repr=False)


@frozen
class AccessNeeds:
    """What a client must have, or be set to, for reading a URL. Nothing of it is in the URL itself.

    Args:
        login: a login that only our settings have.
        trusted_host: the setting that the host's certificate is not checked.
        client_certificate: a certificate of the client.
    """

    login: bool = False
    trusted_host: bool = False
    client_certificate: bool = False


_NO_NEEDS = AccessNeeds()


class _AttemptFailedError(Exception):
    """An attempt failed in the middle of the body; another one may succeed."""


class Client:
    """Reads pages, files and parts of files. Connections are kept open, and shared between threads.

    Args:
        transport: how to reach the network.
        indexes: the URLs of the indexes, whose credentials count for everything on their hosts.
        on_wait: called with a message when something takes more than two seconds.
    """

    def __init__(
        self,
        transport: Transport,
        indexes: Sequence[str] = (),
        on_wait: Callable[[str], None] = lambda message: None,
    ) -> None:
        self.transport = transport
        self.on_wait = on_wait
        self._keyring = Keyring(transport.keyring_provider, no_input=transport.no_input)
        self._credentials = Credentials(indexes, self._keyring)
        self._requester = Requester(transport, self._credentials)

    @property
    def logins(self) -> Mapping[str, Login]:
        """The login of each host that has one for everything on it; logins count from when they are known."""
        return self._credentials.by_host

    def find_login(self, url: str) -> Login | None:
        """The login that is sent with the first request for a URL."""
        return self._credentials.find_login(Url.parse(url))

    def access_needs(self, url: str) -> AccessNeeds:
        """What another client would need to read the URL. Logins count from the moment when they are known."""
        if not is_http(url):
            return _NO_NEEDS
        try:
            parsed = Url.parse(url)
        except ValueError:
            return _NO_NEEDS  # no client can read it
        encrypted, transport = parsed.server.scheme == "https", self.transport
        login = self._credentials.are_needed(parsed)
        trusted_host = encrypted and parsed.server.is_named_by(transport.trusted_hosts)
        client_certificate = encrypted and transport.client_cert is not None
        if login or trusted_host or client_certificate:
            return AccessNeeds(login, trusted_host, client_certificate)
        return _NO_NEEDS

    @contextmanager
    def open(self, url: str, headers: Mapping[str, str] | None = None) -> Iterator[BaseHTTPResponse]:
        """A response whose body is read by the caller, piece by piece. Any status is a response.

        Raises:
            SourceError: the URL does not answer.
        """
        import urllib3

        response, _ = self._requester.get(url, headers or {})
        try:
            yield response
        except (urllib3.exceptions.HTTPError, OSError) as error:
            why = describe_error(error, self.transport.timeout)
            raise BrokenOffError(f"{redact_url(url)} broke off ({why})", "try again") from error
        finally:
            response.close()

    def fetch_page(self, url: str, accept: str) -> Page | None:
        """A page, or None where there is none.

        Args:
            url: its URL.
            accept: the value of ``Accept``.

        Raises:
            ForbiddenError: the server does not allow us to read it.
            SourceError: the page cannot be read.
        """
        path = local_path(url)
        if path is not None:
            if not path.is_file():
                return None
            return Page(url, "text/html", _read_local(path, PAGE_SIZE).decode("utf-8", "replace"))
        try:
            final, content_type, body = self._read_whole(url, {"Accept": accept}, PAGE_SIZE)
        except NotFoundError:
            return None
        kind, _, parameters = content_type.partition(";")
        return Page(final, kind.strip().lower(), _decode(body, parameters))

    def read(self, url: str) -> bytes:
        """A whole small file.

        Raises:
            SourceError: it cannot be read.
        """
        path = local_path(url)
        return _read_local(path, SMALL_SIZE) if path is not None else self._read_whole(url, {}, SMALL_SIZE)[2]

    def spool(self, url: str, response: BaseHTTPResponse, file: IO[bytes]) -> None:
        """Write the body of a response into ``file``, and go back to its start. It may be long, but not very slow.

        Raises:
            SourceError: the status is not 200, or the body comes too slowly.
        """
        if response.status != 200:
            raise error_for_status(url, response.status)
        begun, size = time.monotonic(), 0
        for chunk in response.stream(_CHUNK, decode_content=False):
            file.write(chunk)
            size += len(chunk)
            if time.monotonic() - begun > self.transport.total_timeout + size / MIN_SPEED:
                raise TimedOutError(f"{redact_url(url)} is given up (less than {MIN_SPEED // 1000} kB a second)", _SLOW)
        file.seek(0)

    def _read_whole(self, url: str, headers: Mapping[str, str], limit: int) -> tuple[str, str, bytes]:
        """URL after redirects, content type and body of a page or small file, all attempts within one time limit."""
        given_up: list[bool] = []

        def read() -> tuple[str, str, bytes]:
            for attempt in range(self.transport.retries + 1):
                try:
                    return self._read_once(url, headers, limit, given_up)
                except _AttemptFailedError as error:
                    if attempt == self.transport.retries:
                        raise BrokenOffError(f"{redact_url(url)} broke off ({error})", "try again") from error
                    time.sleep(backoff(attempt))
            raise AssertionError("the last attempt returns or raises")

        try:
            return run_with_timeout(
                self.transport.total_timeout, read, lambda: self.on_wait(f"waiting for {redact_url(url)}")
            )
        except TimeLimitError as error:
            given_up.append(True)
            raise TimedOutError(f"{redact_url(url)} is given up ({error})", _SLOW) from error

    def _read_once(
        self, url: str, headers: Mapping[str, str], limit: int, given_up: Sequence[bool]
    ) -> tuple[str, str, bytes]:
        import urllib3

        response, final = self._requester.get(url, {"Accept-Encoding": "gzip, deflate", **headers})
        try:
            if response.status != 200:
                raise error_for_status(url, response.status, self._keyring.problem)
            body = bytearray()
            while not given_up and (chunk := response.read(_CHUNK, decode_content=True)):
                body += chunk
                if len(body) > limit:
                    raise TooLargeError(
                        f"{redact_url(url)} is given up (larger than {limit >> 20} MiB)",
                        "check that the URL is that of an index (--index-url, --extra-index-url)",
                    )
            return final, response.headers.get("Content-Type", ""), bytes(body)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _AttemptFailedError(describe_error(error, self.transport.timeout)) from error
        finally:
            response.close()


def _decode(body: bytes, parameters: str) -> str:
    """The text of a page, in the encoding that its content type names, else UTF-8."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            try:
                return body.decode(value.strip().strip('"'), "replace")
            except LookupError:
                break
    return body.decode("utf-8", "replace")


def _read_local(path: Path, limit: int) -> bytes:
    step = "check the path and its permissions"
    try:
        # Reading a pipe would block, and a device has no end.
        if path.exists() and not path.is_file():
            raise UnreadableSourceFileError(f"{str(path)!r} cannot be read (it is not a file)", step)
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise UnreadableSourceFileError(f"{str(path)!r} cannot be read ({error.strerror})", step) from error
    if len(content) > limit:
        raise TooLargeError(f"{str(path)!r} cannot be read (larger than {limit >> 20} MiB)", step)
    return content
