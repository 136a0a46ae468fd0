"""The engine: the target interpreter's own pip, held at the start until the choice stands."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import packaging

from dualvariant.core.errors import DualvariantError, UsageError

if TYPE_CHECKING:
    from dualvariant.target.interpreter import Interpreter

__all__ = ["PipEngine", "engine_environment", "served_by"]

_SCRIPT = Path(__file__).with_name("_pip_child.py")

#: Seconds that an engine gets to clean up after Ctrl-C before it is killed.
PATIENCE = 10.0


class PipEngine:
    """A process of the target interpreter that has introduced itself and waits to become pip.

    Use it as a context manager: what has not been started when the block ends is sent home, and has done nothing.

    Args:
        python: the interpreter whose pip it is.
        warm: import pip while waiting; only worth it if it will be started.
        quiet: pip's standard output goes to standard error, because ours carries data.
    """

    def __init__(self, python: Path, *, warm: bool = False, quiet: bool = False) -> None:
        self.python = python
        ours, theirs = socket.socketpair()
        self._socket = ours
        command = [str(python), str(_SCRIPT), str(theirs.fileno()), str(packaging.__path__[0])]
        try:
            self._process = subprocess.Popen(
                command + (["--warm"] if warm else []),
                pass_fds=[theirs.fileno()],
                stdout=2 if quiet else None,
            )
        except OSError as error:
            ours.close()
            raise UsageError(f"the interpreter does not start ({error}): {str(python)!r}") from error
        finally:
            theirs.close()
        self._channel = ours.makefile("rb")

    def __enter__(self) -> PipEngine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()

    def end(self) -> None:
        """End the process: one that waits sees the channel close and leaves, one that runs is interrupted."""
        self.dismiss()
        end_process(self._process)

    def dismiss(self) -> None:
        """Send a process home that is not needed any more, without waiting for it to leave."""
        with suppress(OSError):
            self._channel.close()
        self._socket.close()

    def introduction(self) -> Interpreter:
        """What the interpreter says of itself.

        Raises:
            UsageError: it said nothing, so it is no Python that works.
        """
        from dualvariant.target.interpreter import Interpreter

        line = self._channel.readline()
        try:
            said: dict[str, Any] = json.loads(line)
        except ValueError:
            status = self._process.wait()
            raise UsageError(
                f"the interpreter does not work (it ended with status {status}): {str(self.python)!r}"
            ) from None
        return Interpreter(
            executable=Path(said["executable"]),
            version=said["version"],
            prefix=Path(said["prefix"]),
            site=tuple(Path(entry) for entry in dict.fromkeys(said["site"])),
            user_site=Path(said["user_site"]),
            path=tuple(Path(entry) for entry in said["path"]),
            pip=said["pip"],
            tags=tuple(said["tags"]),
            markers=said["markers"],
        )

    def start(self, arguments: Sequence[str], environment: Mapping[str, str], lock: int | None = None) -> int:
        """Become pip with these arguments and this environment, and nothing else.

        If we are interrupted meanwhile, pip has ended before the interruption goes on: the folders and the server that
        it uses can then be taken away.

        Args:
            arguments: pip's command line.
            environment: the whole of it.
            lock: an open file that pip keeps open until it ends.

        Returns:
            Its exit code; minus the number of the signal that ended it.
        """
        order = {"arguments": list(arguments), "environment": dict(environment)}
        try:
            socket.send_fds(self._socket, [b" "], [] if lock is None else [lock])
            self._socket.sendall(json.dumps(order).encode() + b"\n")
        except OSError as error:
            raise DualvariantError(f"the installer ended before it was started ({error})") from error
        try:
            status = self._process.wait()
        except BaseException:
            self.end()
            raise
        return status


def end_process(process: subprocess.Popen[bytes]) -> None:
    """Have an installer end: by itself, if it has been told already, or by Ctrl-C, or at last by force."""
    # On Ctrl-C the terminal has told it as well; a second signal would disturb its cleaning up.
    for step in (None, signal.SIGINT, signal.SIGKILL):
        if process.poll() is None and step is not None:
            process.send_signal(step)
        try:
            process.wait(PATIENCE if step == signal.SIGINT else 1.0)
            return
        except subprocess.TimeoutExpired:
            continue


def own_pip_version() -> str | None:
    """The version of the pip beside dualvariant, or None."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("pip")
    except PackageNotFoundError:
        return None


def engine_environment(settings: Mapping[str, str], scratch: Path) -> dict[str, str]:
    """The environment in which the engine sees the view and nothing else.

    Args:
        settings: pip's settings without its sources, as ``PIP_*`` variables.
        scratch: a folder of ours for its temporary files, so that nothing stays behind however it ends.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    environment.update(settings)
    environment["PIP_CONFIG_FILE"] = os.devnull
    environment["TMPDIR"] = str(scratch)
    proxy = environment.pop("PIP_PROXY", None)
    if proxy:
        environment.update(http_proxy=proxy, https_proxy=proxy)
    for name in ("no_proxy", "NO_PROXY"):
        known = environment.get(name)
        environment[name] = f"{known},127.0.0.1" if known else "127.0.0.1"
    return environment


def served_by(target: Interpreter) -> tuple[Path, list[str]]:
    """The interpreter whose pip serves the target, and pip's arguments that say so.

    Raises:
        UsageError: neither the target nor dualvariant's own environment has a pip that can.
    """
    if target.pip is not None:
        return target.executable, []
    own = own_pip_version()
    if own is not None and int(own.split(".")[0]) * 100 + int(own.split(".")[1]) >= 2203:
        return Path(sys.executable), ["--python", str(target.executable)]
    raise UsageError(
        f"no pip for the target (it has none, and dualvariant's own is {own or 'missing'}): {str(target.executable)!r}",
        f"'{target.executable} -m ensurepip' gives it one",
    )
