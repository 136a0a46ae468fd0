"""Run the commands of a page and compare what they print with what the page says.

usage: python docs/check_console.py docs/tutorial.md

In each ``console`` block a line that begins with ``$ `` is a command. The lines below it are its expected output, in
which ``…`` matches any text, line ends included. A command without expected output only has to succeed. The commands
run one after the other in a scratch folder that has a copy of ``dual_core``. Commands that install the tool itself are
skipped, because the tool that is checked is the one beside this Python.

A block below a comment ``<!-- level: v2 v1 -->`` is for hosts of these x86-64 levels. The blocks for the host's own
level run as they are. Those for other levels run with ``DUALVARIANT_X86_64`` set to the level; what they install is
uninstalled again and never imported. So every block is checked on every x86-64 host, whatever its CPU.

``DUALVARIANT_X86_64=v2 python docs/check_console.py …`` treats this host as one of level v2, which must not be above
its real level.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(
    r"^(?:<!-- level: (?P<levels>[v\d ]+) -->\n)?```console\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
SKIPPED = ("pipx ", "uv tool ")
OVERRIDE = "DUALVARIANT_X86_64"


@dataclass(frozen=True)
class Sample:
    """One command of a page.

    Args:
        command: what a reader types.
        expected: what it prints, with ``…`` for any text; empty if it only has to succeed.
    """

    command: str
    expected: str


@dataclass(frozen=True)
class Block:
    """One console block of a page.

    Args:
        samples: its commands, in order.
        levels: the x86-64 levels that it is written for; empty if it holds on every host.
    """

    samples: tuple[Sample, ...]
    levels: tuple[str, ...]


def parse_blocks(page: str) -> Iterator[Block]:
    """Yield the console blocks of a page, in order."""
    for match in BLOCK.finditer(page):
        samples = []
        for sample in re.split(r"^\$ ", match["text"], flags=re.MULTILINE)[1:]:
            command, _, expected = sample.partition("\n")
            samples.append(Sample(command, expected.strip("\n")))
        yield Block(tuple(samples), tuple((match["levels"] or "").split()))


def is_as_expected(expected: str, printed: str) -> bool:
    """Whether an output matches what the page says."""
    pattern = ".*".join(map(re.escape, expected.split("…")))
    return not expected or re.fullmatch(pattern, printed.strip("\n"), re.DOTALL) is not None


def make_environment() -> dict[str, str]:
    """The variables of a terminal in which this Python's ``dualvariant`` is the tool."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    settings = {"PATH": path, "COLUMNS": "100", "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    removed = {"VIRTUAL_ENV", "CONDA_PREFIX"}
    return {name: value for name, value in os.environ.items() if name not in removed} | settings


def host_level(environ: dict[str, str]) -> str | None:
    """The x86-64 level of this host, or None on another architecture."""
    command = ["dualvariant", "host", "--json"]
    document = json.loads(subprocess.run(command, env=environ, stdout=subprocess.PIPE, check=True).stdout)
    for provider in document["providers"]:
        if provider["provider"] == "x86_64":
            return next(str(config["values"][0]) for config in provider["configs"] if config["key"] == "level")
    return None


class Checker:
    """Runs samples in one scratch folder and counts those that are wrong.

    Args:
        folder: where the commands run.
        environ: their environment variables.
    """

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.folder = folder
        self.environ = environ
        self.wrong = 0

    def check(self, sample: Sample, level: str | None = None) -> None:
        """Run one command, as on a host of another level if one is given, and report the result."""
        environ = self.environ if level is None else {**self.environ, OVERRIDE: level}
        code, printed = self._run(sample.command, environ)
        if OVERRIDE in environ:  # what is said of the variable that only this check has set
            printed = re.sub(f"(?m)^dualvariant: {OVERRIDE} is set.*\n", "", printed)
        good = code == 0 and is_as_expected(sample.expected, printed)
        print(
            f"{'ok   ' if good else 'WRONG'} $ {sample.command}" + (f"  (as on {level})" if level else ""), flush=True
        )
        if not good:
            self.wrong += 1
            print(f"--- expected\n{sample.expected}\n--- printed, with exit code {code}\n{printed}", flush=True)

    def check_all(self, samples: Iterable[Sample], level: str | None = None) -> None:
        """Run commands in order, without those that install the tool itself."""
        for sample in samples:
            if not sample.command.startswith(SKIPPED):
                self.check(sample, level)

    def check_levels(self, blocks: list[Block], own: str) -> None:
        """Run the blocks for other levels, each undone at its end, and then the block for this host's level."""
        for block in blocks:
            for level in block.levels:
                if level != own:
                    self.check_all(block.samples, level)
                    self._run("env/bin/python -m pip uninstall --quiet --yes dual_autodiff", self.environ)
        for block in blocks:
            if own in block.levels:
                self.check_all(block.samples)

    def _run(self, command: str, environ: dict[str, str]) -> tuple[int, str]:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return done.returncode, done.stdout


def main() -> int:
    """Check one page; 1 if a command fails or prints something else."""
    blocks = list(parse_blocks(Path(sys.argv[1]).read_text(encoding="utf-8")))
    environ = make_environment()
    level = host_level(environ)
    if level is None:
        print("not checked: the page is about x86-64 processors, and this host is another architecture")
        return 0
    known = {name for block in blocks for name in block.levels}
    if known and level not in known:
        print(f"the page has no block for this host's level {level!r} (it has {', '.join(sorted(known))})")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "dual_core", Path(folder, "dual_core"), ignore=shutil.ignore_patterns("build", "*.so"))
        checker = Checker(Path(folder), environ)
        for by_level, group in groupby(blocks, key=lambda block: bool(block.levels)):
            if by_level:
                checker.check_levels(list(group), level)
            else:
                checker.check_all([sample for block in group for sample in block.samples])
    return 1 if checker.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
