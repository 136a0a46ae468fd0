"""Connections through SOCKS proxies (RFC 1928, RFC 1929), which urllib3 makes with PySocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from urllib3.contrib.socks import SOCKSProxyManager
from urllib3.exceptions import NewConnectionError, ProxyError

from dualvariant.network.connection_classes import extend_connections

if TYPE_CHECKING:
    from dualvariant.network.login import Login

__all__ = ["make_socks_manager"]


def make_socks_manager(address: str, login: Login | None, options: Mapping[str, Any]) -> SOCKSProxyManager:
    """The pool of what is read through a SOCKS proxy.

    Args:
        address: its scheme, host and port; the scheme says who looks up the names of servers.
        login: its user's name and password.
        options: of urllib3's managers.

    Raises:
        ValueError: it is no such address.
    """
    user, password = (None, None) if login is None else login
    manager = SOCKSProxyManager(address, user, password, **options)
    extend_connections(manager, _SaysThatItIsTheProxy)
    return manager


class _SaysThatItIsTheProxy:
    """Raises urllib3's error of proxies where the proxy fails or refuses; urllib3 itself raises that of servers."""

    def _new_conn(self) -> Any:
        from socks import ProxyError as SocksError

        try:
            return super()._new_conn()  # type: ignore[misc]  # a connection is the next base
        except NewConnectionError as error:
            cause: Any = error.__context__
            if not isinstance(cause, SocksError):
                raise
            while isinstance(cause.socket_err, SocksError):
                cause = cause.socket_err
            raise ProxyError("the proxy fails", cause.socket_err or OSError(0, cause.msg)) from error
