"""Runs in the target interpreter: describe it, import pip, wait for the order, become pip.

pip spends most of a short install on importing itself. This script lets it do that while dualvariant reads pages and
chooses, and yet nothing of pip runs before the choice is made: if there is an error, this process ends without having
done a thing.

It writes and reads one line of JSON over the socket whose descriptor is its first argument. The second one is the
script that describes the interpreter (:mod:`dualvariant.target._describe`), the third one the folder of the
``packaging`` that the description needs, the fourth one the numbers of the signals that stay blocked. The standard
library is all it needs otherwise, and it has to run on every Python that ``packaging`` runs on.

pip sees addresses that mean nothing to its user. A factory of log records replaces them before pip's own handlers get
a record, so pip keeps its terminal, with colours and progress bars. The user's addresses come from dualvariant, by the
same socket: ``[number, text]`` is answered by ``[number, text]``, or by ``[number, null]`` for a text to leave out.
"""

import atexit
import gc
import importlib.util
import json
import logging
import os
import runpy
import select
import signal
import socket
import sys
import threading
from array import array
from contextlib import suppress
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


def receive_descriptors(channel: socket.socket) -> "array[int]":
    """The descriptors that come with the next byte: as ``socket.recv_fds``, which Python 3.8 does not have."""
    descriptors = array("i")
    _, ancillary, _, _ = channel.recvmsg(1, socket.CMSG_LEN(descriptors.itemsize))
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    return descriptors


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


class Translator:
    """Asks dualvariant what a text is with the user's own addresses.

    Args:
        channel: the socket to dualvariant.
        marks: a text without any of these has no address to replace.
    """

    def __init__(self, channel: socket.socket, marks: "list[str]") -> None:
        self.channel = channel
        self.marks = marks
        self.answers = channel.makefile("rb")
        atexit.register(self.answers.close)  # when Python ends, it has already taken apart what closes a socket
        self.lock = threading.Lock()
        self.number = 0

    def __call__(self, text: str) -> "str | None":
        """The text for the user; None if it is to be left out."""
        if not any(mark in text for mark in self.marks):
            return text
        with self.lock:
            self.number += 1
            try:
                self.channel.sendall(json.dumps([self.number, text]).encode() + b"\n")
                while True:  # an interrupted question may have left its answer
                    number, answer = json.loads(self.answers.readline())
                    if number == self.number:
                        return None if answer is None else str(answer)
            except (OSError, ValueError, TypeError):
                self.marks = []  # dualvariant has ended
                return text

    def translate_record(self, record: logging.LogRecord) -> None:
        """Replace the addresses in a log record: in its message, or in the fields of the error that rich renders."""
        arguments = record.args if isinstance(record.args, tuple) else ()
        rendered = [argument for argument in arguments if hasattr(argument, "__rich_console__")]
        for error in rendered:
            self.translate_fields(error)
        if not rendered:
            text = record.getMessage()
            translated = self(text)
            if translated is None:
                record.levelno = -1  # below the level of every handler
            elif translated != text:
                record.msg, record.args = translated, ()
        if record.exc_info:
            # A formatter takes the text that is there already.
            text = logging.Formatter().formatException(record.exc_info)
            record.exc_text = self(text) or text

    def translate_fields(self, error: object) -> None:
        """Replace the addresses in the fields of an error: strings, and texts of rich (by ``plain``)."""
        for name, value in list(getattr(error, "__dict__", {}).items()):
            text = getattr(value, "plain", value)
            translated = self(text) if isinstance(text, str) else text
            if translated == text or translated is None:
                continue
            if value is text:
                setattr(error, name, translated)
            else:
                value.plain = translated


def translate_log(translator: Translator) -> None:
    """Have every log record made with the user's addresses."""
    make = logging.getLogRecordFactory()

    def make_translated(*arguments: object, **named: object) -> logging.LogRecord:
        record = make(*arguments, **named)
        with suppress(Exception):  # a record that cannot be formatted is pip's to report
            translator.translate_record(record)
        return record

    logging.setLogRecordFactory(make_translated)


def main() -> None:
    # A Ctrl-C that comes before pip runs is dualvariant's to report.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [int(number) for number in sys.argv[4].split(",") if number])
    if sys.path and sys.path[0] == str(Path(__file__).absolute().parent):
        del sys.path[0]
    line = b""
    channel = socket.socket(fileno=int(sys.argv[1]))
    channel.set_inheritable(False)
    try:
        channel.sendall(json.dumps(describe(sys.argv[2], sys.argv[3])).encode() + b"\n")
        if sys.argv[5:] == ["--warm"]:
            warm_up()
        # With the first byte comes the lock of the environment, if there is one. It stays open as long as this
        # process lives, and nothing that pip starts inherits it.
        for descriptor in receive_descriptors(channel):
            os.set_inheritable(descriptor, False)
        with channel.makefile("rb") as stream:
            line = stream.readline()
    except OSError:
        pass  # dualvariant has found an error, reported it, and ended
    if not line:
        channel.close()
        return
    order = json.loads(line)
    if order["marks"]:
        translate_log(Translator(channel, order["marks"]))
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["pip"] + order["arguments"]
    # Where dualvariant was started with SIGINT ignored, it interrupts us by SIGTERM: pip cleans up after both.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # else nohup was used
        signal.signal(signal.SIGHUP, signal.default_int_handler)
    end_with_dualvariant(channel)
    try:
        if order["runner"]:
            runpy.run_path(order["runner"], run_name="__main__")
        else:
            runpy.run_module("pip", run_name="__main__", alter_sys=True)
    except KeyboardInterrupt:
        sys.exit(130)  # the second one: pip was cleaning up after the first


main()
