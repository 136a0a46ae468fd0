"""Hostile providers beside a good one: what dualvariant makes of each, and what variantlib 0.2.2 makes of it.

usage: python benchmarks/hostile.py VARIANTLIB-0.2.2-WHEEL [KIND…]

Run it with the Python of an environment that has dualvariant, on Linux. Each kind is one module with a provider for
either tool, installed beside a module that answers as it should. Each tool is started once for each kind, in folders
of its own, and afterwards the processes and files that are left are counted. The whole table goes to
``results-hostile.md`` beside this file.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from textwrap import indent
from typing import NamedTuple

RESULTS = Path(__file__).with_name("results-hostile.md")

#: Seconds that dualvariant gives a provider here, and after which variantlib, which has no limit, is ended.
LIMIT, PATIENCE = 3.0, 10.0

MODULE = """
import ctypes, json, os, signal, subprocess, sys, tempfile, threading, time
from types import SimpleNamespace as Namespace
SEEN = {seen!r}
{at_import}

def answer():
{in_run}
    return {{"f": ["yes"]}}

class Provider:
    __provider_name__ = "{name}"
    __version__ = "1"
    def run(self):
        keys = answer()
        return Namespace(provider="{name}", configs=[Namespace(key=k, values=v) for k, v in keys.items()])

class Plugin:
    namespace = "{name}"
    @staticmethod
    def get_supported_configs():
        return [Namespace(name=k, values=v, multi_value=False) for k, v in answer().items()]
    get_all_configs = get_supported_configs
