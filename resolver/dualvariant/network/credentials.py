"""The login for each URL: from the URL itself, the URL of its index, netrc, or a keyring.

Source: ``pip._internal.network.auth`` of pip 21.3 to 26.3, whose order this is. One rule is stricter: the credentials
in an ``https`` URL are never sent to the same host over ``http``.
"""

from __future__ import annotations

import os
import posixpath
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from dualvariant.core.dirs import expand_home
from dualvariant.core.errors import InvalidUrlError
from dualvariant.network.login import Login
from dualvariant.network.urls import Server, Url, is_http, strip_credentials

if TYPE_CHECKING:
    from netrc import netrc

    from dualvariant.network.keyring import Keyring
    from dualvariant.network.stored_logins import StoredLogins

__all__ = ["Credentials", "find_netrc_text"]


class Credentials:
    """Finds the login for each URL; threads share it.

    Args:
        indexes: the URLs of the indexes. The credentials in one are used for everything on its host; where several
            indexes are on one host, those of the index with the longest common path.
        keyring: called after a server has refused the first login.
        authenticate: what uv's ``authenticate`` says of an index: ``never`` means that it gets no login, wherever there
            is one, and ``always`` that it is not asked without one.
        stored: the logins that uv has stored, if uv was asked for.
    """

    def __init__(
        self,
        indexes: Sequence[str],
        keyring: Keyring,
        authenticate: Mapping[str, str] = MappingProxyType({}),
        stored: StoredLogins | None = None,
    ) -> None:
        self.keyring = keyring
        self._stored = stored
        self._indexes = list(_parse_indexes(indexes))
        self._without_login = list(_parse_indexes(url for url, when in authenticate.items() if when == "never"))
        self._only_with_login = list(_parse_indexes(url for url, when in authenticate.items() if when == "always"))
        self._accepted: dict[tuple[str, str], Login] = {}
        self._keyring_answers: dict[tuple[str, str | None], Login | None] = {}
        self._lock = threading.Lock()

    def find_login(self, url: Url) -> Login | None:
        """The login to send with the first request."""
        if not self._may_have_login(url):
            return None
        user, password = self._read_from_url(url)
        if user is not None and password is not None:
            return self._remember(url, Login(user, password))
        found = self._read_from_netrc(url)
        if found is None and self._stored is not None:
            found = self._stored.find(url, user)
        if found is not None:
            return found
        known = self._recall(url.server)
        if known is not None and user in (None, known.user):
            return known
        return None if user is None else self._remember(url, Login(user, ""))

    def find_other_login(self, url: Url, sent: Login | None) -> Login | None:
        """Another login after status 401, or None: what a keyring has for the index, else for the host."""
        user, password = self._read_from_url(url)
        if (user is not None and password is not None) or not self._may_have_login(url):
            return None  # pip does not doubt a URL that has both
        host = url.server.host_and_port
        index = self._find_index(url)
        services = [host] if index is None else [strip_credentials(_as_folder(index.text)), host]
        with self._lock:  # one question at a time, and each only once
            for service in services:
                if (service, user) not in self._keyring_answers:
                    self._keyring_answers[service, user] = self.keyring.login(service, user)
                found = self._keyring_answers[service, user]
                if found is not None and found != sent:
                    return self._remember(url, found)
        return None

    def are_required(self, url: Url) -> bool:
        """Whether the server is not to be asked for the URL without a login."""
        return any(
            url.server.origin == index.server.origin and _as_folder(url.path).startswith(_as_folder(_find_root(index)))
            for index in self._only_with_login
        )

    def are_needed(self, url: Url) -> bool:
        """Whether reading the URL takes a login that a client without the URLs of our indexes does not have.

        A login in netrc does not count, and none that uv has stored: other clients read the same file.
        """
        if url.server.user is not None or self._recall(url.server) is not None:
            return True
        if not any(index.server.user is not None for index in self._indexes):
            return False
        index = self._find_index(url)
        return index is not None and index.server.user is not None

    @property
    def any_known(self) -> bool:
        """Whether there is any login that a client without the URLs of our indexes does not have."""
        return bool(self._accepted) or any(index.server.user is not None for index in self._indexes)

    def cover_server_of(self, url: str) -> bool:
        """Whether the URL of any index has a login for the server of a URL, or for a part of it."""
        if not any(index.server.user is not None for index in self._indexes):
            return False
        try:
            host = Url.parse(url).server.host_and_port
        except InvalidUrlError:
            return False  # no client can read it
        return any(index.server.user is not None and index.server.host_and_port == host for index in self._indexes)

    @property
    def by_host(self) -> dict[str, Login]:
        """The login of each host on which all sources, on whatever port, have the same one, as far as it is known."""
        found: dict[str, set[Login | None]] = {}
        for index in self._indexes:
            found.setdefault(index.server.host, set()).add(self.find_login(index))
        for (_, host_and_port), login in self._accepted.items():
            found.setdefault(host_and_port.partition(":")[0], set()).add(login)
        return {host: login for host, logins in found.items() for login in logins if login and len(logins) == 1}

    def _may_have_login(self, url: Url) -> bool:
        return not self._without_login or self._find_index(url) not in self._without_login

    def _read_from_url(self, url: Url) -> tuple[str | None, str | None]:
        """User name and password in the URL itself, else in that of its index; a name alone may be a token."""
        server = url.server
        if server.user is None or server.password is None:
            index = self._find_index(url)
            if index is not None and index.server.user is not None:
                return index.server.user, index.server.password
        return server.user, server.password

    def _remember(self, url: Url, login: Login) -> Login:
        self._accepted[url.server.origin] = login
        return login

    def _recall(self, server: Server) -> Login | None:
        scheme, host = server.origin
        return self._accepted.get((scheme, host)) or (self._accepted.get(("http", host)) if scheme == "https" else None)

    def _find_index(self, url: Url) -> Url | None:
        """The index that a URL belongs to: on the same host, with the longest path in common."""
        scheme, host = url.server.origin
        near = [
            index
            for index in self._indexes
            if index.server.host_and_port == host and (scheme == "https" or index.server.scheme == "http")
        ]
        if len(near) < 2:
            return near[0] if near else None
        path = _as_folder(url.path)
        return max(near, key=lambda index: len(posixpath.commonpath([path, _as_folder(index.path)])))

    @cached_property
    def _netrc(self) -> netrc | None:
        path = _find_netrc_file()
        return None if path is None else _parse_netrc(path)

    def _read_from_netrc(self, url: Url) -> Login | None:
        found = self._netrc.authenticators(url.server.host) if self._netrc else None
        return Login(found[0] or found[1] or "", found[2] or "") if found else None


