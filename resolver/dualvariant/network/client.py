"""Reads pages and files from ``http``, ``https`` and ``file`` URLs.

Reading ends whatever a server does: attempts are counted, and pages and small files have a size and a time that they
may not exceed.
"""

from __future__ import annotations

import errno
import io
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, NamedTuple

from attrs import evolve

from dualvariant.core.errors import InvalidUrlError
from dualvariant.core.files import read_regular
from dualvariant.network.concurrency import TimeLimitError, run_with_timeout
from dualvariant.network.credentials import Credentials
from dualvariant.network.failures import (
    BrokenOffError,
    DamagedError,
    NotFoundError,
    SourceError,
    TimedOutError,
    TooLargeError,
    UnreadableSourceFileError,
    describe_error,
    error_for_limit,
    error_for_status,
    is_error_status,
)
from dualvariant.network.keyring import Keyring
from dualvariant.network.login import Login
from dualvariant.network.pages import PAGE_SIZE, Page, PageCache, PageRules
from dualvariant.network.requester import Requester, backoff
from dualvariant.network.transport import Transport
from dualvariant.network.urls import Url, is_http, local_path, redact_url

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

__all__ = ["UPLOAD_AGAIN", "AccessNeeds", "Client"]

#: The largest metadata file, in bytes, that is read.
SMALL_SIZE = 16 << 20
#: The largest wheel, in bytes, that is downloaded to read its METADATA.
WHEEL_SIZE = 8 << 30

_CHUNK = 1 << 16
#: The statuses of answers that are a file, or a part of one; a proxy that has changed something of it says so by 203.
#: The others have something else in them, if anything.
_WITH_FILE = (HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION, HTTPStatus.PARTIAL_CONTENT)
#: What a user, or the owner of an index, does about a file that cannot be used.
UPLOAD_AGAIN = "--no-variant takes the standard wheel; the owner of the index can upload the file again"
_SLOW = "try again later; --timeout sets how long a server may be silent"


class AccessNeeds(NamedTuple):
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


class _Answer(NamedTuple):
    """An answer: the URL after redirects, its headers and the body; None for one that has not changed (304)."""

    url: str
    headers: Mapping[str, str]
    body: bytes | None


class _AttemptFailedError(Exception):
    """An attempt failed in the middle of the body; another one may succeed."""


