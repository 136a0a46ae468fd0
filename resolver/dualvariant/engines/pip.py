"""pip as the engine: the target interpreter's own pip, which waits until the choice is made."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import packaging

from dualvariant.core.dirs import expand_home
from dualvariant.core.errors import DualvariantError, NoNextStep
from dualvariant.core.processes import end_process
from dualvariant.engines.environment import add_loopback_exception, use_general_proxy
from dualvariant.engines.failures import EngineLacksOptionError, EngineNotFoundError
from dualvariant.engines.protocol import InstallOrder, Translation
from dualvariant.settings.pip_version import is_at_least
from dualvariant.target.probe import DESCRIBE_SCRIPT, start_error, unusable_error

if TYPE_CHECKING:
    from dualvariant.serve.handover import ClientAbilities
    from dualvariant.target.interpreter import Interpreter

__all__ = ["PipEngine", "WaitingPip"]

_CHILD = Path(__file__).with_name("_pip_child.py")

#: The first pip that another interpreter can run.
_RUNNER = "22.3"
#: The first pip that does not ask for each page in each run, and has ``--refresh-package``.
_REUSES_PAGES = "26.2"
#: Options about what the user asks for, and the settings of the same meaning. They are no part of an exchange: its
#: wheel is of a release that was asked for, and has one of the hashes that are listed for it.
_OF_REQUESTS = {"--only-deps": "PIP_ONLY_DEPS", "--require-hashes": "PIP_REQUIRE_HASHES"}
#: The first pip that has ``--dry-run`` and ``--report``.
_REPORT_OPTION = "22.2"


class WaitingPip:
    """A process of an interpreter that has described it and waits to become pip.

    Use it as a context manager: a process that has not become pip when the block ends is ended, and has done nothing.

    Args:
        python: the interpreter whose pip it is.
        warm: import pip while waiting; this only saves time if it becomes pip.
        quiet: pip's standard output goes to standard error, because ours carries data.

    Raises:
        NoInterpreterError: the interpreter does not start.
    """

    def __init__(self, python: Path, *, warm: bool = False, quiet: bool = False) -> None:
        self.python = python
        ours, theirs = socket.socketpair()
        self._socket = ours
        # Python answers Ctrl-C with a traceback until the script has said otherwise; it lets through what is held back.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        command = [str(python), str(_CHILD), str(theirs.fileno()), str(DESCRIBE_SCRIPT), str(packaging.__path__[0])]
        command.append(",".join(str(int(number)) for number in mask))
        try:
            self._process = subprocess.Popen(
                command + (["--warm"] if warm else []),
                pass_fds=[theirs.fileno()],
                stdout=2 if quiet else None,
            )
        except OSError as error:
            ours.close()
            raise start_error(python, error) from error
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            theirs.close()
        self._channel = ours.makefile("rb")
        self._has_become_pip = False

    def __enter__(self) -> WaitingPip:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """End the process: one that waits sees the channel close and leaves, one that runs is interrupted."""
        if self._has_become_pip:
            end_process(self._process)  # it takes the end of the channel for an interruption: one is enough
        self.dismiss()
        end_process(self._process)

    def dismiss(self) -> None:
        """Let a process that is not needed leave, without waiting for that."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads
        with suppress(OSError):
            self._channel.close()
        self._socket.close()

    def interpreter(self) -> Interpreter:
        """The interpreter as it describes itself.

        Raises:
            NoInterpreterError: it does not describe itself, so it is no Python that works.
        """
        from dualvariant.target.interpreter import Interpreter

        line = self._channel.readline()
        try:
            return Interpreter.from_json(line)
        except ValueError:
            raise unusable_error(self.python, self._process.wait()) from None

    def become(
        self, arguments: Sequence[str], environment: Mapping[str, str], order: InstallOrder, runner: Path | None = None
    ) -> int:
        """Become pip with these arguments and this environment, and nothing else; wait for its end.

        Args:
            arguments: pip's command line.
            environment: the whole of it.
            order: says which file pip keeps open until it ends, and what its messages look like to the user.
            runner: the script that runs another pip than the interpreter's own.

        Returns:
            Its exit code; minus the number of the signal that ended it.
        """
        lock, translation = order.lock, order.translation
        start = {
            "arguments": list(arguments),
            "environment": dict(environment),
            "marks": list(translation.marks) if translation else [],
            "runner": str(runner) if runner else None,
        }
        try:
            socket.send_fds(self._socket, [b" "], [] if lock is None else [lock])
            self._socket.sendall(json.dumps(start).encode() + b"\n")
            self._has_become_pip = True
            if translation is not None:
                threading.Thread(target=self._answer, args=(translation,), daemon=True).start()
        except OSError as error:
            raise DualvariantError(
                f"the process that was to become pip has ended before that ({error.strerror})",
                NoNextStep("something outside has ended the process; nothing was changed"),
            ) from error
        try:
            return self._process.wait()
        except BaseException:
            self.end()
            raise

    def _answer(self, translation: Translation) -> None:
        """Answer pip's questions about texts until it ends; the socket closes then."""
        with suppress(OSError, ValueError):
            for line in self._channel:
                number, text = json.loads(line)
                self._socket.sendall(json.dumps([number, translation.translate(text)]).encode() + b"\n")