def find_netrc_text() -> str | None:
    """The content of the user's ``.netrc``, empty if there is none; None if pip would not use it as it is."""
    path = _find_netrc_file()
    if path is None:
        return ""
    try:
        return None if _parse_netrc(path) is None else path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _find_netrc_file() -> Path | None:
    named = os.environ.get("NETRC")
    places = [expand_home(named)] if named else [expand_home("~/.netrc"), expand_home("~/_netrc")]
    return next((path for path in places if path.exists()), None)


def _parse_netrc(path: Path) -> netrc | None:
    from netrc import NetrcParseError, netrc

    try:
        return netrc(str(path))
    except (NetrcParseError, OSError, UnicodeDecodeError):
        return None  # as pip: the file belongs to many programs


def _parse_indexes(urls: Iterable[str]) -> Iterator[Url]:
    for url in filter(is_http, urls):
        with suppress(InvalidUrlError):  # reading the index reports it
            yield Url.parse(url)


def _find_root(index: Url) -> str:
    """The path under which uv takes all files for those of an index: without ``simple`` or ``+simple`` at its end."""
    path = index.path.rstrip("/")
    head, _, last = path.rpartition("/")
    return head if last in ("simple", "+simple") else path


def _as_folder(path: str) -> str:
    return path.rstrip("/") + "/"
