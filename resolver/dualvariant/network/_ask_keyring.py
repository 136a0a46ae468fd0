"""Runs in the target interpreter: ask its package ``keyring`` for a login, as pip's provider ``import`` asks it.

The arguments are the service and, where it is known, the user. The answer is JSON with ``username`` and ``password``.
The standard library is all it needs otherwise, and it has to run on Python 3.9.
"""

import importlib
import json
import os
import sys
from contextlib import suppress
from pathlib import Path

#: The exit code where there is no package that can be imported, and where it has no login.
NO_PACKAGE, NO_LOGIN = 3, 1


def main(service: str, user: "str | None" = None) -> int:
    """Write the login to standard output and return the exit code."""
    with suppress(ValueError):  # the modules beside this one are none of the target's
        sys.path.remove(str(Path(__file__).resolve().parent))
    answer = os.dup(1)
    os.dup2(2, 1)  # what a back end prints is no answer
    try:
        keyring = importlib.import_module("keyring")
    except Exception:  # one that is broken counts as none, as in pip
        return NO_PACKAGE
    if hasattr(keyring, "get_credential"):
        found = keyring.get_credential(service, user)
        user, password = (None, None) if found is None else (found.username, found.password)
    else:  # before keyring 15.2
        password = None if user is None else keyring.get_password(service, user)
    if user is None or password is None:
        return NO_LOGIN
    os.write(answer, json.dumps({"username": user, "password": password}).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
