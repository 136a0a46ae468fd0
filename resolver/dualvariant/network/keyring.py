"""Asks the user's keyring for a login, in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cached_property
from pathlib import Path

from dualvariant.network._ask_keyring import NO_PACKAGE
from dualvariant.network.login import Login
from variantlib.foreign_json import load_json

__all__ = ["Keyring"]

#: Seconds that a keyring has to answer; it may ask the user for its own password.
KEYRING_TIMEOUT = 30.0

_ASK_PACKAGE = str(Path(__file__).with_name("_ask_keyring.py"))


class Keyring:
    """The target's package ``keyring`` (pip's provider ``import``), or else the program (``subprocess``).

    Either is asked in a process of its own. As in pip, ``auto`` means the first of the two that there is, and neither
    is asked then where nobody can enter the keyring's own password (``no-input``).

    Args:
        provider: pip's ``keyring-provider``.
        no_input: pip's ``no-input``.
        python: the interpreter whose package is asked; None for none.
    """

    def __init__(self, provider: str = "auto", *, no_input: bool = False, python: Path | None = None) -> None:
        asked = provider != "auto" or not no_input
        self._python = python if asked and provider in ("auto", "import") else None
        self._has_program = asked and provider in ("auto", "subprocess")
        #: Why it is not called any more, once it has failed.
        self.problem: str | None = None

    @cached_property
    def _program(self) -> str | None:
        return shutil.which("keyring") if self._has_program else None

    def login(self, service: str, user: str | None) -> Login | None:
        """The login that the keyring has for a service, or None. After a failure it is not called again."""
        if self.problem is not None:
            return None
        try:
            if self._python is not None:
                code, answer = _ask(str(self._python), _ASK_PACKAGE, service, *([] if user is None else [user]))
                if code != NO_PACKAGE:
                    return _read_login(answer) if code == 0 else None
                self._python = None
            if self._program is None:
                return None
            if user is None:
                code, answer = _ask(self._program, "--mode=creds", "--output=json", "get", service)
                return _read_login(answer) if code == 0 else None
            code, answer = _ask(self._program, "get", service, user)
            password = answer.strip(os.linesep)
            return Login(user, password) if code == 0 and password else None
        except subprocess.TimeoutExpired:
            self.problem = f"keyring did not answer within {KEYRING_TIMEOUT:.0f} s"
        except OSError as error:
            self.problem = f"keyring does not start ({error.strerror})"
        except (ValueError, KeyError, TypeError):
            self.problem = "keyring answered something that cannot be read"
        return None


def _ask(*command: str) -> tuple[int, str]:
    """Run a keyring; its exit code and its answer."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        timeout=KEYRING_TIMEOUT,
        start_new_session=True,  # it cannot read from the terminal while we write to it
    )
    return done.returncode, done.stdout.decode("utf-8")


def _read_login(answer: str) -> Login:
    found = load_json(answer)
    return Login(found["username"], found["password"])