class PipEngine:
    """The target's pip; where the target has none, the pip beside dualvariant, run by the target's interpreter.

    Args:
        target: the interpreter to install for.
        waiting: the target's own interpreter, which waits to become pip.
        quiet: pip's standard output goes to standard error.
    """

    name = "pip"
    caches_by_address = False

    def __init__(self, target: Interpreter, waiting: WaitingPip, *, quiet: bool = False) -> None:
        self.target = target
        self.quiet = quiet
        self._waiting: WaitingPip | None = waiting

    @property
    def abilities(self) -> ClientAbilities:
        from dualvariant.serve.handover import ClientAbilities  # the network is imported while pip gets ready

        return ClientAbilities()

    def reuses_pages(self, options: Sequence[str], settings: Mapping[str, str]) -> bool:
        refreshes = "refresh-package" in settings or any(word.startswith("--refresh") for word in options)
        return not refreshes and is_at_least(self.target.pip, _REUSES_PAGES)

    @property
    def caches_only_secure(self) -> bool:
        return True

    def check(self, options: Sequence[str], *, report: bool) -> None:
        version = self.target.pip
        report = report or any(option.partition("=")[0] in ("--dry-run", "--report") for option in options)
        if version is None:
            _own_pip(self.target)
        elif report and not is_at_least(version, _REPORT_OPTION):
            raise EngineLacksOptionError(
                f"--dry-run, --report and --json need pip 22.2 or newer in the target (it has {version})",
                "'dualvariant explain' shows the verdicts without an installer",
            )

    def run(self, order: InstallOrder) -> int:
        """Run pip: for what is asked for, and, as an installed release satisfies it, once more for the exchanges."""
        environment = _environment(order)
        index = ["--index-url", order.index_url] if order.index_url else []
        runs = [] if order.only_exchanges else [([*order.options, *order.requirements], environment)]
        if order.exchanges:
            options = [option for option in order.options if option not in _OF_REQUESTS]
            settings = {name: value for name, value in environment.items() if name not in _OF_REQUESTS.values()}
            runs.append(([*options, "--force-reinstall", "--no-deps", *order.exchanges], settings))
        for number, (words, variables) in enumerate(runs):
            line = [order.command, *index, *words]
            if order.report:
                line += ["--report", str(order.scratch / f"report{number}.json")]
            code = self._run_once(line, variables, order)
            if code != 0:
                return code
        return 0

    def _run_once(self, arguments: Sequence[str], environment: Mapping[str, str], order: InstallOrder) -> int:
        waiting, self._waiting = self._waiting, None
        runner = _own_pip(self.target) if self.target.pip is None else None
        if waiting is None:
            with WaitingPip(self.target.executable, quiet=self.quiet) as waiting:
                waiting.interpreter()
                return waiting.become(arguments, environment, order, runner)
        return waiting.become(arguments, environment, order, runner)


def _own_pip(target: Interpreter) -> Path:
    """The script by which an interpreter without pip runs the pip beside dualvariant, as pip's ``--python`` does.

    Run here, and not by ``--python``, it is one process less, and the address of the view is on no command line.

    Raises:
        EngineNotFoundError: there is no pip that has this script.
    """
    from importlib.util import find_spec

    own = target.find_pip()
    spec = find_spec("pip") if own is not None and is_at_least(own, _RUNNER) else None
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).with_name("__pip-runner__.py")
    raise EngineNotFoundError(
        f"no pip for the target (it has none, and dualvariant's own is {own or 'missing'}): {str(target.executable)!r}",
        f"'{target.executable} -m ensurepip' gives it one",
    )


def _environment(order: InstallOrder) -> dict[str, str]:
    """The environment in which pip sees the view and no other source, and where its temporary files go.

    Without a view it is the user's own, with the settings of the order.
    """
    if not order.index_url:
        return {**os.environ, **order.settings}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    environment.update(order.settings)
    environment["PIP_INDEX_URL"] = order.index_url  # for a pip that a build calls
    environment["PIP_CONFIG_FILE"] = os.devnull
    environment["TMPDIR"] = str(order.scratch)
    if order.netrc is not None:
        environment["NETRC"] = str(order.netrc)
    if not expand_home("~").is_absolute():
        environment["HOME"] = str(order.scratch)  # pip 26.3 ends with a traceback where no home is known
    use_general_proxy(environment)
    add_loopback_exception(environment)
    return environment
