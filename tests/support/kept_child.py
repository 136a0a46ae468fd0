"""A kept child: a process that has imported what the cases of a test need, and forks for each of them.

To start pip, or dualvariant, takes most of a second, and what one case needs of it takes a fraction of that. The child
imports once; each order runs in a fork of it, with an environment, a folder and standard streams of its own, so that no
case sees anything of the one before it.

The child is this file as a script, with the standard library alone, because it also runs in interpreters that have
nothing but pip. What it does is a module with two functions: ``prepare()`` imports and returns nothing, and
``work(order, answer)`` does one order, in the fork, and calls ``answer`` with a JSON value, which ends the fork.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

__all__ = ["KeptChild", "ask"]

#: Seconds that one order may take: a limit for what hangs, far from what a busy machine needs.
LIMIT = 300


def ask(address: str, order: Mapping[str, Any]) -> Any:
    """Give an order to the kept child at an address and wait for its answer.

    Args:
        address: the path of its socket.
        order: what to do; ``environment`` (the whole of it), ``folder`` (the working directory) and ``output`` (a path
            that standard output and, with ``.err`` behind it, standard error go to) are for the fork itself.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        connection.sendall(json.dumps(order).encode() + b"\n")
        with connection.makefile("rb") as stream:
            line = stream.readline()
    assert line, f"the kept child has ended without an answer to {order['arguments']!r}:\n{_tail(order)}"
    return json.loads(line)


def _tail(order: Mapping[str, Any]) -> str:
    path = Path(f"{order['output']}.err")
    return path.read_text(errors="replace")[-2000:] if path.exists() else ""


class KeptChild:
    """Starts a kept child; use it as a context manager.

    Args:
        python: the interpreter that it runs in.
        module: its module, found in ``path``.
        path: folders of modules, on top of the interpreter's own.
        folder: an existing folder, for the socket and as its home.
    """

    def __init__(self, python: Path, module: str, path: Sequence[Path], folder: Path) -> None:
        # The paths of sockets have 100 characters at most, and pytest's temporary folders are deep.
        self._folder = tempfile.TemporaryDirectory(prefix="kept")
        self.address = str(Path(self._folder.name, "socket"))
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
        environment.update(HOME=str(folder), PYTHONPATH=os.pathsep.join(map(str, path)), TMPDIR=str(folder))
        command = [str(python), __file__, self.address, module]
        self._process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> KeptChild:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n", "the kept child has not started"
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._folder.cleanup()

    def ask(self, order: Mapping[str, Any]) -> Any:
        """Give it an order and wait for the answer."""
        return ask(self.address, order)


def _serve(address: str, name: str) -> None:
    """Fork for each order until standard input closes, which it does when the parent ends."""
    module = importlib.import_module(name)
    module.prepare()
    # Objects that live until the end are never copied for the collector's sake.
    importlib.import_module("gc").freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        print("ready", flush=True)
        while True:
            ready, _, _ = select.select([server, sys.stdin], [], [])
            if sys.stdin in ready:
                return
            connection, _ = server.accept()
            if os.fork() == 0:
                server.close()
                _work(connection, module)
            connection.close()


def _work(connection: socket.socket, module: Any) -> NoReturn:
    def answer(result: object) -> NoReturn:
        sys.stdout.flush()
        sys.stderr.flush()
        connection.sendall(json.dumps(result).encode() + b"\n")
        os._exit(0)

    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.alarm(LIMIT)
        with connection.makefile("rb") as stream:
            order = json.loads(stream.readline())
        for descriptor, ending in ((1, ""), (2, ".err")):
            with Path(f"{order['output']}{ending}").open("wb") as file:
                os.dup2(file.fileno(), descriptor)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.environ.clear()
        os.environ.update(order["environment"])
        os.chdir(order["folder"])
        tempfile.tempdir = None  # of the new environment
        module.work(order, answer)
    except BaseException:
        importlib.import_module("traceback").print_exc()
        sys.stderr.flush()
    os._exit(1)


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2])
