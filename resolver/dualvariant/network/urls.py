"""URLs as values, and the questions that are asked of them: local or remote, secure, trusted, safe to print.

Anybody may have written a URL: a user, a requirement file, a server. :mod:`urllib.parse` raises ValueError for some
texts, so no other module takes URLs apart with it. What is raised here ends a command with a message.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from dualvariant.core.errors import InvalidUrlError
from dualvariant.core.printable import shorten

__all__ = [
    "Server",
    "Url",
    "find_path",
    "find_scheme",
    "is_address",
    "is_http",
    "is_secure",
    "join_url",
    "local_path",
    "mask_login",
    "redact_path",
    "redact_url",
    "replace_login",
    "strip_credentials",
]

# The part of a URL that the files of an index share: scheme, credentials, host and port.
_SERVER = re.compile(r"[^/?#]*(?://[^/?#]*)?")
# Characters that urllib leaves out wherever they are.
_LEFT_OUT = re.compile(r"[\t\r\n]")
_BLANK = re.compile(r"\s")

# A host, perhaps with a port, that nobody can take for a piece of a login.
_PLAIN_HOST = re.compile(r"(?:[\w.~-]+|\[[0-9a-fA-F:.]+(?:%[\w.%~-]+)?\])(?::[0-9]+)?")
# How an address begins that may be shown whatever follows.
_SHOWN_START = re.compile(r"\s*((?:https?|file):[/\\]*)?", re.IGNORECASE)
# What ends a login, or is taken for its end: also escaped, or as one of the characters that look the same.
_AT = re.compile("@|%40|\uff20|\ufe6b")
#: The longest text that is shown of a URL.
_MAX_SHOWN = 300


class Server(NamedTuple):
    """The part of a URL in front of its path.

    Args:
        scheme: in lower case.
        user: the user name, unescaped, or None if the URL has no credentials.
        password: the password, unescaped, or None if there is none.
        host: the host name in lower case, without brackets; empty if there is none.
        host_and_port: as the URL has them, in lower case, without credentials.
    """

    scheme: str
    user: str | None
    password: str | None
    host: str
    host_and_port: str

    @property
    def origin(self) -> tuple[str, str]:
        """Scheme, and host with port: what credentials belong to."""
        return self.scheme, self.host_and_port

    def is_named_by(self, trusted_hosts: Sequence[str]) -> bool:
        """Whether pip's ``trusted-host`` names the host, or the host with its port."""
        names = (self.host, f"[{self.host}]", self.host_and_port)
        return any(trusted.lower() in names for trusted in trusted_hosts)


def _split(url: str) -> SplitResult:
    """The parts of a URL.

    Raises:
        InvalidUrlError: it has none: its brackets do not match, or hold no address.
    """
    try:
        return urlsplit(url)
    except ValueError:
        raise _make_error(url) from None


def _has_port_alone(parts: SplitResult) -> bool:
    """Whether there is a port without a host, or something else in the place of a port."""
    try:
        return parts.port is not None and not parts.hostname
    except ValueError:
        return True


def _make_error(url: str) -> InvalidUrlError:
    return InvalidUrlError(
        f"not a URL: {redact_url(url)}",
        "correct the address (--index-url, --extra-index-url, --find-links, -r, -c, or the file that has it)",
    )


@lru_cache(maxsize=256)
def _parse_server(text: str) -> Server:
    parts = _split(text)
    if _has_port_alone(parts):
        raise _make_error(text)
    userinfo, at, address = parts.netloc.rpartition("@")
    user, colon, password = userinfo.partition(":")
    return Server(
        parts.scheme,
        unquote(user) if at else None,
        unquote(password) if colon else None,
        (parts.hostname or "").lower(),
        address.lower(),
    )


class Url(NamedTuple):
    """A URL that was taken apart once.

    Args:
        text: the whole URL.
        server: what is in front of the path.
    """

    text: str
    server: Server

    @classmethod
    def parse(cls, text: str) -> Url:
        """Take a URL apart. The servers of earlier URLs are kept, because the files of a page share a few.

        Raises:
            InvalidUrlError: it is not a URL: brackets that do not match, or a port that is not a number.
        """
        match = None if _LEFT_OUT.search(text) else _SERVER.match(text)
        try:
            return cls(text, _parse_server(match[0] if match else text))
        except InvalidUrlError:
            raise _make_error(text) from None  # it names the whole URL

    @property
    def path(self) -> str:
        """The path, as the URL has it."""
        return find_path(self.text)


def local_path(url: str) -> Path | None:
    """The path that a ``file:`` URL names, or None for any other URL, and for what is not a URL."""
    if url[:5].lower() != "file:":
        return None
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    if sys.platform == "win32":
        from urllib.request import url2pathname  # 15 ms that other platforms do not need

        return Path(url2pathname(path))
    return Path(unquote(path))


