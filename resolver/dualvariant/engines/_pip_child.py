"""Runs in the target interpreter: describe it, import pip, wait for the order, become pip.

pip spends most of a short install on importing itself. This script lets it do that while dualvariant reads pages and
chooses, and yet nothing of pip runs before the choice is made: if there is an error, this process ends without having
done a thing.

It writes and reads one line of JSON over the socket whose descriptor is its first argument. The second one is the
script that describes the interpreter (:mod:`dualvariant.target._describe`), the third one the folder of the
``packaging`` that the description needs. The standard library is all it needs otherwise, and it has to run on every
Python that ``packaging`` runs on.
"""

import gc
import importlib.util
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
from pathlib import Path


def describe(script: str, packaging: str) -> "dict[str, object]":
    """The description of this interpreter, by the probe's script."""
    spec = importlib.util.spec_from_file_location("_dualvariant_describe", script)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, object] = module.describe(packaging)
    return found


def warm_up() -> None:
    """Import what ``pip install`` needs; the collector, which would look at all of it again and again, rests."""
    gc.disable()
    try:
        import pip._internal.cli.main
        import pip._internal.commands.install  # noqa: F401
    except Exception:
        pass  # only time is lost: pip will say what is wrong with it when it runs
    gc.freeze()
    gc.enable()


def end_with_dualvariant(channel: socket.socket) -> None:
    """Have this process interrupted when dualvariant ends, even by ``kill -9``: the view is gone then.

    Args:
        channel: the socket to dualvariant; it stays open as long as this process lives.
    """

    def watch() -> None:
        ready = select.poll()
        ready.register(channel, 0)  # the end of the other side is reported in any case
        ready.poll()
        # To the main thread, which may be waiting in a system call.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    # A Ctrl-C that comes before pip runs is dualvariant's to report.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.path and sys.path[0] == str(Path(__file__).absolute().parent):
        del sys.path[0]
    line = b""
    channel = socket.socket(fileno=int(sys.argv[1]))
    channel.set_inheritable(False)
    try:
        channel.sendall(json.dumps(describe(sys.argv[2], sys.argv[3])).encode() + b"\n")
        if sys.argv[4:] == ["--warm"]:
            warm_up()
        # With the first byte comes the lock of the environment, if there is one. It stays open as long as this
        # process lives, and nothing that pip starts inherits it.
        _, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        with channel.makefile("rb") as stream:
            line = stream.readline()
    except OSError:
        pass  # dualvariant has found an error, reported it, and ended
    if not line:
        return
    order = json.loads(line)
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["pip"] + order["arguments"]
    # Where dualvariant was started with SIGINT ignored, it interrupts us by SIGTERM: pip cleans up after both.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # else nohup was used
        signal.signal(signal.SIGHUP, signal.default_int_handler)
    end_with_dualvariant(channel)
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


main()
