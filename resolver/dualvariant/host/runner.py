"""Ask providers, each in a short-lived process of its own, all at once; ``_child.py`` is the other end.

A provider that raises, hangs, crashes, prints or gives a bad answer is left out, and costs no more than the time limit.
"""

from __future__ import annotations

import json
import math
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import field, frozen

from dualvariant.core.errors import ProviderFailedError, UsageError
from dualvariant.core.processes import make_own_environment
from dualvariant.host._depends import VARIABLE, read_state
from dualvariant.host.answer import ProviderAnswer, ProviderFailure, make_printable, parse_answer
from dualvariant.host.discovery import ProviderEntry

__all__ = ["ANSWER_LIMIT", "TIME_LIMIT", "ask_build_flags", "ask_why_not", "read_time_limit", "run_providers"]

#: Seconds that a provider may take, where the environment does not say another number.
TIME_LIMIT = 10.0

#: The largest size of a provider's answer, in bytes.
ANSWER_LIMIT = 1 << 20

#: The environment variable that says how many seconds a provider may take.
LIMIT_VARIABLE = "DUALVARIANT_PROVIDER_TIMEOUT"

_CHILD = Path(__file__).with_name("_child.py")
_FLAG_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


def read_time_limit() -> float:
    """The seconds that a provider may take.

    Raises:
        UsageError: the environment says something else than a number of seconds.
    """
    text = os.environ.get(LIMIT_VARIABLE)
    if not text:
        return TIME_LIMIT
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= 3600:
        raise UsageError(
            f"{LIMIT_VARIABLE} must be a number of seconds, above 0 and at most 3600: {text!r}",
            f"unset the variable (the limit is then {TIME_LIMIT:g} s), or set a number",
        )
    return seconds


def run_providers(entries: Sequence[ProviderEntry]) -> list[ProviderAnswer | ProviderFailure]:
    """What each provider says about this host, in the order given."""
    detected_at = time.time()
    documents = _converse([(entry, {}) for entry in entries])
    return [_parse(entry, document, detected_at) for entry, document in zip(entries, documents, strict=True)]


@frozen
class _Problem:
    """Why there is no answer.

    Args:
        reason: in words.
        depends_on: what that depends on, as far as it is known; None if it is not the provider's fault.
    """

    reason: str
    depends_on: dict[str, Any] | None = field(factory=dict)


def _parse(
    entry: ProviderEntry, document: dict[str, Any] | _Problem, detected_at: float
) -> ProviderAnswer | ProviderFailure:
    if isinstance(document, dict):
        try:
            return parse_answer(entry, document, "run", detected_at)
        except ValueError as error:
            document = _Problem(f"its answer is not valid: {error}")
    depends_on = document.depends_on
    if depends_on is not None:
        limit = f"{VARIABLE}{LIMIT_VARIABLE}"
        depends_on = {**depends_on, limit: read_state(limit)}
    return ProviderFailure(entry, document.reason, depends_on, "run", detected_at)


def ask_build_flags(
    entry: ProviderEntry, properties: Sequence[tuple[str, str]], compiler: str
) -> list[dict[str, list[str]] | None]:
    """How to build for a provider's properties, all asked in one process.

    Args:
        entry: the provider.
        properties: (key, value) pairs.
        compiler: ``gcc``, ``clang`` or ``zig``.

    Returns:
        For each property the flags by environment variable; None where the provider has none for this compiler.

    Raises:
        ProviderFailedError: the provider failed, or its answer is not valid.
    """
    question = {"properties": [list(pair) for pair in properties], "compiler": compiler}
    [document] = _converse([(entry, question)])
    if isinstance(document, dict):
        flags = document.get("flags")
        if isinstance(flags, list) and len(flags) == len(properties):
            wrong = next((item for item in flags if not _are_flags(item)), None)
            if wrong is None:
                return flags
            reason = f"its answer is not valid: build_flags() must return lists of flags by variable: {wrong!r}"
        else:
            reason = f"its answer is not valid: {flags!r}"
    else:
        reason = document.reason
    raise ProviderFailedError(
        str(ProviderFailure(entry, reason)),
        f"report it to the authors of {entry.distribution}; 'dualvariant plugins check' asks every provider",
    )


