"""Record a command as it runs in a terminal: the file is an asciicast, version 2.

usage: python tools/record.py FILE.cast COMMAND...

The command runs in a terminal of 64 columns and 28 lines, and is shown on this one. A pause of more than a second is
kept as one second. Each ``NAME=WORD`` in the variable RECORD_NAMES (blanks between) writes WORD where NAME is printed,
for addresses of the machine that records. Source: https://docs.asciinema.org/manual/asciicast/v2/
"""

from __future__ import annotations

import codecs
import json
import os
import pty
import struct
import sys
import time
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

COLUMNS, LINES = 64, 28
LONGEST_PAUSE = 1.0


def record(command: list[str]) -> tuple[list[tuple[float, str]], int]:
    """Run a command in a new terminal; what it prints, each piece with its second, and its exit code."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS=str(COLUMNS), LINES=str(LINES))
        os.execvp(command[0], command)
    ioctl(terminal, TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    pieces: list[tuple[float, str]] = []
    last, clock = time.monotonic(), 0.0
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:  # Linux reports the end of the last program on a terminal in this way
            break
        if not data:
            break
        now = time.monotonic()
        clock += min(now - last, LONGEST_PAUSE)
        last = now
        text = decoder.decode(data)
        sys.stdout.write(text)
        sys.stdout.flush()
        pieces.append((round(clock, 3), text))
    return pieces, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> int:
    """Record one command; its exit code."""
    file, *command = sys.argv[1:]
    pieces, code = record(command)
    names = dict(word.split("=", 1) for word in os.environ.get("RECORD_NAMES", "").split())
    head = {"version": 2, "width": COLUMNS, "height": LINES, "command": " ".join(command)}
    lines = [json.dumps(head)]
    for second, text in pieces:
        for name, word in names.items():
            text = text.replace(name, word)
        lines.append(json.dumps([second, "o", text], ensure_ascii=False))
    Path(file).write_text("\n".join([*lines, ""]), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