class Client:
    """Reads pages, files and parts of files. Connections are kept open, and shared between threads.

    Args:
        transport: how to reach the network.
        indexes: the URLs of the indexes, whose credentials count for everything on their hosts.
        on_wait: called with a message when something takes more than two seconds.
        pages: the pages of earlier runs.
        authenticate: what uv's ``authenticate`` says of an index.
    """

    def __init__(
        self,
        transport: Transport,
        indexes: Sequence[str] = (),
        on_wait: Callable[[str], None] = lambda message: None,
        pages: PageCache | None = None,
        authenticate: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.transport = transport
        self.pages = pages or PageCache()
        self.on_wait = on_wait
        self._keyring = Keyring(
            transport.keyring_provider, no_input=transport.no_input, python=transport.keyring_python
        )
        self._credentials = Credentials(indexes, self._keyring, authenticate, transport.stored_logins)
        self._requester = Requester(transport, self._credentials)
        #: The files that a server was asked for and hands out, and the servers that did not answer, with what is said.
        self._handed_out: set[str] = set()
        self._silent: dict[tuple[str, str], SourceError] = {}

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
        except InvalidUrlError:
            return _NO_NEEDS  # no client can read it
        encrypted, transport = parsed.server.scheme == "https", self.transport
        login = self._credentials.are_needed(parsed)
        trusted_host = encrypted and parsed.server.is_named_by(transport.trusted_hosts)
        client_certificate = encrypted and transport.client_cert is not None
        if login or trusted_host or client_certificate:
            return AccessNeeds(login, trusted_host, client_certificate)
        return _NO_NEEDS

    @property
    def may_need_access(self) -> bool:
        """Whether :meth:`access_needs` of any URL may name something."""
        transport = self.transport
        return bool(transport.trusted_hosts or transport.client_cert or self._credentials.any_known)

    def server_needs(self, url: str) -> AccessNeeds:
        """What another client would need to read any URL on the same server: :meth:`access_needs` of the neediest."""
        needs = self.access_needs(url)
        return needs._replace(login=True) if self._credentials.cover_server_of(url) else needs

    @contextmanager
    def open(self, url: str, headers: Mapping[str, str] | None = None) -> Iterator[BaseHTTPResponse]:
        """A response whose body is read by the caller, piece by piece. Any status is a response.

        Raises:
            SourceError: the URL does not answer.
        """
        import urllib3

        from dualvariant.network.answers import AnswerLimitError

        response, _ = self._requester.get(url, headers or {})
        try:
            yield response
        except AnswerLimitError as error:
            raise error_for_limit(redact_url(url), error) from error
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
            return Page.parse(url, "text/html; charset=utf-8", _read_local(path, PAGE_SIZE))
        kept = self.pages.read(url, accept)
        if kept is not None and self.pages.reuse and kept.remaining and self._may_reuse(url):
            return kept
        # As in pip, caches on the way have to ask the server too.
        headers = {"Accept": accept, "Cache-Control": "max-age=0", **(kept.rules.conditions if kept else {})}
        try:
            answer = self._read_whole(url, headers, PAGE_SIZE)
        except NotFoundError:
            return None
        if answer.body is None and kept is not None:
            self.pages.confirm(url, accept)
            return evolve(kept, checked=time.time())
        content_type = answer.headers.get("Content-Type") or ""
        page = Page.parse(answer.url, content_type, answer.body or b"", PageRules.parse(answer.headers))
        return self.pages.write(url, accept, answer.headers, page) if answer.url == url else page

    def is_at_hand(self, url: str, accept: str) -> bool:
        """Whether :meth:`fetch_page` asks no server for a page: it is on this machine, or kept and still fresh."""
        return local_path(url) is not None or (self.pages.is_fresh(url, accept) and self._may_reuse(url))

    def _may_reuse(self, url: str) -> bool:
        """Whether the installer of this run would use a page of such a URL without asking."""
        if not self.pages.only_secure:
            return True
        server = Url.parse(url).server
        return server.scheme == "https" or server.is_named_by(self.transport.trusted_hosts)

    def read(self, url: str) -> bytes:
        """A whole small file.

        Raises:
            SourceError: it cannot be read.
        """
        path = local_path(url)
        if path is not None:
            return _read_local(path, SMALL_SIZE)
        return self._read_whole(url, {}, SMALL_SIZE).body or b""

    def require(self, url: str) -> None:
        """Make sure that a server hands a file out, by its first byte. A silent server is not asked again.

        Args:
            url: an address of ``http`` or ``https``.

        Raises:
            SourceError: it does not.
        """
        if url in self._handed_out:
            return
        server = Url.parse(url).server.origin
        if server in self._silent:
            raise self._silent[server]

        def ask() -> None:
            with self.open(url, {"Accept-Encoding": "identity", "Range": "bytes=0-0"}) as response:
                if response.status not in _WITH_FILE:
                    raise error_for_status(url, response.status)
                if not response.read(1, decode_content=False):
                    raise DamagedError(f"{redact_url(url)} has no content", UPLOAD_AGAIN)

        try:
            run_with_timeout(self.transport.timeout, ask, lambda: self.on_wait(f"waiting for {redact_url(url)}"))
        except TimeLimitError as error:
            self._silent[server] = TimedOutError(f"{redact_url(url)} is given up ({error})", _SLOW)
            raise self._silent[server] from error
        except SourceError as error:
            if error.server is not None:
                self._silent[error.server] = error
            raise
        self._handed_out.add(url)

    def spool(self, url: str, response: BaseHTTPResponse, file: IO[bytes]) -> None:
        """Write the body of a response into ``file``, and go back to its start.

        Raises:
            SourceError: the server failed or refused, or the file is larger than any wheel.
        """
        if is_error_status(response.status):
            raise error_for_status(url, response.status)
        size = 0
        for chunk in response.stream(_CHUNK, decode_content=False):
            file.write(chunk)
            size += len(chunk)
            if size > WHEEL_SIZE:
                raise TooLargeError(f"{redact_url(url)} is given up (larger than {WHEEL_SIZE >> 30} GiB)", UPLOAD_AGAIN)
        file.seek(0)

    def _read_whole(self, url: str, headers: Mapping[str, str], limit: int) -> _Answer:
        """The answer for a page or small file, all attempts within one time limit."""
        given_up: list[bool] = []

        def read() -> _Answer:
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

    def _read_once(self, url: str, headers: Mapping[str, str], limit: int, given_up: Sequence[bool]) -> _Answer:
        import urllib3

        from dualvariant.network.answers import AnswerLimitError

        response, final = self._requester.get(url, {"Accept-Encoding": "gzip, deflate", **headers})
        try:
            if response.status == 304 and ("If-None-Match" in headers or "If-Modified-Since" in headers):
                response.drain_conn()  # only an answer that was read leaves its connection to others
                return _Answer(final, response.headers, None)
            if is_error_status(response.status):
                if _is_short(response):
                    response.drain_conn()  # an index without the project is asked for the next one
                raise error_for_status(url, response.status, self._keyring.problem)
            body = io.BytesIO()  # its value is no copy
            while not given_up and (chunk := response.read(_CHUNK, decode_content=True)):
                body.write(chunk)
                if body.tell() > limit:
                    raise TooLargeError(
                        f"{redact_url(url)} is given up (larger than {limit >> 20} MiB)",
                        "check that the URL is that of an index (--index-url, --extra-index-url)",
                    )
            return _Answer(final, response.headers, body.getvalue())
        except AnswerLimitError as error:
            raise error_for_limit(redact_url(url), error) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _AttemptFailedError(describe_error(error, self.transport.timeout)) from error
        finally:
            response.close()


def _is_short(response: BaseHTTPResponse) -> bool:
    """Whether reading a body takes less time than connecting anew. Nobody knows how long one in pieces is."""
    length = response.headers.get("Content-Length", "")
    return "Transfer-Encoding" not in response.headers and length.isascii() and length.isdigit() and len(length) < 6


def _read_local(path: Path, limit: int) -> bytes:
    step = "check the path and its permissions"
    try:
        return read_regular(path, limit)
    except OSError as error:
        kind = TooLargeError if error.errno == errno.EFBIG else UnreadableSourceFileError
        raise kind(f"{str(path)!r} cannot be read ({error.strerror})", step) from error
