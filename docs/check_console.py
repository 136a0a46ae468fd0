"""Run the commands of a page and compare what they print with what the page says.

usage: python docs/check_console.py docs/tutorial.md

In each ``console`` block a line that begins with ``$ `` is a command, and the lines below it are its output, where
``…`` stands for anything, line ends included. A command without output is only to succeed. Commands run one after the
other in a scratch folder that looks like a checkout; those that install the tool itself are left out, since it is there
already.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = ("pipx ", "uv tool ")
#: What the outputs on the pages were made with.
LEVEL = "v4"


def samples(page: str) -> Iterator[tuple[str, str]]:
    """Each command of a page with the output that it is to have."""
    for block in BLOCK.findall(page):
        for sample in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = sample.partition("\n")
            yield command, expected.strip("\n")


def fits(expected: str, printed: str) -> bool:
    """Whether an output is what the page says."""
    pattern = ".*".join(map(re.escape, expected.split("…")))
    return not expected or re.fullmatch(pattern, printed.strip("\n"), re.DOTALL) is not None


def environment() -> dict[str, str]:
    """A terminal in which this Python's ``dualvariant`` is the tool."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    settings = {"PATH": path, "COLUMNS": "100", "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    others = {"VIRTUAL_ENV", "CONDA_PREFIX", "DUALVARIANT_X86_64"}
    return {name: value for name, value in os.environ.items() if name not in others} | settings


def main() -> int:
    """Check one page; 1 if something is not as it says."""
    page = Path(sys.argv[1]).read_text(encoding="utf-8")
    environ = environment()
    host = subprocess.run(["dualvariant", "host", "--json"], env=environ, capture_output=True, check=True).stdout
    levels = [p["configs"][0]["values"] for p in json.loads(host)["providers"] if p["provider"] == "x86_64"]
    if not levels or LEVEL not in levels[0]:
        print(f"not checked: the page shows a machine of level {LEVEL}, and this is none")
        return 0
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "dual_core", Path(folder, "dual_core"))
        for command, expected in samples(page):
            if command.startswith(LEFT_OUT):
                continue
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=folder,
                env=environ,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            good = done.returncode == 0 and fits(expected, done.stdout)
            print(f"{'ok   ' if good else 'WRONG'} $ {command}")
            if not good:
                wrong += 1
                print(f"--- the page says\n{expected}\n--- it printed, and ended with {done.returncode}\n{done.stdout}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
