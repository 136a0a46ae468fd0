"""The logins that ``uv auth login`` has stored on this machine, which uv uses by itself.

Source: uv's documentation, "Authentication", and its crate ``uv-auth``, module ``store``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from dualvariant.core.errors import InvalidUrlError
from dualvariant.core.files import read_regular
from dualvariant.core.toml import InvalidTomlError, decode_toml
from dualvariant.network.login import Login
from dualvariant.network.urls import Url

__all__ = ["StoredLogins"]

#: The most bytes of the file that are read.
LARGEST_FILE = 1 << 20


class _Stored(NamedTuple):
    service: Url
    login: Login


class StoredLogins:
    """The logins in uv's file; one that cannot be read has none, as uv itself reports it.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, url: Url, user: str | None) -> Login | None:
        """The login of the service that a URL belongs to: of the same server, with the longest path in front.

        Args:
            url: the URL.
            user: whose login it must be; None for anybody's.
        """
        found = [
            stored
            for stored in self._all
            if _find_realm(stored.service) == _find_realm(url)
            and url.path.startswith(stored.service.path)
            and user in (None, stored.login.user)
        ]
        return max(found, key=lambda stored: len(stored.service.path)).login if found else None

    @cached_property
    def _all(self) -> list[_Stored]:
        try:
            document = decode_toml(read_regular(self._path, LARGEST_FILE), str(self._path))
        except (OSError, InvalidTomlError):
            return []
        entries = document.get("credential")
        return list(_read_entries(entries)) if isinstance(entries, list) else []


#: uv stores services without these.
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def _find_realm(url: Url) -> tuple[str, str]:
    scheme, host = url.server.origin
    return scheme, host.removesuffix(_DEFAULT_PORTS[scheme]) if scheme in _DEFAULT_PORTS else host


def _read_entries(entries: list[Any]) -> Iterator[_Stored]:
    for entry in entries:
        if not isinstance(entry, dict) or entry.get("scheme") != "basic":
            continue
        service, user, password = (entry.get(key) for key in ("service", "username", "password"))
        if isinstance(service, str) and isinstance(user, str) and isinstance(password, str):
            with suppress(InvalidUrlError):
                yield _Stored(Url.parse(service), Login(user, password))
