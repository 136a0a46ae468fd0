"""A process that we start ends with us, whatever ends us: also ``kill -9``, which nobody can catch.

Beside such a process runs a shell that waits for a line on a pipe. Only we have the other end, so the system closes it
when we end, and the shell, which has got no line then, kills the process and everything below it. On Linux it runs no
other program for that. The shell starts first, and hears of the process as soon as there is one; if we end in between,
it finds the process by a file that both have open.

Linux could send a signal by itself (``prctl(2)``, ``PR_SET_PDEATHSIG``), but to the process alone, not to the compilers
that it runs, and it counts the end of the thread that started the process as our end. Where there is no ``/bin/sh``
(Windows), a process outlives us.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

__all__ = ["Guard", "ending_with_us"]

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
end_all() {
    end "$1"
    kill -s KILL -- "-$1"
}
if read -r process; then
    [ "$process" ] || exit 0
    read -r line || end_all "$process"
else
    for each in /proc/[0-9]*; do
        [ "$each" != "/proc/$$" ] && [ "$each/fd/$0" -ef "/proc/$$/fd/$0" ] && end_all "${each#/proc/}"
    done
fi
"""


class Guard(NamedTuple):
    """What a process needs that is to end with us.

    Args:
        descriptors: those that it inherits.
        watch: is called with it as soon as it has started, once.
    """

    descriptors: Sequence[int]
    watch: Callable[[subprocess.Popen[Any]], None]


@contextmanager
def ending_with_us() -> Iterator[Guard]:
    """Have a process, and all that it starts, killed if we end before the block does."""
    mark, other = os.pipe()  # nobody writes into it: it is a file that nobody else has
    os.close(other)
    try:
        shell = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT, str(mark)],
            pass_fds=[mark],
            cwd="/",
            env={"PATH": os.defpath},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # the terminal's signals are for us
        )
    except OSError:
        os.close(mark)
        yield Guard([], lambda process: None)
        return
    assert shell.stdin is not None
    pipe = shell.stdin.fileno()

    def write(line: bytes) -> None:
        with suppress(OSError):  # somebody has ended the shell
            os.write(pipe, line)

    try:
        yield Guard([mark], lambda process: write(b"%d\n" % process.pid))
    finally:
        os.close(mark)
        write(b"\n")
        shell.stdin.close()
        shell.wait()
