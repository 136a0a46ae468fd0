"""The engine's own ``.netrc``: the logins for the user's indexes, which the engine sees no URL of.

With them pip fetches files behind a login from where they are, under the addresses that plain pip uses too. So it finds
in its caches what it has downloaded, and what it has built from source distributions, in earlier runs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from dualvariant.network.client import Client
from dualvariant.network.credentials import find_netrc_text
from dualvariant.network.login import Login

__all__ = ["NetrcFile", "write_netrc"]

#: The first Python whose ``netrc`` module understands quotation marks and empty words.
_QUOTING = (3, 11)
_HOST = re.compile(r"[A-Za-z0-9.-]+")
#: A word that every ``netrc`` module takes as it is.
_PLAIN = re.compile(r"(?!#)[!#-&(-\[\]-~]+")
_PRINTABLE = re.compile(r"[ -~]*")


class NetrcFile(NamedTuple):
    """A file that only this user can read.

    Args:
        path: where it is.
        logins: the logins in it that are not in the user's own file, by host name.
    """

    path: Path
    logins: Mapping[str, Login]


def write_netrc(client: Client, python: str, folder: Path) -> NetrcFile | None:
    """Write the file: what the user's own has, and a login for each host that has one for everything on it.

    A login that the file cannot express is left out. So is that of a host where the indexes have different ones: the
    file knows hosts only.

    Args:
        client: knows the logins, as far as pages were read.
        python: the version of the interpreter that reads the file.
        folder: where to.

    Returns:
        None if there is nothing to add to the user's own file, or that cannot be read.
    """
    quoting = tuple(int(part) for part in python.split(".")[:2]) >= _QUOTING
    entries: dict[str, str] = {}
    logins = {}
    for host, login in client.logins.items():
        user, password = (_make_word(text, quoting=quoting) for text in (login.user, login.password))
        if _HOST.fullmatch(host) and user is not None and password is not None:
            entries[host] = f"machine {host} login {user} password {password}\n"
            logins[host] = login
    own = find_netrc_text() if entries else None
    if own is None:
        return None
    path = folder / "netrc"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        # The last entry of a host counts. An empty line ends a macro of the user's.
        file.write(f"{own}\n\n{''.join(entries.values())}")
    return NetrcFile(path, logins)


def _make_word(text: str, *, quoting: bool) -> str | None:
    """A word of the file, or None if it cannot be written."""
    if _PLAIN.fullmatch(text):
        return text
    if not quoting or not _PRINTABLE.fullmatch(text):
        return None
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
