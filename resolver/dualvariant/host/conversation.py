"""Conversations with providers' processes, all at once: a question for each goes out, and its reply comes back.

``_child.py`` is the other end. No process, no folder and no open pipe is left when they are over.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from attrs import field, frozen

from dualvariant.core.processes import make_own_environment
from dualvariant.core.scratch import make_scratch_dir
from dualvariant.host.discovery import ProviderEntry
from dualvariant.host.environment import make_environment, select_requestable

__all__ = ["Question", "Reply", "converse"]

_CHILD = Path(__file__).with_name("_child.py")

#: Seconds beyond the limit after which the supervisor itself counts as hung.
_GRACE = 0.5

#: The most bytes of a reply that are read: what the supervisor lets pass, and a little.
_LARGEST_REPLY = (1 << 20) + 4096

#: The most bytes of a provider's output that are kept.
_LARGEST_OUTPUT = 64 << 10


class Question(NamedTuple):
    """What to ask one provider.

    Args:
        entry: the provider.
        more: what else than its answer about this host is asked for.
        search_path: folders to import it from, in front of ours.
        detail: the reply is to have the output, the traceback, and what the process gave up.
        machine: the machine that the provider is to see instead of this one (:mod:`dualvariant.host._machine`).
        variables: environment variables of that machine, which the provider gets whether or not it names them.
    """

    entry: ProviderEntry
    more: Mapping[str, Any] = MappingProxyType({})
    search_path: tuple[str, ...] = ()
    detail: bool = False
    machine: Mapping[str, Any] | None = None
    variables: Mapping[str, str] = MappingProxyType({})


@frozen
class Reply:
    """What came back.

    Args:
        document: the answer as JSON has it; empty where there is none.
        problem: why there is none; None where there is one.
        depends_on: what the answer, or the problem, depends on; None if it is not the provider's fault.
        seconds: how long it took.
        timed_out: whether it took too long.
        output: what the provider printed, if that was asked for.
    """

    document: dict[str, Any] = field(factory=dict)
    problem: str | None = None
    depends_on: dict[str, Any] | None = field(factory=dict)
    seconds: float = 0.0
    timed_out: bool = False
    output: str = ""


def converse(questions: Sequence[Question], limit: float) -> list[Reply]:
    """For each question the reply, within the limit and a second.

    Args:
        questions: asked at the same time.
        limit: seconds that each provider may take.
    """
    if not questions:
        return []
    path = list(_absolute_paths())
    children: list[_Child] = []
    with make_scratch_dir() as scratch:
        try:
            for number, question in enumerate(questions):
                folder = scratch / str(number)
                folder.mkdir(mode=0o700)
                children.append(_Child(question, path, folder, limit))
            deadline = time.monotonic() + limit + _GRACE
            for child in children:
                child.join(max(0.0, deadline - time.monotonic()))
            return [child.make_reply() for child in children]
        finally:
            for child in children:
                child.end()


def _absolute_paths() -> Iterator[str]:
    """``sys.path`` for another process; relative folders are left out where the working directory is gone."""
    for folder in sys.path:
        with suppress(OSError):
            yield os.path.abspath(folder)  # noqa: PTH100  # '' is the working directory


class _Child(threading.Thread):
    """One provider's process, and the thread that speaks with it until there is an answer or the process has ended."""

    def __init__(self, question: Question, path: list[str], scratch: Path, limit: float) -> None:
        super().__init__(daemon=True)
        own = make_own_environment()
        document = {
            "contract": question.entry.contract,
            "target": question.entry.target,
            "path": [*question.search_path, *path],
            "environment": {**select_requestable(os.environ), **question.variables},
            "detail": question.detail,
            "machine": question.machine,
            **question.more,
        }
        self.question = json.dumps(document).encode() + b"\n"
        self.limit = limit
        self.received, self.printed = bytearray(), bytearray()
        self.problem: str | None = None
        self.started = time.monotonic()
        self.ended: float | None = None
        # The child's own imports must come from where ours do.
        ours = {name: own[name] for name in ("PYTHONPATH",) if name in own}
        try:
            self.process: subprocess.Popen[bytes] | None = subprocess.Popen(
                [
                    sys.executable, *_interpreter_options(), str(_CHILD),
                    repr(limit), "output" if question.detail else "silent",
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if question.detail else subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,
                cwd=scratch,
                env={**make_environment(scratch, os.environ), **question.variables, **ours},
            )  # fmt: skip
        except (OSError, ValueError) as error:
            self.process = None
            self.problem = f"its process cannot be started: {error}"
        self.output = threading.Thread(target=self._drain, daemon=True)
        self.output.start()
        self.start()

    def run(self) -> None:
        if self.process is None:
            return
        assert self.process.stdin is not None and self.process.stdout is not None
        with suppress(OSError):  # it ended before it listened: there will be no answer either
            self.process.stdin.write(self.question)
        answer = self.process.stdout.fileno()
        while b"\n" not in self.received and len(self.received) <= _LARGEST_REPLY:
            piece = os.read(answer, 1 << 16)
            if not piece:
                self.process.wait()
                break
            self.received += piece
        self.ended = time.monotonic()

    def _drain(self) -> None:
        """Read what the provider prints to its end, and keep the beginning."""
        if self.process is None or self.process.stderr is None:
            return
        with suppress(OSError, ValueError):
            while piece := os.read(self.process.stderr.fileno(), 1 << 16):
                self.printed += piece[: _LARGEST_OUTPUT - len(self.printed)]

    def make_reply(self) -> Reply:
        """The reply. To be asked when the time is over, or the thread is."""
        seconds = (self.ended or time.monotonic()) - self.started
        if self.process is None:
            return Reply(problem=self.problem, depends_on=None)
        if self.process.stderr is not None:
            self.output.join(0.2)
        output = self.printed.decode("utf-8", "replace")
        line, newline, _ = bytes(self.received).partition(b"\n")
        if not newline and self.ended is None:
            return Reply(
                problem=f"it took longer than {self.limit:g} s", seconds=seconds, timed_out=True, output=output
            )
        try:
            document = json.loads(line) if newline else None
        except (ValueError, RecursionError) as error:
            return Reply(problem=f"its answer is not valid: {error}", seconds=seconds, output=output)
        if document is None:
            return Reply(problem="its process was ended, and gave no answer", seconds=seconds, output=output)
        if not isinstance(document, dict):
            return Reply(problem=f"its answer is not valid: {document!r}", seconds=seconds, output=output)
        depends_on = document.get("depends_on")
        return Reply(
            document,
            str(document["error"]) if "error" in document else None,
            depends_on if isinstance(depends_on, dict) else {},
            seconds,
            document.get("timed_out") is True,
            output,
        )

    def end(self) -> None:
        """Leave nothing of the provider behind: no process, no open pipe."""
        if self.process is None:
            return
        assert self.process.stdin is not None and self.process.stdout is not None
        with suppress(OSError):  # the supervisor ends what is below it when this pipe closes
            self.process.stdin.close()
        try:
            self.process.wait(4.0 if self.ended is not None else 0.2)
        except subprocess.TimeoutExpired:
            with suppress(OSError):
                if sys.platform == "win32":
                    self.process.kill()
                else:
                    os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.join(1.0)
        for pipe, reader in ((self.process.stdout, self), (self.process.stderr, self.output)):
            if pipe is not None and not reader.is_alive():  # else this daemon thread waits for what holds the pipe
                pipe.close()


def _interpreter_options() -> list[str]:
    """The options of this interpreter that decide what Python imports before our script runs."""
    if sys.flags.isolated:
        return ["-I"]
    return ["-E"] * sys.flags.ignore_environment + ["-s"] * sys.flags.no_user_site
