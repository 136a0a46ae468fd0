"""uv as the engine: ``uv pip install`` against the view.

uv asks for its first page at once, so nothing is gained by starting it early; it starts when the choice is made. It
caches by the address of the index, which is why the view's address stays the same from run to run
(:mod:`dualvariant.serve.addresses`).

It gets the view, and a copy of its own configuration without sources, by its environment: every user of the machine
can read a command line.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dualvariant.core.guard import ending_with_us
from dualvariant.core.processes import end_process
from dualvariant.engines.environment import add_loopback_exception, use_general_proxy
from dualvariant.engines.failures import EngineLacksOptionError
from dualvariant.engines.protocol import InstallOrder, Translation
from dualvariant.settings.uv_config import FILE_VARIABLES, SOURCE_VARIABLES
from dualvariant.settings.uv_working_dir import FOLDER_VARIABLES

if TYPE_CHECKING:
    from dualvariant.serve.handover import ClientAbilities
    from dualvariant.target.interpreter import Interpreter

__all__ = ["UvEngine", "accepts_configuration", "configure_uv"]

#: Seconds to wait for the end of uv's messages after its own: a process that it has started may keep the pipe.
_LAST_WORDS = 2.0

#: uv's variables that the engine does not get: sources, files that may name sources, and what asks for other tags.
_LEFT_OUT = (*SOURCE_VARIABLES, *FILE_VARIABLES, "UV_PYTHON_PLATFORM")
#: pip's options that uv spells differently; the others have the same name.
_NAMES = {
    "--force-reinstall": "--reinstall",
    "-I": "--reinstall",
    "--ignore-installed": "--reinstall",
    "--uploaded-prior-to": "--exclude-newer",
}
#: pip's settings for the network, and the variables by which uv gets them.
_NETWORK = {
    "PIP_CERT": ("SSL_CERT_FILE",),
    "PIP_TIMEOUT": ("UV_HTTP_TIMEOUT",),
    "PIP_RETRIES": ("UV_HTTP_RETRIES",),
    "PIP_TRUSTED_HOST": ("UV_INSECURE_HOST",),
}
#: The proxies in uv's files.
_PROXY_KEYS = frozenset({"http-proxy", "https-proxy"})
_WITHOUT = {
    "--user": "uv installs into environments only",
    "--root": "uv has no --root",
    "--report": "uv writes no report",
    "--upgrade-strategy": "uv has no --upgrade-strategy",
    "--prefer-binary": "uv has no --prefer-binary",
    "--ignore-requires-python": "uv has no --ignore-requires-python",
    "--platform": "uv has --python-platform, with other names",
    "--implementation": "uv has no --implementation",
    "--abi": "uv has no --abi",
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

        return ClientAbilities(client_certificate=False)

    def reuses_pages(self, options: Sequence[str], settings: Mapping[str, str]) -> bool:
        return not any(word.startswith("--refresh") for word in options)

    @property
    def caches_only_secure(self) -> bool:
        return False

    def check(self, options: Sequence[str], *, report: bool) -> None:
        if report:
            raise EngineLacksOptionError("--json needs pip as the engine (uv writes no report)", "--engine pip")
        for option in (word.partition("=")[0] for word in options):
            if option in _WITHOUT:
                raise EngineLacksOptionError(f"{option} needs pip as the engine ({_WITHOUT[option]})", "--engine pip")

    def run(self, order: InstallOrder) -> int:
        command = [str(self.uv), "pip", "install", "--python", str(self.target.executable)]
        command += [_NAMES.get(word, word) for word in order.options]
        for exchange in order.exchanges:
            command += ["--reinstall-package", exchange.partition("==")[0]]
        # On a terminal uv shows how far it is, and would not through a pipe.
        translation = None if sys.stderr.isatty() else order.translation
        with ending_with_us() as guard:
            process = subprocess.Popen(
                [*command, *order.requirements],
                env=_environment(order),
                pass_fds=[*guard.descriptors, *([] if order.lock is None else [order.lock])],
                stderr=None if translation is None else subprocess.PIPE,
            )
            try:
                guard.watch(process)
                if translation is not None and process.stderr is not None:
                    thread = threading.Thread(target=_pass_on, args=(process.stderr, translation), daemon=True)
                    thread.start()
                code = process.wait()
            except BaseException:
                end_process(process)
                raise
        if translation is not None:
            thread.join(_LAST_WORDS)
        return code


def _pass_on(messages: IO[bytes], translation: Translation) -> None:
    """Write uv's messages to standard error, with the user's addresses."""
    with messages, suppress(OSError, ValueError):  # nobody reads them any more
        for line in messages:
            text = translation.translate(line.decode("utf-8", "surrogateescape").rstrip("\n"))
            if text is not None:
                ending = "\n" if line.endswith(b"\n") else ""
                os.write(2, f"{text}{ending}".encode("utf-8", "surrogateescape"))


def accepts_configuration(uv: Path, document: Mapping[str, Any]) -> bool:
    """Whether uv can read a configuration; it knows which names and values there are.

    uv's variables are left out: a mistake in one is none in the configuration.

    Args:
        uv: the program.
        document: of the form of ``uv.toml``.
    """
    from dualvariant.core.toml import format_toml

    command = [str(uv), "--config-file", "/dev/stdin", "--quiet", "cache", "dir"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
    content = format_toml(document).encode()
    done = subprocess.run(command, input=content, env=environment, capture_output=True, check=False)
    return done.returncode == 0


def configure_uv(
    environment: dict[str, str], document: Mapping[str, Any], index_url: str, scratch: Path, *, limits_are_met: bool
) -> None:
    """Have uv see the view and no other source, with its settings in a file of ours.

    Args:
        environment: its environment, without what names sources and files.
        document: its settings without sources, in the form of ``uv.toml``.
        index_url: the view.
        scratch: where the file goes.
        limits_are_met: the view leaves out what was uploaded too late by its index's own ``exclude-newer``, or else by
            the general one, so this one is not about the view. One for a project still is.
    """
    if limits_are_met:
        view = {"url": index_url, "default": True, "exclude-newer": False}
        document = {**document, "index": [view, *document.get("index", ())]}
    else:
        environment["UV_DEFAULT_INDEX"] = index_url
    if not document:
        environment["UV_NO_CONFIG"] = "1"
        return
    from dualvariant.core.toml import format_toml

    if _PROXY_KEYS & document.keys():
        # The variables, and the exception in them, then do not count.
        document = {**document, "no-proxy": [*document.get("no-proxy", ()), "127.0.0.1"]}
    path = scratch / "uv.toml"
    path.write_text(format_toml(document), encoding="utf-8")
    environment["UV_CONFIG_FILE"] = str(path)


def _environment(order: InstallOrder) -> dict[str, str]:
    """The environment in which uv, and every uv that a build starts, sees the view and no other source.

    The view is on this machine, so that uv may ask it where it is offline.
    """
    left_out = (*_LEFT_OUT, "UV_OFFLINE") if order.index_url else FOLDER_VARIABLES
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    for setting, names in _NETWORK.items():
        if setting in order.settings:
            environment.update(dict.fromkeys(names, order.settings[setting]))
    if not order.index_url:
        return environment
    document = {key: value for key, value in order.configuration.items() if key != "offline"}
    if "PIP_PROXY" in order.settings:
        environment["PIP_PROXY"] = order.settings["PIP_PROXY"]
        use_general_proxy(environment)
        document = {key: value for key, value in document.items() if key not in {*_PROXY_KEYS, "no-proxy"}}
    configure_uv(environment, document, order.index_url, order.scratch, limits_are_met=order.limits_are_met)
    add_loopback_exception(environment)
    return environment
