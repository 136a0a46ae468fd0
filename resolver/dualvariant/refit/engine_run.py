"""The engine's part of a refit: it fetches wheels and unpacks them into a folder of ours, not into the environment.

It gets the address of each wheel on the loopback view, with its sha256, and of nothing else; so it has nothing to
resolve. Its own index, its constraints, and settings that name another place do not count.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple

from packaging.utils import NormalizedName

from dualvariant.core.report import Reporter
from dualvariant.engines.choice import EngineStart
from dualvariant.engines.protocol import InstallOrder
from dualvariant.install.netrc_file import write_netrc
from dualvariant.install.user_addresses import UserAddresses
from dualvariant.selection.project import ShownFile
from dualvariant.selection.view import View
from dualvariant.serve.loopback import LoopbackServer
from dualvariant.settings.pip_config import PipConfig
from dualvariant.target.interpreter import Interpreter

__all__ = ["EngineRun"]

#: pip's settings that say how files are fetched; others could change what is installed, and where.
_SETTINGS = (
    "cache-dir", "cert", "client-cert", "disable-pip-version-check", "keyring-provider", "no-cache-dir", "no-input",
    "no-proxy-env", "proxy", "retries", "timeout", "trusted-host",
)  # fmt: skip
#: The same of uv's configuration.
_UV_SETTINGS = (
    "allow-insecure-host", "cache-dir", "concurrent-downloads", "http-proxy", "https-proxy", "keyring-provider",
    "link-mode", "native-tls", "no-cache", "no-proxy", "offline", "system-certs",
)  # fmt: skip
_OPTIONS = {
    "pip": ["--quiet", "--no-deps", "--ignore-installed", "--no-compile", "--no-warn-script-location"],
    "uv": ["--quiet", "--no-deps", "--no-compile-bytecode"],
}


class EngineRun(NamedTuple):
    """How an engine is run.

    Args:
        target: the interpreter of the environment.
        engine: the name of the engine that was asked for; None for pip.
        config: the settings of the installer that was asked for.
        scratch: a folder for its temporary files.
        lock: the descriptor of the environment's lock, which the engine keeps open; None if there is none.
        reporter: gets messages.
    """

    target: Interpreter
    engine: str | None
    config: PipConfig
    scratch: Path
    lock: int | None
    reporter: Reporter

    def unpack(self, view: View, wheels: Mapping[NormalizedName, ShownFile], folder: Path) -> int:
        """Let the engine install wheels into a folder that takes the place of the environment's prefix.

        Args:
            view: reads the sources.
            wheels: the wheel of each project, under its standard name.
            folder: a folder that does not exist.

        Returns:
            The exit code of the engine; negative if a signal ended it.

        Raises:
            EngineNotFoundError: there is no such engine.
        """
        scratch = Path(mkdtemp(dir=self.scratch))
        with ExitStack() as stack:
            start = stack.enter_context(EngineStart(self.target.executable, "install", self.engine, report=True))
            engine = start.engine(start.target())
            engine.check([], report=False)
            server = stack.enter_context(LoopbackServer(self.reporter.warn, stable=engine.caches_by_address))
            netrc = None
            if engine.name == "pip":
                netrc = write_netrc(view.sources.client, self.target.version, scratch)
            abilities = engine.abilities if netrc is None else engine.abilities._replace(logins=netrc.logins)
            published = server.serve(view, abilities)
            lines = []
            for name, shown in wheels.items():
                offered = published.offer(shown)
                digest = offered.hashes.get("sha256")
                lines.append(f"{name} @ {offered.url}{f'#sha256={digest}' if digest else ''}\n")
            # The address has a secret part, and every user of the machine can read a command line.
            requirements = scratch / "wheels.txt"
            requirements.write_text("".join(lines), encoding="utf-8")
            return engine.run(
                InstallOrder(
                    command="install",
                    index_url=published.index_url,
                    options=[*_OPTIONS[engine.name], "--prefix", str(folder)],
                    requirements=["-r", str(requirements)],
                    exchanges=(),
                    settings=self._settings(),
                    scratch=scratch,
                    lock=self.lock,
                    configuration=self._uv_configuration(),
                    netrc=None if netrc is None else netrc.path,
                    translation=UserAddresses(published, {}).translation,
                )
            )

    def _settings(self) -> Mapping[str, str]:
        values = {key: value for key, value in self.config.values.items() if key in _SETTINGS}
        return self.config._replace(values=values, controls=()).engine_environment()

    def _uv_configuration(self) -> Mapping[str, Any]:
        if self.config.uv is None:
            return {}
        document = self.config.uv.document_without_sources(())
        return {key: value for key, value in document.items() if key in _UV_SETTINGS}
