"""How uv reaches the network, where its settings have no counterpart in pip's."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from dualvariant.core.dirs import expand_home
from dualvariant.network.certificates import is_client_certificate
from dualvariant.network.proxies import Proxies, UvProxies
from dualvariant.network.stored_logins import StoredLogins
from dualvariant.network.transport import Transport
from dualvariant.settings.uv_config import UvConfig

__all__ = ["add_uv_network", "is_offline"]

#: The name by which OpenSSL finds a certificate in a folder.
_HASH_NAME = re.compile(r"[0-9a-f]{8}\.[0-9]+")


def add_uv_network(transport: Transport, config: UvConfig, *, own_proxy: bool) -> Transport:
    """How to reach the network, with what uv reads besides.

    Args:
        transport: what uv's settings have in common with pip's, and our command line.
        config: uv's settings.
        own_proxy: our command line names a proxy, or says that there is none.
    """
    return transport._replace(
        offline=is_offline(config),
        proxies=transport.proxies if own_proxy else _find_proxies(config),
        more_certs=_list_certificates(config),
        client_cert=transport.client_cert or _find_client_certificate(config),
        stored_logins=_find_logins(config),
    )


def is_offline(config: UvConfig) -> bool:
    """Whether uv asks no server, and installs from folders and from what its cache has."""
    return config.is_on("offline")


def _find_proxies(config: UvConfig) -> Proxies:
    """The proxies of the files, or else of the environment."""
    of_files = UvProxies.of_files(*map(config.value_of_files, ("http-proxy", "https-proxy", "no-proxy")))
    return of_files or UvProxies.of_environment(config.environment)


def _list_certificates(config: UvConfig) -> list[Path]:
    """The files of ``SSL_CERT_DIR``; uv, unlike OpenSSL, reads those too whose names are no hashes."""
    found: list[Path] = []
    for folder in filter(None, config.environment.get("SSL_CERT_DIR", "").split(os.pathsep)):
        with suppress(OSError):
            found += sorted(path for path in Path(folder).iterdir() if not _HASH_NAME.fullmatch(path.name))
    return found


def _find_client_certificate(config: UvConfig) -> str | None:
    """The file of ``SSL_CLIENT_CERT``; uv passes over one that it cannot use, with a warning."""
    path = config.environment.get("SSL_CLIENT_CERT")
    return path if path and is_client_certificate(path) else None


def _find_logins(config: UvConfig) -> StoredLogins:
    """What ``uv auth login`` has stored."""
    data = config.environment.get("XDG_DATA_HOME", "")
    home = Path(data) if Path(data).is_absolute() else expand_home("~") / ".local" / "share"
    folder = config.environment.get("UV_CREDENTIALS_DIR") or home / "uv" / "credentials"
    return StoredLogins(config.folder / folder / "credentials.toml")