"""

#: What they do while they are asked.
IN_RUN = {
    "raises an exception": "raise RuntimeError('no device')",
    "raises a text with escape codes": "raise RuntimeError('\\x1b]0;x\\x07\\x1b[2J\\u202e\\r\\nforged line' * 100)",
    "calls sys.exit(0)": "sys.exit(0)",
    "calls os._exit(0)": "os._exit(0)",
    "crashes": "ctypes.string_at(0)",
    "sleeps for an hour": "time.sleep(3600)",
    "sleeps in C": "ctypes.PyDLL(None).sleep(3600)",
    "computes for ever": "while True: pass",
    "ignores signals and sleeps": "for n in (1, 2, 3, 14, 15): signal.signal(n, signal.SIG_IGN)\ntime.sleep(3600)",
    "stops itself": "os.kill(os.getpid(), signal.SIGSTOP)",
    "prints a line": "print('looking for devices', flush=True)",
    "prints 100,000 lines": "for n in range(100_000): print('line', n)",
    "writes to standard output from C": "os.write(1, b'banner of a driver\\n')",
    "answers with 50 MB": "return {'f': [f'v{n}' for n in range(5_000_000)]}",
    "answers with numbers": "return {'f': [1, 2]}",
    "answers with a text in place of a list": "return {'f': 'abc'}",
    "answers with no values": "return {'f': []}",
    "answers with a value twice": "return {'f': ['a', 'a']}",
    "answers with escape codes": "return {'f': ['\\x1b]0;x\\x07\\x1b[2J']}",
    "answers with half a surrogate": "return {'f': ['a\\udcff']}",
    "closes all descriptors": "os.closerange(0, 256)",
    "forges the answer of the good one": (
        "forged = {'get_supported_configs': {'good:Plugin': [{'name': 'f', 'values': ['forged']}]}}\n"
        "forged |= {'name': 'good', 'version': '1', 'depends_on': {}}\n"
        "forged |= {'config': {'provider': 'good', 'configs': [{'key': 'f', 'values': ['forged']}]}}\n"
        "for fd in range(256):\n"
        "    try: os.write(fd, json.dumps(forged).encode())\n"
        "    except OSError: pass\n"
        "os._exit(0)"
    ),
    "leaves a process in a session of its own": (
        "if os.fork() == 0:\n    os.setsid()\n    os.closerange(0, 256)\n    time.sleep(60)\n    os._exit(0)"
    ),
    "leaves a process that keeps its pipes": (
        "subprocess.Popen(['sleep', '60'], start_new_session=True, close_fds=False)"
    ),
    "forks 100 processes": (
        "for n in range(100):\n    if os.fork() == 0:\n        os.closerange(0, 256)\n        time.sleep(60)\n"
        "        os._exit(0)"
    ),
    "fills 2.5 GB of memory": "fill = bytearray(5 << 29)\nfor n in range(0, len(fill), 4096): fill[n] = 1",
    "starts threads that do not end": "for n in range(20): threading.Thread(target=time.sleep, args=(3600,)).start()",
    "sleeps when Python ends": "import atexit; atexit.register(time.sleep, 3600)",
    "writes files": "open('left', 'w').close(); open(os.path.expanduser('~/left'), 'w').close(); tempfile.mkdtemp()",
    "reads a token": "if os.environ.get('GITHUB_TOKEN') == 'hidden': open(SEEN, 'w').close()",
    "kills its parent": "try: os.kill(os.getppid(), 9)\nexcept OSError: pass\ntime.sleep(0.2)",
}  # fmt: skip

#: What they do while they are imported.
AT_IMPORT = {
    "cannot be imported": "raise ImportError('libdevice.so.1: cannot open shared object file')",
    "has a mistake in its source": "def (",
    "leaves Python when imported": "sys.exit('no device')",
    "sleeps when imported": "time.sleep(3600)",
}

#: variantlib is asked for the variants of a release that has one for each of the two.
THEIR_CODE = """
import json
from variantlib.api import get_variants_by_priority
namespaces = ["bad", "good"]
found = get_variants_by_priority(variants_json={
    "$schema": "https://variants-schema.wheelnext.dev/peps/850/v0.2.0.json",
    "default-priorities": {"namespace": namespaces},
    "providers": {n: {"requires": [n], "plugin-api": f"{n}:Plugin"} for n in namespaces},
    "variants": {n: {n: {"f": ["yes"]}} for n in namespaces},
})
print(json.dumps([variant.label for variant in found]))
"""


class Outcome(NamedTuple):
    """What became of one run.

    Attributes:
        good: whether the good provider's answer was there, and not forged.
        seconds: how long it took; infinite where it had to be ended.
        processes: how many were left.
        files: how many were left.
        secret: whether the hostile one got the token from the environment.
    """

    good: bool
    seconds: float
    processes: int
    files: int
    secret: bool

    def __str__(self) -> str:
        left = [f"{count} {what}" for count, what in ((self.processes, "processes"), (self.files, "files")) if count]
        left += ["the token"] if self.secret else []
        seconds = "never ended" if self.seconds == float("inf") else f"{self.seconds:.1f} s"
        return f"{'yes' if self.good else '**no**'} | {seconds} | {', '.join(left) or '–'}"


def install(site: Path, name: str, at_import: str = "", in_run: str = "") -> None:
    """Write a module with both providers, and the metadata by which dualvariant finds it."""
    seen = str(site / "seen")
    source = MODULE.format(name=name, seen=seen, at_import=at_import, in_run=indent(in_run or "pass", "    "))
    (site / f"{name}.py").write_text(source)
    info = site / f"{name}-1.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[variantlib.plugins]\n{name} = {name}:Provider\n")


def make_environment(folder: Path, site: Path) -> Path:
    """An environment that has what this one has, and the providers in a folder; returns its interpreter."""
    venv.create(folder, with_pip=False, symlinks=True)
    (packages,) = folder.glob("lib/python3*/site-packages")
    ours = [path for path in sys.path if Path(path).name == "site-packages"]
    (packages / "more.pth").write_text("".join(f"{path}\n" for path in (site, *ours)))
    return folder / "bin" / "python"


def measure(command: list[str], site: Path, path: Sequence[Path] = ()) -> Outcome:
    """Run one tool in folders of its own, and look at what it leaves."""
    seen = site / "seen"
    seen.unlink(missing_ok=True)
    mark = os.urandom(8).hex()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("home", "tmp", "here"):
            (folder / part).mkdir()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "tmp"),
            "XDG_CACHE_HOME": str(folder / "own" / "cache"),
            "XDG_STATE_HOME": str(folder / "own" / "state"),
            "PYTHONPATH": os.pathsep.join(map(str, path)),
            "PYTHONDONTWRITEBYTECODE": "1",
            "DUALVARIANT_PROVIDER_TIMEOUT": str(LIMIT),
            "CUDA_MARK": mark,
            "GITHUB_TOKEN": "hidden",
        }
        output, seconds = _run(command, environment, folder)
        time.sleep(0.3)
        left = _find_processes(mark)
        files = [path for part in ("home", "tmp", "here") for path in (folder / part).rglob("*")]
        for process in left:
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)
        return Outcome(_is_good(output), seconds, len(left), len(files), seen.exists())


def _run(command: list[str], environment: dict[str, str], folder: Path) -> tuple[str, float]:
    """What it printed, and the seconds; its output goes to a file, so that nobody waits for those who keep it open."""
    with (folder / "output").open("w+") as output:
        start = time.monotonic()
        process = subprocess.Popen(
            command, env=environment, cwd=folder / "here", stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            process.wait(PATIENCE)
            seconds = time.monotonic() - start
        except subprocess.TimeoutExpired:
            seconds = float("inf")
            process.kill()
            process.wait()
        output.seek(0)
        return output.read(1 << 24), seconds


def _is_good(output: str) -> bool:
    """Whether the good provider counts: in the profile of ours, or its variant in the last line of theirs."""
    if "\n{" in f"\n{output}":  # the profile, among messages on standard error
        with suppress(ValueError, KeyError, TypeError):
            profile, _ = json.JSONDecoder().raw_decode(f"\n{output}".partition("\n{")[2].join(("{", "")))
            return any(p["provider"] == "good" and p["configs"][0]["values"] == ["yes"] for p in profile["providers"])
    with suppress(ValueError, TypeError):
        return "good" in json.loads(output.strip().rpartition("\n")[2])
    return False


def _find_processes(mark: str) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark.encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


def main() -> int:
    """Measure every kind with both tools, and write the table."""
    if len(sys.argv) < 2:
        print(__doc__.splitlines()[2], file=sys.stderr)
        return 2
    chosen = sys.argv[2:]
    kinds = [(name, "", code) for name, code in IN_RUN.items()] + [(name, code, "") for name, code in AT_IMPORT.items()]
    rows, ours_all, theirs_all = [], [], []
    with tempfile.TemporaryDirectory() as name:
        peer = Path(name, "peer")
        with zipfile.ZipFile(sys.argv[1]) as archive:
            archive.extractall(peer)
        site = Path(name, "site")
        python = make_environment(Path(name, "environment"), site)
        site.mkdir()
        install(site, "good")
        ask = [str(python), "-m", "dualvariant", "host", "--json", "--refresh"]
        alone = max(measure(ask, site).seconds for _ in range(3))
        for kind, at_import, in_run in kinds:
            if chosen and kind not in chosen:
                continue
            shutil.rmtree(site, ignore_errors=True)
            site.mkdir()
            install(site, "good")
            install(site, "bad", at_import, in_run)
            ours = measure(ask, site)
            theirs = measure([sys.executable, "-c", THEIR_CODE], site, [peer, site])
            rows.append(f"| {kind} | {ours} | {theirs} |")
            print(rows[-1], flush=True)
            ours_all.append(ours)
            theirs_all.append(theirs)
    if not chosen:
        RESULTS.write_text(make_page(rows, ours_all, theirs_all, alone))
    held = (one.good and not one.processes and not one.files and not one.secret for one in ours_all)
    return 0 if all(held) and max(one.seconds for one in ours_all) <= alone + LIMIT + 1 else 1


def make_page(rows: list[str], ours: list[Outcome], theirs: list[Outcome], alone: float) -> str:
    """The whole page."""
    good = [sum(one.good for one in side) for side in (ours, theirs)]
    count, longest = len(rows), max(one.seconds for one in ours)
    return f"""# Hostile providers

{count} kinds of hostile providers, each beside a good one, in `dualvariant`, with a limit of {LIMIT:.0f} s, and in
`variantlib` 0.2.2, which has no limit and was ended after {PATIENCE:.0f} s. Columns: whether the good one's answer was
used; the seconds of the whole command; what was left behind, or read. The good answer was used in {good[0]} of the
{count} runs of `dualvariant`, and in {good[1]} of those of `variantlib`. The longest command of `dualvariant` took
{longest:.1f} s, and {alone:.1f} s with the good one alone; other work shared the machine.

| the hostile one | dualvariant | time | left | variantlib | time | left |
|---|---|---|---|---|---|---|
{chr(10).join(rows)}

Again: `python benchmarks/hostile.py VARIANTLIB-0.2.2-WHEEL`
"""


if __name__ == "__main__":
    sys.exit(main())
