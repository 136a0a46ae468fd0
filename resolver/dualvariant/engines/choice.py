"""Which engine a run gets: uv if it was asked for, else pip: the target's own, or ours where the target has none."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dualvariant.engines.failures import EngineNotFoundError

if TYPE_CHECKING:
    from dualvariant.engines.pip import WaitingPip
    from dualvariant.engines.protocol import Engine
    from dualvariant.target.interpreter import Interpreter

__all__ = ["EngineStart", "accepts_uv_configuration", "find_uv"]


class EngineStart:
    """The start of an engine: the target is asked what it is, and its pip gets ready meanwhile.

    Use it as a context manager: what was started and is not needed has ended when the block ends.

    Args:
        python: the target's executable.
        command: the command of pip that is run.
        wanted: the name of the engine that was asked for; None means pip.
        report: the engine has to write a report, and its standard output goes to standard error.

    Raises:
        NoInterpreterError: the interpreter does not start.
    """

    def __init__(self, python: Path, command: str, wanted: str | None, *, report: bool) -> None:
        self._command, self._wanted, self._report = command, wanted, report
        self._stack = ExitStack()
        self._pip: WaitingPip | None = None
        if wanted == "uv" and command == "install":
            from dualvariant.target.kept_description import KeptProbe

            self._source: WaitingPip | KeptProbe = self._stack.enter_context(KeptProbe(python))
        else:
            from dualvariant.engines.pip import WaitingPip

            # pip first: it imports itself while we import what the choice needs.
            self._pip = self._source = self._stack.enter_context(WaitingPip(python, warm=True, quiet=report))

    def __enter__(self) -> EngineStart:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def takes_time(self) -> bool:
        """Whether the engine gets ready while this process has time for other things."""
        return self._pip is not None

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
        if self._pip is None:
            from dualvariant.engines.uv import UvEngine

            return UvEngine(target, find_uv())
        from dualvariant.engines.pip import PipEngine

        return PipEngine(target, self._pip, quiet=self._report)


def find_uv() -> Path:
    """The uv on PATH, or the one that was installed beside dualvariant.

    Raises:
        EngineNotFoundError: there is none.
    """
    found = shutil.which("uv")
    if found:
        return Path(found)
    beside = Path(sys.executable).with_name("uv")
    if beside.exists():
        return beside
    raise EngineNotFoundError("no uv on PATH, nor beside dualvariant (--engine uv)", "'pip install uv' brings one")


def accepts_uv_configuration(document: Mapping[str, Any]) -> bool:
    """Whether the uv that would be the engine accepts a configuration of the form of ``uv.toml``.

    Raises:
        EngineNotFoundError: there is none.
    """
    from dualvariant.engines.uv import accepts_configuration

    return accepts_configuration(find_uv(), document)
