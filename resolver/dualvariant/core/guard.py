"""A process that we start ends with us, whatever ends us: also ``kill -9``, which nobody can catch.

Beside such a process runs a shell that waits for a line on a pipe. Only we have the other end, so the system closes it
when we end, and the shell, which has got no line then, kills the process and everything below it. On Linux it runs no
other program for that. The shell starts first, and hears of the process as soon as there is one. Linux could send a
signal by itself (``prctl(2)``, ``PR_SET_PDEATHSIG``), but to the process alone, not to the compilers that it runs, and
it counts the end of the thread that started the process as our end.

Where there is no ``/bin/sh`` (Windows), a process outlives us.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

__all__ = ["ending_with_us"]

# A process is stopped before its children are listed, so that there are no more of them afterwards. Linux has them in
# files, one line without an end for each thread; elsewhere, pgrep knows them. Functions share all variables but their
# arguments: a loop takes its list before the first call. Children that have lost their parent are still in the group of
# a group's leader.
_SCRIPT = """
end() {
    kill -s STOP "$1"
    if [ -e "/proc/$$/task/$$/children" ]; then
        for file in "/proc/$1/task"/*/children; do
            children=
            read -r children < "$file"
            for child in $children; do end "$child"; done
        done
    else
        for child in $(pgrep -P "$1"); do end "$child"; done
    fi
    kill -s KILL "$1"
}
read -r process && [ "$process" ] || exit 0
read -r line || { end "$process"; kill -s KILL -- "-$process"; }
"""


@contextmanager
def ending_with_us() -> Iterator[Callable[[subprocess.Popen[Any]], None]]:
    """Have a process, and all that it starts, killed if we end before the block does.

    Yields:
        What is called with the process as soon as it has started, once.
    """
    try:
        shell = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT],
            cwd="/",
            env={"PATH": os.defpath},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # the terminal's signals are for us
        )
    except OSError:
        yield lambda process: None
        return
    assert shell.stdin is not None
    pipe = shell.stdin.fileno()

    def write(line: bytes) -> None:
        with suppress(OSError):  # somebody has ended the shell
            os.write(pipe, line)

    try:
        yield lambda process: write(b"%d\n" % process.pid)
    finally:
        write(b"\n")
        shell.stdin.close()
        shell.wait()
