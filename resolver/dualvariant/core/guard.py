"""A process that we start ends with us, whatever ends us: also ``kill -9``, which nobody can catch.

Beside such a process runs a shell that waits for a line on a pipe. Only we have the other end, so the system closes it
when we end, and the shell, which has got no line then, kills the process and everything below it. On Linux it runs no
other program for that. Linux could send a signal by itself (``prctl(2)``, ``PR_SET_PDEATHSIG``), but to the process
alone, not to the compilers that it runs, and it counts the end of the thread that started the process as our end.

Where there is no ``/bin/sh`` (Windows), a process outlives us.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
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
read -r line || { end "$1"; kill -s KILL -- "-$1"; }
"""


@contextmanager
def ending_with_us(process: subprocess.Popen[Any]) -> Iterator[None]:
    """Have a process, and all that it has started, killed if we end before the block does.

    Args:
        process: a process that we have started.
    """
    try:
        shell = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT, "sh", str(process.pid)],
            cwd="/",
            env={"PATH": os.defpath},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # the terminal's signals are for us
        )
    except OSError:
        yield
        return
    assert shell.stdin is not None
    try:
        yield
    finally:
        with suppress(OSError):  # somebody has ended it
            shell.stdin.write(b"\n")
            shell.stdin.close()
        shell.wait()
