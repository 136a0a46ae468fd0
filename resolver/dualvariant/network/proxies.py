"""Which proxy is used for which URL: pip and uv read the same variables by different rules."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from dualvariant.core.errors import InvalidUrlError, UsageError
from dualvariant.network.urls import Server, Url, redact_url

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

__all__ = ["KINDS", "SOCKS", "PipProxies", "Proxies", "ProxyError", "UvProxies", "make_proxy_error"]

#: The kinds of SOCKS proxies; to those with an ``a`` or ``h`` the names of servers are given as they are.
SOCKS = ("socks4", "socks4a", "socks5", "socks5h")
#: The kinds of proxies: the schemes of their addresses.
KINDS = ("http", "https", *SOCKS)


class ProxyError(UsageError):
    """A setting names a proxy that cannot be used."""

    code = "proxy-unusable"


class Proxies(Protocol):
    """The settings that name proxies."""

    def find(self, url: Url) -> str | None:
        """The address of the proxy for a URL, or None.

        Raises:
            ProxyError: it is not a URL.
        """


class PipProxies(NamedTuple):
    """pip's own setting, or else the environment's proxies and exceptions, as requests reads them.

    Args:
        setting: the proxy for every URL, none if it is empty; None if the environment counts.
    """

    setting: str | None = None

    def find(self, url: Url) -> str | None:
        if self.setting is not None:
            return _read_as_pip(self.setting) if self.setting else None
        named = {name.lower() for name in os.environ if name.lower().endswith("_proxy")}
        if sys.platform not in ("win32", "darwin") and named <= {"no_proxy"}:
            return None  # urllib.request costs 15 ms
        from urllib.request import getproxies, proxy_bypass

        proxies, server = getproxies(), url.server
        found = proxies.get(server.scheme) or proxies.get("all")
        no_proxy = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
        if not found or _is_exempt_for_pip(server, no_proxy) or proxy_bypass(server.host):
            return None
        return _read_as_pip(found)


def _read_as_pip(text: str) -> str:
    """The address of a proxy; one without a scheme is an http address."""
    address = text if "://" in text else f"http://{text}"
    try:
        if Url.parse(address).server.host:
            return address
    except InvalidUrlError:
        pass
    raise make_proxy_error(text)


def make_proxy_error(text: str) -> ProxyError:
    """The error for what is no address of a proxy."""
    return ProxyError(
        f"the proxy is not a URL: {redact_url(text)}",
        "correct the setting that names it (--proxy, http_proxy, https_proxy, all_proxy)",
    )


def _is_exempt_for_pip(server: Server, no_proxy: str) -> bool:
    """Whether NO_PROXY names a server: its host, host:port or domain, or, for an IPv4 address, that or a network.

    What ``urllib.request`` knows beside that (a ``*`` that is alone, capitals) is asked there. Source: requests 2.34,
    which is in pip 26.3.
    """
    from ipaddress import IPv4Address

    entries = _list_exceptions(no_proxy.replace(" ", ""))
    try:
        address = IPv4Address(server.host)
    except ValueError:
        names = (server.host, server.host_and_port)
        return any(_is_in_domain(name, entry.lstrip(".")) for entry in entries for name in names)
    return any(_is_in_network(address, entry) for entry in entries)


def _is_in_domain(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _is_in_network(address: IPv4Address | IPv6Address, entry: str) -> bool:
    """Whether an entry of a list of exceptions is an address, or a network that it is in."""
    from ipaddress import ip_network

    try:
        return address in ip_network(entry, strict=False)
    except ValueError:
        return False


def _list_exceptions(text: str) -> list[str]:
    return [entry for part in text.split(",") if (entry := part.strip())]


class UvProxies(NamedTuple):
    """uv's: those of its files, or else the environment's, as the HTTP client in uv reads them.

    Source: the module ``proxy::matcher`` of hyper-util.

    Args:
        http: the proxy for http URLs, or None.
        https: the proxy for https URLs, or None.
        exceptions: hosts, ends of hosts, addresses and networks that are reached without.
    """

    http: str | None = None
    https: str | None = None
    exceptions: Sequence[str] = ()

    @classmethod
    def of_files(cls, http: object, https: object, exceptions: object) -> UvProxies | None:
        """Those of uv's files; None if they name none. The variables then do not count, not even ``NO_PROXY``."""
        for_http, for_https = (_read_as_uv(text) if isinstance(text, str) else None for text in (http, https))
        if for_http is None and for_https is None:
            return None
        listed = exceptions if isinstance(exceptions, list) else []
        return cls(for_http, for_https, _list_exceptions(",".join(map(str, listed))))

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> UvProxies:
        """Those of the variables; a value that is no address of a proxy does not count."""

        def read(name: str) -> str:
            upper = name.upper()
            return environment[upper] if upper in environment else environment.get(name, "")

        if "REQUEST_METHOD" in environment:
            return cls()  # to a CGI program, HTTP_PROXY is what the client has sent as the header Proxy
        http, https, for_all = (_read_as_uv(read(f"{name}_proxy")) for name in ("http", "https", "all"))
        return cls(http or for_all, https or for_all, _list_exceptions(read("no_proxy")))

    def find(self, url: Url) -> str | None:
        server = url.server
        found = self.https if server.scheme == "https" else self.http
        return None if found is None or self._is_exempt(server.host) else found

    def _is_exempt(self, host: str) -> bool:
        """Whether an exception names a host; for one that is an address, only addresses and networks count."""
        from ipaddress import ip_address

        try:
            address = ip_address(host)
        except ValueError:
            domains = [entry.lower().removeprefix(".") for entry in self.exceptions]
            return "*" in domains or any(_is_in_domain(host, domain) for domain in domains)
        return any(_is_in_network(address, entry) for entry in self.exceptions)


def _read_as_uv(text: str) -> str | None:
    """The address of a proxy, or None; without a scheme, it is that of an http proxy, and has no path."""
    address = text if "://" in text else f"http://{text}"
    try:
        server = Url.parse(address).server
    except InvalidUrlError:
        return None
    has_path = "://" not in text and "/" in text
    has_blank = any(map(str.isspace, text))
    return None if has_path or has_blank or not server.host or server.scheme not in KINDS else address
