"""Addresses: what they mean on this machine, which of them are safe to ask, and what may be shown of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

__all__ = ["bare", "is_address", "is_http", "is_secure", "is_trusted", "local_path", "netloc", "origin", "shown"]


def local_path(url: str) -> Path | None:
    """The path that a ``file:`` address means, or None for any other address."""
    if url[:5].lower() != "file:":
        return None
    path = urlsplit(url).path
    if sys.platform == "win32":
        from urllib.request import url2pathname  # 15 ms that nobody else needs

        return Path(url2pathname(path))
    return Path(unquote(path))


def is_http(url: str) -> bool:
    """Whether the address is one of a web server."""
    return url[:7].lower() == "http://" or url[:8].lower() == "https://"


def is_address(url: str) -> bool:
    """Whether the address can be taken apart at all."""
    try:
        return urlsplit(url).port is None or bool(urlsplit(url).hostname)
    except ValueError:
        return False


def netloc(url: str) -> str:
    """Host and port, without the credentials that may stand before them."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def origin(url: str) -> tuple[str, str]:
    """Scheme, and host with port: what credentials belong to."""
    return urlsplit(url).scheme, netloc(url)


def bare(url: str) -> str:
    """The address without credentials."""
    return urlsplit(url)._replace(netloc=urlsplit(url).netloc.rpartition("@")[2]).geturl()


def shown(url: str) -> str:
    """The address as it may be shown: no credentials, no query (it may hold a token), nothing a terminal obeys."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return repr(url.rpartition("@")[2])
    host = parts.netloc.rpartition("@")[2]
    return quote(parts._replace(netloc=host, query="", fragment="").geturl(), safe="/:%~@!$&'()*+,;=[]")


def is_trusted(url: str, trusted_hosts: Sequence[str]) -> bool:
    """Whether pip's ``trusted-host`` names the address's host, or its host and port."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    names = {host, f"[{host}]", netloc(url)}
    return any(trusted.lower() in names for trusted in trusted_hosts)


def is_secure(url: str, trusted_hosts: Sequence[str] = ()) -> bool:
    """Whether what comes from there came from there: pip's rule for the sources that it asks.

    Source: pip's ``SECURE_ORIGINS``, https, this machine, files, and whatever ``trusted-host`` names.
    """
    if url[:5].lower() != "http:":
        return True
    host = (urlsplit(url).hostname or "").lower()
    if host == "localhost" or is_trusted(url, trusted_hosts):
        return True
    from ipaddress import ip_address  # 13 ms that https addresses don't need

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