def ask_why_not(
    entry: ProviderEntry, missing: Sequence[tuple[str, str]], supported: dict[str, list[str]]
) -> list[str | None]:
    """What a host lacks for some of a provider's properties, in words, all asked in one process.

    Args:
        entry: the provider.
        missing: (key, value) pairs that the host does not support.
        supported: what it does support, values by key.

    Returns:
        For each pair the words, or None. None for each pair if the provider fails: the words are not essential.
    """
    question = {"missing": [list(pair) for pair in missing], "supported": supported}
    [document] = _converse([(entry, question)])
    reasons = document.get("why") if isinstance(document, dict) else None
    if not isinstance(reasons, list) or len(reasons) != len(missing):
        return [None] * len(missing)
    return [make_printable(words)[:200] if isinstance(words, str) else None for words in reasons]


def _are_flags(item: object) -> bool:
    return item is None or (
        isinstance(item, dict)
        and all(_FLAG_VARIABLE.fullmatch(variable) for variable in item)
        and all(isinstance(flags, list) for flags in item.values())
        and all(isinstance(flag, str) and "\0" not in flag for flags in item.values() for flag in flags)
    )


def _converse(
    questions: Sequence[tuple[ProviderEntry, dict[str, Any]]],
) -> list[dict[str, Any] | _Problem]:
    """For each question the document that came back, or why there is none. No process is left when this returns."""
    limit = read_time_limit()
    environment = make_own_environment()
    # The child's own imports must not come from PYTHONPATH; the provider, and what it starts, may expect the variable.
    kept = {name: value for name, value in os.environ.items() if name not in environment}
    common = {"path": list(_absolute_paths()), "environment": kept}
    children: list[_Child] = []
    try:
        for entry, more in questions:
            question = {"contract": entry.contract, "target": entry.target, **common, **more}
            children.append(_Child(json.dumps(question).encode() + b"\n", limit, environment))
        deadline = time.monotonic() + limit
        for child in children:
            child.join(max(0.0, deadline - time.monotonic()))
        return [child.outcome() for child in children]
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

    def __init__(self, question: bytes, limit: float, environment: Mapping[str, str]) -> None:
        super().__init__(daemon=True)
        self.question = question
        self.limit = limit
        self.received = bytearray()
        self.problem: str | None = None
        try:
            self.process: subprocess.Popen[bytes] | None = subprocess.Popen(
                [sys.executable, *_interpreter_options(), str(_CHILD), repr(limit)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,
                env=environment,
            )
        except (OSError, ValueError) as error:
            self.process = None
            self.problem = f"its process cannot be started: {error}"
        self.start()

    def run(self) -> None:
        if self.process is None:
            return
        assert self.process.stdin is not None and self.process.stdout is not None
        with suppress(OSError):  # it ended before it listened: there will be no answer either
            self.process.stdin.write(self.question)
        answer = self.process.stdout.fileno()
        while not self._complete():
            piece = os.read(answer, 1 << 16)
            if not piece:
                self.process.wait()
                return
            self.received += piece

    def _complete(self) -> bool:
        return b"\n" in self.received or len(self.received) > ANSWER_LIMIT

    def outcome(self) -> dict[str, Any] | _Problem:
        """The document, or why there is none. To be asked when the time is over, or the thread is."""
        if self.process is None:
            return _Problem(self.problem or "its process cannot be started", None)
        line, newline, _ = bytes(self.received).partition(b"\n")
        if len(line) > ANSWER_LIMIT:
            return _Problem(f"its answer is too large (more than {ANSWER_LIMIT:,} bytes)")
        if not newline:
            code = self.process.poll()
            return _Problem(f"it took longer than {self.limit:g} s" if code is None else _describe_end(code))
        try:
            document = json.loads(line)
        except (ValueError, RecursionError) as error:
            return _Problem(f"its answer is not valid: {error}")
        if not isinstance(document, dict):
            return _Problem(f"its answer is not valid: {document!r}")
        if "error" not in document:
            return document
        depends_on = document.get("depends_on")
        return _Problem(str(document["error"]), depends_on if isinstance(depends_on, dict) else {})

    def end(self) -> None:
        """Leave nothing of the provider behind: no process of its group, no open pipe."""
        if self.process is None:
            return
        assert self.process.stdin is not None and self.process.stdout is not None
        with suppress(OSError):
            if sys.platform == "win32":
                self.process.kill()
            else:
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.join(1.0)
        self.process.stdin.close()
        if not self.is_alive():  # else what left the group holds the pipe, and this daemon thread waits for it
            self.process.stdout.close()


def _interpreter_options() -> list[str]:
    """The options of this interpreter that decide what Python imports before our script runs."""
    if sys.flags.isolated:
        return ["-I"]
    return ["-E"] * sys.flags.ignore_environment + ["-s"] * sys.flags.no_user_site


def _describe_end(code: int) -> str:
    if code >= 0:
        return f"it exited with status {code} and no answer"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"it was ended by {name}"
