"""URLs as values, and the questions that are asked of them: local or remote, secure, trusted, safe to print."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

__all__ = ["Server", "Url", "is_http", "is_secure", "local_path", "redact_url", "strip_credentials"]

# The part of a URL that the files of an index share: scheme, credentials, host and port.
_SERVER = re.compile(r"[^/?#]*(?://[^/?#]*)?")


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


@lru_cache(maxsize=256)
def _parse_server(text: str) -> Server:
    parts = urlsplit(text)
    userinfo, at, address = parts.netloc.rpartition("@")
    user, colon, password = userinfo.partition(":")
    if parts.port is not None and not parts.hostname:
        raise ValueError("a port without a host")
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
            ValueError: it is not a URL: brackets that do not match, or a port that is not a number.
        """
        match = _SERVER.match(text)
        return cls(text, _parse_server(match[0] if match else text))

    @property
    def path(self) -> str:
        """The path, as the URL has it."""
        return urlsplit(self.text).path


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


def strip_credentials(url: str) -> str:
    """The URL without user name and password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def redact_url(url: str) -> str:
    """The URL as it may be printed: no credentials, no query (it may hold a token), no control characters."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return repr(url.rpartition("@")[2])
    host = parts.netloc.rpartition("@")[2]
    return quote(
        parts._replace(netloc=host, query="", fragment="").geturl(), safe="/:%~@!$&'()*+,;=[]", errors="surrogatepass"
    )


def is_secure(url: str, trusted_hosts: Sequence[str] = ()) -> bool:
    """Whether the answer cannot be changed on its way: pip's rule for the sources that it reads.

    Source: pip's ``SECURE_ORIGINS``: https, this machine, files, and the hosts that ``trusted-host`` names.

    Raises:
        ValueError: it is not a URL.
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
