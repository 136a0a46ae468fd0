"""Which engine a run gets: the one that was asked for, else what the target has."""

from __future__ import annotations

import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from dualvariant.engines.failures import EngineNotFoundError

if TYPE_CHECKING:
    from dualvariant.engines.pip import WaitingPip
    from dualvariant.engines.protocol import Engine
    from dualvariant.target.interpreter import Interpreter
    from dualvariant.target.probe import InterpreterProbe

__all__ = ["ENGINES", "EngineStart"]

#: What ``--engine`` takes.
ENGINES = ("pip", "uv")


class EngineStart:
    """The start of an engine: the target is asked what it is, and its pip gets ready meanwhile.

    Use it as a context manager: what was started and is not needed has ended when the block ends.

    Args:
        python: the target's executable.
        command: the command of pip that is run.
        wanted: the name of the engine that is asked for; None if the target decides.
        report: the engine has to write a report, and its standard output goes to standard error.

    Raises:
        NoInterpreterError: the interpreter does not start.
    """

    def __init__(self, python: Path, command: str, wanted: str | None, *, report: bool) -> None:
        self._command, self._wanted, self._report = command, wanted, report
        self._stack = ExitStack()
        self._pip: WaitingPip | None = None
        if wanted == "uv" and command == "install":
            from dualvariant.target.probe import InterpreterProbe

            self._source: WaitingPip | InterpreterProbe = self._stack.enter_context(InterpreterProbe(python))
        else:
            from dualvariant.engines.pip import WaitingPip

            # pip first: it imports itself while we import what the choice needs.
            self._pip = self._source = self._stack.enter_context(WaitingPip(python, warm=True, quiet=report))

    def __enter__(self) -> EngineStart:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def target(self) -> Interpreter:
        """The interpreter to install for.

        Raises:
            NoInterpreterError: it is no Python that works.
        """
        return self._source.interpreter()

    def engine(self, target: Interpreter) -> Engine:
        """The engine for this target.

        Raises:
            EngineNotFoundError: uv is asked for, and is not there.
        """
        uv = self._find_uv(target)
        if uv is not None:
            from dualvariant.engines.uv import UvEngine

            if self._pip is not None:
                self._pip.dismiss()
            return UvEngine(target, uv)
        from dualvariant.engines.pip import PipEngine

        assert self._pip is not None
        return PipEngine(target, self._pip, quiet=self._report)

    def _find_uv(self, target: Interpreter) -> Path | None:
        if self._command != "install" or self._wanted == "pip" or (self._wanted is None and target.pip is not None):
            return None
        uv = _find_uv()
        if uv is None and self._wanted == "uv":
            raise EngineNotFoundError(
                "no uv on PATH, nor beside dualvariant (--engine uv)", "'pip install uv' brings one"
            )
        if uv is not None and self._report and self._wanted is None:
            return None  # uv writes no report; our own pip does
        return uv


def _find_uv() -> Path | None:
    """The uv on PATH, or the one that was installed beside dualvariant."""
    found = shutil.which("uv")
    if found:
        return Path(found)
    beside = Path(sys.executable).with_name("uv")
    return beside if beside.exists() else None
