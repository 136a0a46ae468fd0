"""The probe: ask an interpreter what it is, without starting an installer."""

from __future__ import annotations

import os
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import packaging

from dualvariant.core.errors import NoInterpreterError
from dualvariant.core.guard import ending_with_us
from dualvariant.core.processes import kill_process_group

if TYPE_CHECKING:
    from dualvariant.target.interpreter import Interpreter

__all__ = ["DESCRIBE_SCRIPT", "InterpreterProbe", "start_error", "unusable_error"]

#: The script that describes the interpreter that runs it.
DESCRIBE_SCRIPT = Path(__file__).with_name("_describe.py")


class InterpreterProbe:
    """A process of an interpreter that describes itself; other work can be done until the answer is needed.

    Args:
        python: the interpreter's executable.

    Raises:
        NoInterpreterError: it does not start.
    """

    def __init__(self, python: Path) -> None:
        self.python = python
        #: The answer, as JSON.
        self.line = b""
        answer, question = os.pipe()
        self._answer = os.fdopen(answer, "rb")
        self._guard = ExitStack()
        guard = self._guard.enter_context(ending_with_us())
        command = [str(python), str(DESCRIBE_SCRIPT), str(question), str(packaging.__path__[0])]
        try:
            # Whatever a start-up file of that interpreter prints is no data of ours. Ctrl-C reaches this process alone,
            # which ends that one: an interpreter that is interrupted while it starts prints a traceback.
            self._process = subprocess.Popen(
                command,
                pass_fds=[question, *guard.descriptors],
                stdin=subprocess.DEVNULL,
                stdout=2,
                start_new_session=True,
            )
        except OSError as error:
            self._answer.close()
            self._guard.close()
            raise start_error(python, error) from error
        finally:
            os.close(question)
        guard.watch(self._process)

    def __enter__(self) -> InterpreterProbe:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """End the process, whether it has answered or not."""
        self._answer.close()
        if self._process.poll() is None:
            kill_process_group(self._process)
        self._process.wait()
        self._guard.close()

    def interpreter(self) -> Interpreter:
        """The interpreter as it describes itself.

        Raises:
            NoInterpreterError: it says nothing, so it is no Python that works.
        """
        from dualvariant.target.interpreter import Interpreter

        self.line = self._answer.readline()
        try:
            return Interpreter.from_json(self.line)
        except ValueError:
            raise unusable_error(self.python, self._process.wait()) from None


def start_error(python: Path, error: OSError) -> NoInterpreterError:
    """The error for an interpreter that cannot be started."""
    return NoInterpreterError(
        f"the interpreter does not start ({error.strerror}): {str(python)!r}", "--python names another one"
    )


def unusable_error(python: Path, status: int) -> NoInterpreterError:
    """The error for an executable that says nothing of itself."""
    return NoInterpreterError(
        f"the interpreter does not work (it ended with status {status}): {str(python)!r}",
        f"'{python} -c \"print(1)\"' must print 1; --python names another one",
    )