def is_http(url: str) -> bool:
    """Whether the URL is one of a web server."""
    return url[:7].lower() == "http://" or url[:8].lower() == "https://"


def find_scheme(text: str) -> str:
    """The scheme of an address in lower case; empty for a path, and for any other text without one."""
    return urlsplit(text.partition("/")[0]).scheme


def is_address(place: str) -> bool:
    """Whether a place that a user names is an address, right or wrong, and not a path."""
    return len(find_scheme(place)) > 1  # one letter is a drive, not a scheme


def find_path(url: str) -> str:
    """The path of a URL, as the URL has it.

    Raises:
        InvalidUrlError: it is not a URL.
    """
    return _split(url).path


def join_url(base: str, link: str) -> str:
    """The absolute URL of a link.

    Raises:
        InvalidUrlError: one of them is not a URL.
    """
    try:
        return urljoin(base, link)
    except ValueError:
        _split(base)
        raise _make_error(link) from None


def strip_credentials(url: str) -> str:
    """The URL without user name and password.

    Raises:
        InvalidUrlError: it is not a URL.
    """
    return replace_login(url, None)


def replace_login(url: str, login: str | None) -> str:
    """The URL with another login, or with none.

    Args:
        url: the URL.
        login: user name and password as a URL has them, escaped.

    Raises:
        InvalidUrlError: it is not a URL.
    """
    parts = _split(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host if login is None else f"{login}@{host}").geturl()


def mask_login(url: str) -> str:
    """The URL as pip prints it: without its password, and without a name that may be a token.

    What is not quite a URL is as :func:`redact_url` shows it.

    Source: ``pip._internal.utils.misc.redact_auth_from_url``.
    """
    parts = _split_plain(url)
    if parts is None or _AT.search(parts.query + parts.fragment):
        return redact_url(url)
    login, at, _ = parts.netloc.rpartition("@")
    if not at:
        return url
    user, colon, _ = login.partition(":")
    return replace_login(url, f"{user}:****" if colon else "****")


def redact_url(url: str) -> str:
    """The URL as it may be printed: no credentials, no query (it may hold a token), no control characters, not endless.

    Of an address that is not quite a URL, everything is hidden that may be a login. That is also so where a URL with a
    login, or with a blank, has an ``@`` behind its server: the password may have a ``/``.
    """
    parts = _split_plain(url)
    if parts is None:
        shown = _hide_login(url)
    else:
        shown = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
    return shorten(quote(shown, safe="/:%~@!$&'()*+,;=[]", errors="surrogatepass"), _MAX_SHOWN)


def redact_path(path: str) -> str:
    """The path as it may be printed: without what may be a login, because an address without a scheme is a path."""
    return shorten(_hide_login(path), _MAX_SHOWN) if _may_have_login(path) else path


def _may_have_login(path: str) -> bool:
    return "@" in path.partition(":")[2]


def _split_plain(url: str) -> SplitResult | None:
    """The parts of a URL whose server and login are beyond doubt; None for any other text."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    _, at, host = parts.netloc.rpartition("@")
    is_local = parts.scheme == "file" and not parts.netloc
    is_remote = parts.scheme and _PLAIN_HOST.fullmatch(host)
    has_longer_login = (at or _BLANK.search(url)) and _AT.search(parts.path + parts.query + parts.fragment)
    if has_longer_login or (is_local and _may_have_login(unquote(parts.path))):
        return None
    return parts if is_local or is_remote else None


def _hide_login(text: str) -> str:
    """An address of any form without what may be a login, and without what may be a query."""
    match = _SHOWN_START.match(text)
    start = match[1] or "" if match else ""
    rest = text[match.end() :] if match else text
    at = max((found.span() for found in _AT.finditer(rest)), default=None)
    if at is None:
        return start + _cut_query(rest)
    hidden, behind = rest[: at[0]], rest[at[1] :]
    # Behind a "?", the last "@" may be one of the query.
    return f"{start}****" if _cut_query(hidden) != hidden else f"{start}****@{_cut_query(behind)}"


def _cut_query(text: str) -> str:
    return re.split("[?#]", text, maxsplit=1)[0]


def is_secure(url: str, trusted_hosts: Sequence[str] = ()) -> bool:
    """Whether the answer cannot be changed on its way: pip's rule for the sources that it reads.

    Source: pip's ``SECURE_ORIGINS``: https, this machine, files, and the hosts that ``trusted-host`` names.

    Raises:
        InvalidUrlError: it is not a URL.
    """
    if url[:5].lower() != "http:":
        return True
    server = Url.parse(url).server
    if server.host == "localhost" or server.is_named_by(trusted_hosts):
        return True
    from ipaddress import ip_address  # 13 ms that https URLs do not need

    try:
        return ip_address(server.host).is_loopback
    except ValueError:
        return False
