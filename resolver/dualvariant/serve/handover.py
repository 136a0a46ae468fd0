"""Whether an installer can fetch a file from its source itself, or has to get it from us."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from dualvariant.network.client import AccessNeeds, Client
from dualvariant.network.urls import is_http

__all__ = ["ClientAbilities", "can_fetch", "can_fetch_all"]


@frozen
class ClientAbilities:
    """Which of pip's settings for the network an installer applies itself. Each engine has one; pip applies all.

    Logins are not among them, because no installer gets those in the URLs of our indexes.

    Args:
        trusted_hosts: it accepts any certificate of the hosts that pip's ``trusted-host`` names.
        client_certificate: it presents pip's ``client-cert``.
    """

    trusted_hosts: bool = True
    client_certificate: bool = True

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
    return is_http(url) and abilities.meet(client.access_needs(url))


def can_fetch_all(servers: Iterable[str], client: Client, abilities: ClientAbilities) -> bool:
    """Whether an installer can be sent to any URL of some servers. A folder or file on this machine needs nothing.

    Args:
        servers: their URLs, or URLs on them.
        client: knows what they need.
        abilities: what the installer can do.
    """
    return all(abilities.meet(client.server_needs(server)) for server in servers if is_http(server))
