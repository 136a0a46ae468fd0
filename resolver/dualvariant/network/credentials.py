"""Who we are to a server: the address's own credentials, an index's, netrc's, a keyring's.

Source: ``pip._internal.network.auth`` of pip 21.3 to 26.3, whose order this is. One thing is stricter: what stands in
an ``https`` address never travels to the same host over ``http``.
"""

from __future__ import annotations

import base64
import json
import os
import posixpath
import shutil
import subprocess
import threading
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from attrs import frozen

from dualvariant.core.dirs import expand_home
from dualvariant.network.urls import bare, is_http, netloc, origin

if TYPE_CHECKING:
    from netrc import netrc

__all__ = ["Credentials", "Keyring", "Login"]

#: Seconds that a keyring has to answer; it may be asking somebody for its own password.
KEYRING_PATIENCE = 30.0


@frozen
class Login:
    """A name and a password."""

    user: str
    password: str

    @property
    def header(self) -> str:
        """The value of ``Authorization`` (RFC 7617), in pip's encoding where that has the characters."""
        text = f"{self.user}:{self.password}"
        try:
            content = text.encode("latin-1")
        except UnicodeEncodeError:
            content = text.encode("utf-8")
        return "Basic " + base64.b64encode(content).decode("ascii")


def _userinfo(url: str) -> tuple[str | None, str | None]:
    """Name and password that stand in an address; a name alone may be a token."""
    userinfo, at, _ = urlsplit(url).netloc.rpartition("@")
    if not at:
        return None, None
    user, colon, password = userinfo.partition(":")
    return unquote(user), unquote(password) if colon else None


class Keyring:
    """The ``keyring`` program, as pip's provider ``subprocess`` asks it.

    The provider ``import`` would need the target interpreter's packages in our process; ``auto`` means the program
    here. As in pip, ``auto`` is silent where nobody can be asked for the keyring's own password.

    Args:
        provider: pip's ``keyring-provider``.
        no_input: pip's ``no-input``.
    """

    def __init__(self, provider: str = "auto", *, no_input: bool = False) -> None:
        self.enabled = provider == "subprocess" or (provider == "auto" and not no_input)
        #: Why it does not answer any more, once it has failed.
        self.problem: str | None = None

    @cached_property
    def _program(self) -> str | None:
        return shutil.which("keyring") if self.enabled else None

    def login(self, service: str, user: str | None) -> Login | None:
        """What the keyring holds for a service; None too if it fails, and it is not asked again then."""
        if self._program is None or self.problem is not None:
            return None
        if user is None:
            command = [self._program, "--mode=creds", "--output=json", "get", service]
        else:
            command = [self._program, "get", service, user]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONIOENCODING": "utf-8"},
                timeout=KEYRING_PATIENCE,
                start_new_session=True,  # it cannot ask the terminal behind our back
            )
            if done.returncode != 0:
                return None
            text = done.stdout.decode("utf-8")
            if user is not None:
                return Login(user, text.strip(os.linesep)) if text.strip(os.linesep) else None
            answer = json.loads(text)
            return Login(answer["username"], answer["password"])
        except subprocess.TimeoutExpired:
            self.problem = f"keyring did not answer within {KEYRING_PATIENCE:.0f} s"
        except OSError as error:
            self.problem = f"keyring does not start ({error.strerror})"
        except (ValueError, KeyError, TypeError):
            self.problem = "keyring answered something that cannot be read"
        return None


class Credentials:
    """Finds the login for each address; threads share it.

    Args:
        indexes: the addresses of the indexes; what stands in one is used for everything on its host, the index with the
            longest common path first.
        keyring: asked after a server has refused us.
    """

    def __init__(self, indexes: Sequence[str], keyring: Keyring) -> None:
        self.indexes = [url for url in indexes if is_http(url)]
        self.keyring = keyring
        self._known: dict[tuple[str, str], Login] = {}
        self._asked: dict[tuple[str, str | None], Login | None] = {}
        self._lock = threading.Lock()

    def login(self, url: str) -> Login | None:
        """What to send with the first request."""
        user, password = self._stands(url)
        if user is not None and password is not None:
            return self._learn(url, Login(user, password))
        found = self._from_netrc(url)
        if found is not None:
            return found
        known = self._learnt(url)
        if known is not None and user in (None, known.user):
            return known
        return None if user is None else self._learn(url, Login(user, ""))

    def after_refusal(self, url: str, sent: Login | None) -> Login | None:
        """Another login after status 401, or None: what a keyring knows of the index, else of the host."""
        user, password = self._stands(url)
        if user is not None and password is not None:
            return None  # pip does not doubt what it was given
        index = self._index(url)
        services = [netloc(url)] if index is None else [bare(index), netloc(url)]
        with self._lock:  # one question at a time, and each only once
            for service in services:
                if (service, user) not in self._asked:
                    self._asked[service, user] = self.keyring.login(service, user)
                found = self._asked[service, user]
                if found is not None and found != sent:
                    self._known[origin(url)] = found
                    return found
        return None

    def _stands(self, url: str) -> tuple[str | None, str | None]:
        """Name and password in the address itself, else in its index's."""
        user, password = _userinfo(url)
        if user is None or password is None:
            stands = _userinfo(self._index(url) or "")
            if stands[0] is not None:
                return stands
        return user, password

    def ours(self, url: str) -> bool:
        """Whether reading the address takes a login that an installer without our index addresses does not have."""
        if _userinfo(url)[0] is not None or self._learnt(url) is not None:
            return True
        index = self._index(url)
        return index is not None and _userinfo(index)[0] is not None

    def _learn(self, url: str, login: Login) -> Login:
        self._known[origin(url)] = login
        return login

    def _learnt(self, url: str) -> Login | None:
        scheme, host = origin(url)
        return self._known.get((scheme, host)) or (self._known.get(("http", host)) if scheme == "https" else None)

    def _index(self, url: str) -> str | None:
        """The index that an address belongs to: on the same host, with the longest path in common."""
        scheme, host = origin(url)
        near = [
            index.rstrip("/") + "/"
            for index in self.indexes
            if netloc(index) == host and (scheme == "https" or origin(index)[0] == "http")
        ]
        path = urlsplit(url).path.rstrip("/") + "/"

        def common(index: str) -> int:
            return len(posixpath.commonpath([path or "/", urlsplit(index).path or "/"]))

        return max(near, key=common, default=None)

    @cached_property
    def _netrc(self) -> netrc | None:
        from netrc import NetrcParseError, netrc

        named = os.environ.get("NETRC")
        home = expand_home("~")
        for path in [expand_home(named)] if named else [home / ".netrc", home / "_netrc"]:
            if path.exists():
                try:
                    return netrc(str(path))
                except (NetrcParseError, OSError, UnicodeDecodeError):
                    return None  # as pip: a netrc file is many programs' business
        return None

    def _from_netrc(self, url: str) -> Login | None:
        found = self._netrc.authenticators(urlsplit(url).hostname or "") if self._netrc else None
        return Login(found[0] or found[1] or "", found[2] or "") if found else None
