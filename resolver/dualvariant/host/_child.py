"""The process in which one provider is asked: foreign code runs here and nowhere else.

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
from functools import partial
from importlib import import_module
from types import SimpleNamespace
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
    question = json.loads(_line(question_pipe))
    _die_with_parent(question_pipe)
    if sys.platform != "win32":  # a process that the provider forks must not hold the pipes open
        os.register_at_fork(after_in_child=partial(os.close, question_pipe))
        os.register_at_fork(after_in_child=partial(os.close, answer_pipe))
    # Import what the parent would: this script's own folder, which Python put first, is gone with this.
    sys.path[:] = question["path"]
    answer = _answer(question).encode() + b"\n"
    while answer:
        answer = answer[os.write(answer_pipe, answer) :]
    os._exit(0)  # whatever the provider left behind, threads or exit handlers, has no say any more


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
    """The answer in JSON; where the provider spoils it, what it did and where."""
    at = SimpleNamespace(step="its import")
    try:
        return json.dumps(_ask(question, at))
    except SystemExit as error:
        said = f"{at.step} called sys.exit({error.code!r})"
    except BaseException as error:
        said = f"{at.step} raised {_described(error)}"
    return json.dumps({"error": said})


def _described(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"[:1000]
    except Exception:
        return type(error).__name__


def _ask(question: dict[str, Any], at: SimpleNamespace) -> dict[str, Any]:
    from dualvariant.host._depends import states

    module, _, attribute = question["target"].partition(":")
    made: Any = import_module(module)
    for part in attribute.split("."):
        made = getattr(made, part)
    at.step = "its constructor"
    provider = made()
    at.step = "a look at its attributes"
    answer = {"name": provider.__provider_name__, "version": provider.__version__}
    if "properties" in question:
        at.step = "build_flags()"
        answer["flags"] = [_flags(provider, key, value, question["compiler"]) for key, value in question["properties"]]
        return answer
    if "missing" in question:
        at.step = "why_not()"
        answer["why"] = [_why_not(provider, key, value, question["supported"]) for key, value in question["missing"]]
        return answer
    answer["depends_on"] = states(getattr(provider, "__depends_on__", ()))
    at.step = "run()"
    config = provider.run()
    at.step = "a look at its answer"
    answer["config"] = None if config is None else _config(config)
    return answer


def _flags(provider: Any, key: str, value: str, compiler: str) -> Any:
    method = getattr(provider, "build_flags", None)
    return None if method is None else method(key, value, compiler)


def _why_not(provider: Any, key: str, value: str, supported: dict[str, list[str]]) -> Any:
    method = getattr(provider, "why_not", None)
    return None if method is None else method(key, value, supported)


def _config(config: Any) -> dict[str, Any]:
    """The answer by what it has, never by what it is: a provider need not use our classes."""
    return {
        "provider": config.provider,
        "configs": [{"key": item.key, "values": item.values} for item in config.configs],
    }


if __name__ == "__main__":
    main()
