"""The two processes for one provider: a supervisor, which is this script, and a worker, in which foreign code runs.

:mod:`dualvariant.host.runner` starts this file with the seconds that the provider may take and the word ``output`` or
``silent``, in a process group, an environment and a folder of its own, and speaks to it by two pipes:

stdin
    One line of JSON, the question; then nothing more. The pipe stays open as long as the parent lives.
stdout
    One line of JSON, the answer.
stderr
    What the provider prints, if the word is ``output``; nothing otherwise.

The supervisor forks the worker before it reads the question, so the values of environment variables that are in the
question are not in the worker's memory: the worker gets those that the provider names in ``__depends_on__``. The
supervisor ends the worker and everything that it has started when there is an answer, when the time is over, when the
processes are too many or too large, and when the parent is gone. On Windows there is no supervisor, and the parent ends
the process itself.

Each line of the worker's begins with a random token, which only the worker's own functions know; other lines are
dropped. So a provider that writes to every descriptor cannot make up an answer, nor spoil one.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from _thread import allocate_lock
from typing import Any

#: Seconds between two looks at the worker's processes.
TICK = 0.05

#: The largest size of an answer, in bytes.
ANSWER_LIMIT = 1 << 20

#: How many processes a provider may have at a time, itself included.
PROCESS_LIMIT = 64

#: How much memory, in bytes, they may use together: their resident size, since a driver may reserve any address space.
MEMORY_LIMIT = 2 << 30


def main() -> None:
    """Take the question, have the worker ask the provider, give the answer, and leave no process behind."""
    limit, shows_output = float(sys.argv[1]), sys.argv[2] == "output"
    deadline = time.monotonic() + limit
    if sys.platform == "win32":
        _run_alone(shows_output)
        return
    for number in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)  # what the parent ignores is ignored by the processes below it
    (worker_reads, to_worker), (from_worker, worker_writes) = os.pipe(), os.pipe()
    parent = os.getpid()
    worker = os.fork()
    if worker == 0:
        for pipe in (to_worker, from_worker):
            os.close(pipe)
        _run_worker(worker_reads, worker_writes, parent, shows_output)
    for pipe in (worker_reads, worker_writes, 2):
        os.close(pipe)
    supervisor = Supervisor(worker, to_worker, from_worker, deadline, limit)
    document = supervisor.run()
    os._exit(0 if document is None or _write(1, document) else 1)


def _run_worker(read_from: int, write_to: int, parent: int, shows_output: bool) -> None:
    """Become the worker; does not return."""
    try:
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(2 if shows_output else null, 1)
        os.dup2(1, 2)
        os.close(null)
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        question = json.loads(_read_line(read_from))
        # Import what the parent would: this script's own folder, which Python put first, is gone with this.
        sys.path[:] = question["path"]
        from dualvariant.host._fence import close_fence, fork_closes

        fork_closes(read_from, write_to)
        closed = close_fence(parent)
        from dualvariant.host._worker import answer

        start = b"\n" + question.pop("token").encode()
        lock, worker = allocate_lock(), os.getpid()

        def send(document: Any) -> None:
            """Write a line, whole: threads of the provider load libraries too, which is told.

            A process that the provider has forked is not listened to: there the pipe's number may be a file of its own.
            """
            if os.getpid() != worker:
                return
            text = document if isinstance(document, str) else json.dumps(document)
            locked = lock.acquire(timeout=1.0)  # a signal handler may have interrupted this very function
            try:
                _write(write_to, start + text.encode() + b"\n")
            finally:
                if locked:
                    lock.release()

        def fetch(names: list[str]) -> dict[str, str]:
            send({"need": names})
            values: dict[str, str] = json.loads(_read_line(read_from))
            return values

        text = answer(question, fetch, lambda states: send({"noticed": states}), closed)
        if shows_output:
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
        send(text)
    finally:
        os._exit(0)  # without waiting for threads and exit handlers that the provider left behind


def _run_alone(shows_output: bool) -> None:
    """Windows: one process, which the parent ends."""
    question_pipe, answer_pipe, error_pipe = os.dup(0), os.dup(1), os.dup(2)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(error_pipe if shows_output and standard else null, standard)
    question = json.loads(_read_line(question_pipe))
    sys.path[:] = question["path"]
    kept: dict[str, str] = question["environment"]
    from dualvariant.host._worker import answer

    text = answer(question, lambda names: {name: kept[name] for name in names if name in kept}, lambda states: None, [])
    _write(answer_pipe, text.encode() + b"\n")
    os._exit(0)


class Supervisor:
    """Watches the worker until there is a document for the parent.

    Args:
        worker: its process.
        to_worker: the pipe that it reads.
        from_worker: the pipe that it writes.
        deadline: when its time is over, by the monotonic clock.
        limit: how many seconds that was from its start.
    """

    def __init__(self, worker: int, to_worker: int, from_worker: int, deadline: float, limit: float) -> None:
        self.worker, self.to_worker, self.from_worker = worker, to_worker, from_worker
        self.deadline, self.limit = deadline, limit
        self.asked, self.received, self.dropped = bytearray(), bytearray(), 0
        self.token = os.urandom(16).hex().encode()
        self.environment: dict[str, str] | None = None
        #: What the worker has said that its answer depends on, should it end without one.
        self.noticed: dict[str, Any] = {}

    def run(self) -> bytes | None:
        """The line for the parent; None if the parent is gone. No process of the worker's is left.

        SIGALRM ends this process, and so the worker, if even this cannot go on.
        """
        signal.setitimer(signal.ITIMER_REAL, self.limit + 5)
        self.descendants: Any = None
        try:
            document = self._watch()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._load_descendants().end_all(self.worker)
        return document

    def _load_descendants(self) -> Any:
        if self.descendants is None:
            if self.environment is None:  # no question came, so nothing foreign has run
                sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
            from dualvariant.host import _descendants

            self.descendants = _descendants
        return self.descendants

    def _watch(self) -> bytes | None:
        next_look = time.monotonic() + TICK
        while True:
            now = time.monotonic()
            if now >= self.deadline:
                return self._problem(f"it took longer than {self.limit:g} s", timed_out=True)
            # Asked before the pipe is: what an ended worker has written is in the pipe by then.
            ended = self._has_ended()
            ready, _, _ = select.select([0, self.from_worker], [], [], min(TICK, self.deadline - now))
            if 0 in ready and not self._take_question():
                return None
            if self.from_worker in ready:
                line = self._take_line()
                if line is not None:
                    return line
            elif ended:
                return self._describe_end()
            if time.monotonic() >= next_look and self.environment is not None:
                problem = self._load_descendants().find_excess(PROCESS_LIMIT, MEMORY_LIMIT)
                if problem:
                    return self._problem(problem)
                next_look = time.monotonic() + TICK

    def _take_question(self) -> bool:
        """Read a piece of the question, and hand the whole of it to the worker; False if the parent is gone."""
        piece = os.read(0, 1 << 16)
        if not piece:
            return False
        if self.environment is None:
            self.asked += piece
            if self.asked.endswith(b"\n"):
                question = json.loads(self.asked)
                self.environment = question.pop("environment")
                sys.path[:] = question["path"]
                self._load_descendants().adopt_orphans()
                question["token"] = self.token.decode()
                _write(self.to_worker, json.dumps(question).encode() + b"\n")
        return True

    def _take_line(self) -> bytes | None:
        """The worker's answer, or why there is none; None while there is more to come."""
        piece = os.read(self.from_worker, 1 << 16)
        self.received += piece
        while b"\n" in self.received:
            line, _, rest = bytes(self.received).partition(b"\n")
            self.received[:] = rest
            if len(line) > ANSWER_LIMIT + len(self.token):
                break
            if not line.startswith(self.token):
                self.dropped += len(line)
                continue
            line = line[len(self.token) :]
            if not self._take_message(line):
                return line + b"\n"
        else:
            if max(len(self.received), self.dropped) <= ANSWER_LIMIT:
                return None if piece else self._describe_end(wait=1.0)
        return self._problem(f"its answer is too large (more than {ANSWER_LIMIT:,} bytes)")

    def _take_message(self, line: bytes) -> bool:
        """Do what the worker's own functions ask for before there is an answer; False for the answer."""
        if line.startswith(b'{"need"'):
            known = self.environment or {}
            values = {name: known[name] for name in json.loads(line)["need"] if name in known}
            _write(self.to_worker, json.dumps(values).encode() + b"\n")
        elif line.startswith(b'{"noticed"'):
            self.noticed |= json.loads(line)["noticed"]
        else:
            return False
        return True

    def _problem(self, reason: str, *, timed_out: bool = False) -> bytes:
        document = {"error": reason, "depends_on": self.noticed, "timed_out": timed_out}
        return json.dumps(document).encode() + b"\n"

    def _has_ended(self) -> bool:
        try:
            # The zombie stays, so that the number is not given to another process.
            return os.waitid(os.P_PID, self.worker, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except OSError:
            return True

    def _describe_end(self, wait: float = 0.0) -> bytes:
        # A pipe that is closed may be seen a little before the end of its process is.
        end = time.monotonic() + wait
        while not self._has_ended() and time.monotonic() < end:
            time.sleep(0.005)
        try:
            pid, status = os.waitpid(self.worker, os.WNOHANG)
        except OSError:
            pid, status = 0, 0
        if not pid:
            return self._problem("it closed the pipe for its answer, and gave no answer")
        code = os.waitstatus_to_exitcode(status)
        if code >= 0:
            return self._problem(f"it exited with status {code} and no answer")
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return self._problem(f"it was ended by {name}")


def _read_line(pipe: int) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(pipe, 1 << 16)
        if not piece:
            os._exit(1)  # the other side has gone
        line += piece
    return line


def _write(pipe: int, data: bytes) -> bool:
    """Write all of it; False if nobody reads."""
    try:
        while data:
            data = data[os.write(pipe, data) :]
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
