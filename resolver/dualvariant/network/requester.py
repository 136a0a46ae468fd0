"""One GET request as pip makes it: with the right login and certificates, repeated if it fails, redirects followed.

Each redirect is a request of its own, with the login and the certificates of its own host.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from dualvariant.core.errors import InvalidUrlError
from dualvariant.network.credentials import Credentials
from dualvariant.network.failures import (
    InvalidRedirectError,
    OfflineError,
    SourceError,
    describe_error,
    error_class_of,
    error_for_limit,
    error_for_missing_login,
    is_of_server,
)
from dualvariant.network.login import Login
from dualvariant.network.transport import Connections, Transport
from dualvariant.network.urls import Url, is_http, is_secure, join_url, redact_url, strip_credentials

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

__all__ = ["Requester", "backoff"]

#: The longest ``Retry-After``, in seconds, that is waited for.
MAX_RETRY_AFTER = 30.0

_RETRIED = frozenset({429, 500, 502, 503, 504, 520, 527})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: pip's, which is that of its requests (``DEFAULT_REDIRECT_LIMIT``).
_MAX_REDIRECTS = 30

_CHECK_URL = "check the URL (--index-url, --extra-index-url, --find-links)"


class Requester:
    """Makes GET requests; threads share it.

    Args:
        transport: how to reach the network.
        credentials: finds the logins.
    """

    def __init__(self, transport: Transport, credentials: Credentials) -> None:
        self.transport = transport
        self._credentials = credentials
        self._connections = Connections(transport)

    def get(self, url: str, headers: Mapping[str, str]) -> tuple[BaseHTTPResponse, str]:
        """The first response that is not a redirect, and the URL it came from. The body has not been read yet.

        That URL is without credentials: the links of a page are relative to it, and plain pip's caches know them so.

        Raises:
            SourceError: there is no such response.
        """
        if self.transport.offline:
            raise OfflineError(
                f"no server is asked for anything, because uv is set to be offline: {_show(url, url)}",
                "unset UV_OFFLINE, and 'offline' in uv's files; or name folders: --no-index --find-links FOLDER",
            )
        trusted = self.transport.trusted_hosts
        current = url
        for _ in range(_MAX_REDIRECTS + 1):
            try:
                parsed = Url.parse(current)
            except InvalidUrlError:
                raise SourceError(f"{_show(url, current)} is not a URL", _CHECK_URL) from None
            response = self._get_with_login(parsed, headers, _show(url, current))
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or not location:
                return response, strip_credentials(current)
            response.close()
            previous, current = current, _join(current, location)
            if not is_http(current):
                raise InvalidRedirectError(
                    f"{redact_url(url)} redirects to a URL that is not http or https: {redact_url(current)}", _CHECK_URL
                )
            if is_secure(previous, trusted) and not _is_secure(current, trusted):
                raise InvalidRedirectError(
                    f"{redact_url(url)} redirects to a URL that is not secure: {redact_url(current)}",
                    "--trusted-host names a host that may be used without https",
                )
        raise InvalidRedirectError(f"{redact_url(url)} redirects more than {_MAX_REDIRECTS} times", _CHECK_URL)

    def _get_with_login(self, url: Url, headers: Mapping[str, str], shown: str) -> BaseHTTPResponse:
        """The response to the first login; after a refusal, to the keyring's.

        Args:
            url: what to ask for.
            headers: those of the request.
            shown: how a message names the URL.

        Raises:
            SourceError: there is no response, or there is no login, and no request is to be without one.
        """
        login = self._credentials.find_login(url)
        if login is None and self._credentials.are_required(url):
            login = self._credentials.find_other_login(url, None)
            if login is None:
                raise error_for_missing_login(shown)
        response = self._get_with_retries(url, headers, login, shown)
        if response.status == HTTPStatus.UNAUTHORIZED:
            other = self._credentials.find_other_login(url, login)
            if other is not None:
                response.close()
                response = self._get_with_retries(url, headers, other, shown)
        return response

    def _get_with_retries(
        self, url: Url, headers: Mapping[str, str], login: Login | None, shown: str
    ) -> BaseHTTPResponse:
        """The response to one request, repeated as often as pip repeats it."""
        import urllib3

        from dualvariant import __version__
        from dualvariant.network.answers import AnswerLimitError

        defaults = {"User-Agent": f"dualvariant/{__version__}", "Authorization": login.header if login else ""}
        wanted = {name: value for name, value in {**defaults, **headers}.items() if value}
        # The login is sent in a header; urllib3 would otherwise take it for a part of the host.
        address, attempt = strip_credentials(url.text), 0
        while True:
            wait = backoff(attempt)
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
            except AnswerLimitError as error:
                raise error_for_limit(shown, error) from error
            except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                if attempt == self.transport.retries or not _is_temporary(error):
                    failure = error_class_of(error)(
                        f"{shown} does not answer ({describe_error(error, self.transport.timeout)})",
                        "check the URL, the network and the proxy (--proxy)",
                    )
                    failure.server = url.server.origin if is_of_server(error) else None
                    raise failure from error
            else:
                asked = _parse_retry_after(response)
                if response.status not in _RETRIED or attempt == self.transport.retries or asked > MAX_RETRY_AFTER:
                    return response
                response.close()
                wait = max(wait, asked)
            time.sleep(wait)
            attempt += 1


def backoff(attempt: int) -> float:
    """Seconds to wait after a failed attempt; the first one is number 0."""
    return float(min(0.25 * 2**attempt, 8.0))


def _show(url: str, current: str) -> str:
    """How a message names what was asked for, and where that has redirected to."""
    return redact_url(url) if current is url else f"{redact_url(url)}, redirected to {redact_url(current)},"


def _join(url: str, location: str) -> str:
    """The URL that a ``Location`` leads to. As in pip, its bytes are UTF-8; http.client has read them as Latin-1."""
    try:
        return join_url(strip_credentials(url), location.encode("latin-1").decode())
    except (InvalidUrlError, UnicodeError):
        raise InvalidRedirectError(
            f"{redact_url(url)} redirects to something that is not a URL: {redact_url(location)}", _CHECK_URL
        ) from None


def _is_secure(url: str, trusted_hosts: Sequence[str]) -> bool:
    try:
        return is_secure(url, trusted_hosts)
    except InvalidUrlError:
        return False


def _parse_retry_after(response: BaseHTTPResponse) -> float:
    """Seconds that the server asks us to wait (RFC 9110 §10.2.3); 0 if it names none."""
    text = response.headers.get("Retry-After", "").strip()
    return float(text) if text.isascii() and text.isdigit() else 0.0


def _is_temporary(error: Exception) -> bool:
    """Whether the next attempt may succeed: a bad certificate or URL stays bad."""
    from urllib3.exceptions import LocationValueError, SSLError

    return not isinstance(error, SSLError | LocationValueError | ValueError)
