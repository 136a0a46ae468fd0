"""uv as the engine: ``uv pip install`` against the view.

uv asks for its first page at once, so nothing is gained by starting it early; it starts when the choice is made. It
caches by the address of the index, which is why the view's address stays the same from run to run
(:mod:`dualvariant.serve.addresses`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from dualvariant.core.processes import end_process
from dualvariant.engines.environment import add_loopback_exception
from dualvariant.engines.failures import EngineLacksOptionError
from dualvariant.engines.protocol import InstallOrder, Translation

if TYPE_CHECKING:
    from dualvariant.serve.handover import ClientAbilities
    from dualvariant.target.interpreter import Interpreter

__all__ = ["UvEngine"]

#: Seconds to wait for the end of uv's messages after its own: a process that it has started may keep the pipe.
_LAST_WORDS = 2.0

#: uv's own variables that name sources; the view takes their place.
_SOURCES = (
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_NO_INDEX",
    "UV_CONFIG_FILE",
    "UV_CONSTRAINT",
    "UV_OVERRIDE",
    "UV_PYTHON_PLATFORM",
)
#: pip's options that uv spells differently; the others have the same name.
_NAMES = {"--force-reinstall": "--reinstall", "-I": "--reinstall", "--ignore-installed": "--reinstall"}
_WITHOUT = {
    "--user": "uv installs into environments only",
    "--root": "uv has no --root",
    "--report": "uv writes no report",
    "--upgrade-strategy": "uv has no --upgrade-strategy",
}


class UvEngine:
    """uv, from PATH or from beside dualvariant.

    Args:
        target: the interpreter to install for.
        uv: the program.
    """

    name = "uv"
    caches_by_address = True

    def __init__(self, target: Interpreter, uv: Path) -> None:
        self.target = target
        self.uv = uv

    @property
    def abilities(self) -> ClientAbilities:
        from dualvariant.serve.handover import ClientAbilities

        return ClientAbilities(trusted_hosts=False, client_certificate=False)

    def check(self, options: Sequence[str], *, report: bool) -> None:
        if report:
            raise EngineLacksOptionError("--json needs pip as the engine (uv writes no report)", "--engine pip")
        for option in (word.partition("=")[0] for word in options):
            if option in _WITHOUT:
                raise EngineLacksOptionError(f"{option} needs pip as the engine ({_WITHOUT[option]})", "--engine pip")

    def run(self, order: InstallOrder) -> int:
        command = [str(self.uv), "pip", "install", "--python", str(self.target.executable)]
        command += ["--default-index", order.index_url, *(_NAMES.get(word, word) for word in order.options)]
        for exchange in order.exchanges:
            command += ["--reinstall-package", exchange.partition("==")[0]]
        # On a terminal uv shows how far it is, and would not through a pipe.
        translation = None if sys.stderr is not None and sys.stderr.isatty() else order.translation
        process = subprocess.Popen(
            [*command, *order.requirements],
            env=_environment(order.settings),
            pass_fds=[] if order.lock is None else [order.lock],
            stderr=None if translation is None else subprocess.PIPE,
        )
        if translation is not None and process.stderr is not None:
            thread = threading.Thread(target=_pass_on, args=(process.stderr, translation), daemon=True)
            thread.start()
        try:
            code = process.wait()
        except BaseException:
            end_process(process)
            raise
        if translation is not None:
            thread.join(_LAST_WORDS)
        return code


def _pass_on(messages: IO[bytes], translation: Translation) -> None:
    """Write uv's messages to standard error, with the user's addresses."""
    with suppress(OSError, ValueError):  # nobody reads them any more
        for line in messages:
            text = translation.translate(line.decode("utf-8", "surrogateescape").rstrip("\n"))
            if text is not None:
                ending = "\n" if line.endswith(b"\n") else ""
                os.write(2, f"{text}{ending}".encode("utf-8", "surrogateescape"))


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment in which uv sees the view and no other source.

    Args:
        settings: pip's settings without its sources; uv gets those that it can use.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _SOURCES}
    # A uv.toml or a pyproject.toml may name indexes; uv has no way to leave out only those.
    environment["UV_NO_CONFIG"] = "1"
    for ours, theirs in (("PIP_CERT", "SSL_CERT_FILE"), ("PIP_TIMEOUT", "UV_HTTP_TIMEOUT")):
        if ours in settings:
            environment.setdefault(theirs, settings[ours])
    if "PIP_PROXY" in settings:
        environment.update(http_proxy=settings["PIP_PROXY"], https_proxy=settings["PIP_PROXY"])
    add_loopback_exception(environment)
    return environment
