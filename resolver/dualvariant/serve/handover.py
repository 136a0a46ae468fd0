"""Whether an installer can fetch a file from its source itself, or has to get it from us."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from dualvariant.core.errors import InvalidUrlError
from dualvariant.network.client import AccessNeeds, Client
from dualvariant.network.login import Login
from dualvariant.network.urls import Url, is_http

__all__ = ["ClientAbilities", "can_fetch", "can_fetch_all"]


class ClientAbilities(NamedTuple):
    """Which of pip's settings for the network an installer applies itself. Each engine has one; pip applies all.

    No installer gets the logins in the URLs of our indexes, but it may get them in another way.

    Args:
        trusted_hosts: it accepts any certificate of the hosts that pip's ``trusted-host`` names.
        client_certificate: it presents pip's ``client-cert``.
        logins: the logins that it has, by host name.
    """

    trusted_hosts: bool = True
    client_certificate: bool = True
    logins: Mapping[str, Login] = MappingProxyType({})

    def meet(self, needs: AccessNeeds) -> bool:
        """Whether the installer can read a URL that needs this."""
        return not (
            needs.login
            or (needs.trusted_host and not self.trusted_hosts)
            or (needs.client_certificate and not self.client_certificate)
        )


def can_fetch(url: str, client: Client, abilities: ClientAbilities) -> bool:
    """Whether an installer can be sent to a URL: it is one of a web server, and needs nothing that only we have.

    Args:
        url: where the file is.
        client: knows what the URL needs.
        abilities: what the installer can do.
    """
    return is_http(url) and _can_meet(url, client.access_needs(url), client, abilities)


def can_fetch_all(servers: Iterable[str], client: Client, abilities: ClientAbilities) -> bool:
    """Whether an installer can be sent to any URL of some servers. A folder or file on this machine needs nothing.

    Args:
        servers: their URLs, or URLs on them.
        client: knows what they need.
        abilities: what the installer can do.
    """
    return all(
        _can_meet(server, client.server_needs(server), client, abilities) for server in servers if is_http(server)
    )


def _can_meet(url: str, needs: AccessNeeds, client: Client, abilities: ClientAbilities) -> bool:
    """Whether an installer can read a URL that needs this, and shows the server no login that is not for it.

    The logins that it has are for hosts, and those of our indexes are for single ports of a host.
    """
    sent = _find_sent_login(url, abilities)
    if sent is None:
        return abilities.meet(needs)
    return sent == client.find_login(url) and abilities.meet(needs._replace(login=False))


def _find_sent_login(url: str, abilities: ClientAbilities) -> Login | None:
    """The login that an installer sends to a URL by the host's name."""
    if not abilities.logins:
        return None
    try:
        server = Url.parse(url).server
    except InvalidUrlError:
        return None  # no client can read it
    return abilities.logins.get(server.host) if server.user is None else None
