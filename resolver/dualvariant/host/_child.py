"""The process in which one provider is asked; foreign code runs in no other.

:mod:`dualvariant.host.runner` starts this file as a script in a process group of its own, with the seconds that it may
live as its argument, and speaks to it by two pipes:

stdin
    One line of JSON, the question; then nothing more. The pipe stays open as long as the parent lives.
stdout
    One line of JSON, the answer.

Both are moved out of the way before anything foreign is imported. What a provider prints, from Python, from C or from
a program that it starts, goes to the null device, so it can neither forge an answer nor block one.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

#: How much longer than its time limit this process may live, so that the parent is the first to notice.
GRACE = 2.0


def main() -> None:
    """Take the question, ask the provider, give the answer."""
    question_pipe, answer_pipe = os.dup(0), os.dup(1)  # neither is inherited by a program that is started
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    _limit_life(float(sys.argv[1]))
    # A parent in the background (nohup, some CI) ignores SIGINT, and hands that down to every process below it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    question = json.loads(_line(question_pipe))
    _die_with_parent(question_pipe)
    if sys.platform != "win32":  # a process that the provider forks must not hold the pipes open
        os.register_at_fork(after_in_child=partial(os.close, question_pipe))
        os.register_at_fork(after_in_child=partial(os.close, answer_pipe))
    # Import what the parent would: this script's own folder, which Python put first, is gone with this.
    sys.path[:] = question["path"]
    os.environ.update(question["environment"])  # what would have decided on this script's own imports
    answer = _answer(question).encode() + b"\n"
    while answer:
        answer = answer[os.write(answer_pipe, answer) :]
    os._exit(0)  # without waiting for threads and exit handlers that the provider left behind


def _line(pipe: int) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(pipe, 1 << 16)
        if not piece:
            sys.exit("the parent has gone")
        line += piece
    return line


def _limit_life(limit: float) -> None:
    """End this process when its time is over, even if the parent is gone and foreign C code never comes back."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash leaves no file behind
    for number in (signal.SIGALRM, signal.SIGIO):  # both end a process, unless the parent ignores them
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGALRM, signal.SIGIO))
    signal.setitimer(signal.ITIMER_REAL, limit + GRACE)


def _die_with_parent(pipe: int) -> None:
    """Have the kernel send SIGIO to this process group when the other end of the pipe is gone.

    That happens however the parent ends, ``kill -9`` included, and ends foreign code that never comes back, as well as
    programs that it started. Where the kernel does not do it for pipes, the timer above does it later.
    """
    if sys.platform == "win32":
        return
    import fcntl

    fcntl.fcntl(pipe, fcntl.F_SETOWN, -os.getpgrp())
    flags = fcntl.fcntl(pipe, fcntl.F_GETFL)
    fcntl.fcntl(pipe, fcntl.F_SETFL, flags | os.O_ASYNC | os.O_NONBLOCK)
    try:
        os.read(pipe, 1)
    except BlockingIOError:
        return  # the parent holds the other end: from here on, the kernel watches
    os._exit(1)


def _answer(question: dict[str, Any]) -> str:
    """The answer in JSON; where the provider fails, what it did, in which step, and what that depends on."""
    from dualvariant.host._libraries import LibraryWatch
    from dualvariant.host.contracts import ContractError

    step = "its import"
    depends_on: dict[str, Any] = {}
    watch = LibraryWatch()

    def enter(name: str) -> None:
        nonlocal step
        step = name

    try:
        answer = _ask(question, enter, depends_on)
        return json.dumps({**answer, "depends_on": {**depends_on, **watch.read_states()}})
    except ContractError as error:
        problem = str(error)
    except SystemExit as error:
        problem = f"{step} called sys.exit({error.code!r})"
    except BaseException as error:
        problem = f"{step} raised {_describe(error)}"
    return json.dumps({"error": problem, "depends_on": {**depends_on, **watch.read_states()}})


def _describe(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"[:1000]
    except Exception:
        return type(error).__name__


def _ask(question: dict[str, Any], step: Callable[[str], None], depends_on: dict[str, Any]) -> dict[str, Any]:
    contract = import_module(f"dualvariant.host.contracts.{question['contract']}")
    provider = contract.load(question["target"], step)
    answer: dict[str, Any] = contract.identify(provider, step)
    if "properties" in question:
        answer["flags"] = [
            contract.ask_build_flags(provider, key, value, question["compiler"], step)
            for key, value in question["properties"]
        ]
    elif "missing" in question:
        answer["why"] = [
            contract.ask_why_not(provider, key, value, question["supported"], step)
            for key, value in question["missing"]
        ]
    else:
        depends_on.update(contract.read_dependencies(provider, step))  # before anything is detected
        answer["config"] = contract.ask_config(provider, step)
    return answer


if __name__ == "__main__":
    main()
