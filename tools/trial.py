"""Type the commands of some sections of a page, as printed, and say how long each took and whether its output fits.

usage: python tools/trial.py README.md "Install it" "A first look"

All commands run in one shell, in the working directory, so what one exports or makes is there for the next. In the
outputs of the page ``…`` is any text. A command without an output on the page only has to succeed. It ends with 1 at
the first command that fails or prints something else. ``make demo`` runs only with the argument ``--demo``.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "docs"))

from check_console import Sample, is_as_expected, parse_blocks  # noqa: E402

_END = "-- trial: end"


def read_samples(page: Path, sections: list[str]) -> list[Sample]:
    """The commands of the sections with these headings, in order."""
    parts = re.split(r"^## (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    texts = dict(zip(parts[1::2], parts[2::2], strict=True))
    return [sample for name in sections for block in parse_blocks(texts[name]) for sample in block.samples]


class Shell:
    """A bash that runs one command after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
        )

    def run(self, command: str) -> tuple[int, str]:
        """A command's exit code and output; its standard input is empty."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{{ {command}\n}} </dev/null; echo; echo '{_END}' $?\n")
        lines: list[str] = []
        for line in self._process.stdout:
            if line.startswith(_END):
                return int(line.split()[-1]), "".join(lines).removesuffix("\n")
            lines.append(line)
        return 1, "".join(lines)

    def close(self) -> None:
        """End the shell."""
        self._process.communicate()


def main() -> int:
    """Try one page; 1 if a command fails or prints something else."""
    page, *sections = (argument for argument in sys.argv[1:] if argument != "--demo")
    shell, code = Shell(), 0
    for sample in read_samples(Path(page), sections):
        if sample.command == "make demo" and "--demo" not in sys.argv:
            continue
        started = time.monotonic()
        code, printed = shell.run(sample.command)
        seconds = time.monotonic() - started
        good = code == 0 and is_as_expected(sample.expected, printed)
        print(f"{'ok   ' if good else 'WRONG'} {seconds:6.1f} s  $ {sample.command}", flush=True)
        if not good:
            print(f"--- expected\n{sample.expected}\n--- printed, with exit code {code}\n{printed}", flush=True)
            code = code or 1
            break
    shell.close()
    return code


if __name__ == "__main__":
    sys.exit(main())
