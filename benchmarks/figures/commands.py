"""Whole commands, as a user waits for them, in turn with pip's."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from figures.environments import PIPS, Environments, python_of, undisturbed
from figures.figure import Figure, at_most, reported, spread
from figures.tiny import PROJECT, write_wheel

__all__ = ["measure"]

WARM_UP = 2

#: Command → seconds, one of each round.
Samples = dict[str, list[float]]


@dataclass(frozen=True)
class Command:
    """A command line, and the folders that it fills: they are emptied before each run."""

    words: Sequence[str]
    fills: Sequence[Path] = ()


def measure(environments: Environments, rounds: int) -> list[Figure]:
    """``--version``, ``host`` and ``install``, each against pip."""
    ours = str(environments.ours / "bin" / "dualvariant")
    index = _index(environments)
    with _served(index) as address:
        sources = {"file": (index / "simple").as_uri(), "http": f"{address}/simple"}
        table: dict[str, Command] = {
            "pip --version": Command([str(environments.pips[PIPS[0]] / "bin" / "pip"), "--version"]),
            "dualvariant --version": Command([ours, "--version"]),
            "dualvariant host": Command([ours, "host"]),
        }
        for version, folder in environments.pips.items():
            site = next((folder / "lib").glob("python*/site-packages"))
            fills = [site / PROJECT, site / f"{PROJECT}-1.0.dist-info"]
            for kind, url in sources.items():
                options = ["install", "--index-url", url, PROJECT]
                target = ["--python", str(folder)]
                table[f"pip {version}, {kind}"] = Command([str(folder / "bin" / "pip"), *options], fills)
                table[f"dualvariant {version}, {kind}"] = Command([ours, *options, *target], fills)
        seconds, processor = _in_turn(table, rounds, environments.scratch)
    return _figures(seconds, processor)


def _figures(seconds: Samples, processor: Samples) -> list[Figure]:
    pip, version, host = (seconds[name] for name in ("pip --version", "dualvariant --version", "dualvariant host"))
    figures = [
        at_most("dualvariant --version, of pip --version", ratio(version, pip), 0.6, ours=version, theirs=pip),
        at_most("dualvariant host, cached, of pip --version", ratio(host, pip), 0.9, ours=host, theirs=pip),
        reported("… --version, host, pip --version, ms", ", ".join(map(spread, (version, host, pip)))),
    ]
    for pip_version in PIPS:
        for kind in ("file", "http"):
            our_name, their_name = f"dualvariant {pip_version}, {kind}", f"pip {pip_version}, {kind}"
            ours, theirs = seconds[our_name], seconds[their_name]
            name = f"dualvariant install, of pip {pip_version} install ({kind}: index)"
            figures.append(at_most(name, ratio(ours, theirs), 1.6, ours=ours, theirs=theirs))
            figures.append(reported("… ours, pip, ms", ", ".join(map(spread, (ours, theirs)))))
            ours, theirs = processor[our_name], processor[their_name]
            figures.append(reported("… processor time", f"{ratio(ours, theirs):.2f} ×", ours=ours, theirs=theirs))
    return figures


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median over the rounds of ours by theirs: both of a round ran under the same weather."""
    return median(our / their for our, their in zip(ours, theirs, strict=True))


def _in_turn(table: dict[str, Command], rounds: int, scratch: Path) -> tuple[Samples, Samples]:
    """Wall-clock and processor seconds of each command with its children, one run of each in every round."""
    cache = scratch / "cache"
    environment = undisturbed(DUALVARIANT_CACHE_DIR=str(cache), PIP_CACHE_DIR=str(scratch / "pip-cache"))
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    processor: defaultdict[str, list[float]] = defaultdict(list)
    for turn in range(-WARM_UP, rounds):
        if turn % 5 == 0:
            print(f"commands, round {turn} of {rounds}", file=sys.stderr)
        for name, command in table.items():
            for folder in command.fills:
                shutil.rmtree(folder, ignore_errors=True)
            used, start = _processor_seconds(), time.perf_counter()
            done = subprocess.run(command.words, env=environment, capture_output=True, text=True)
            took = time.perf_counter() - start
            if done.returncode != 0:
                raise SystemExit(f"{' '.join(command.words)} failed:\n{done.stdout}{done.stderr}")
            if not all(folder.exists() for folder in command.fills):
                raise SystemExit(f"{' '.join(command.words)} installed nothing:\n{done.stdout}{done.stderr}")
            if turn >= 0:
                seconds[name].append(took)
                processor[name].append(_processor_seconds() - used)
    return seconds, processor


def _processor_seconds() -> float:
    """What all children that have ended used so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _index(environments: Environments) -> Path:
    """A static index of a tiny wheel: standard, and as a variant that every x86-64 CPU can take."""
    index = environments.scratch / "index"
    shutil.rmtree(index, ignore_errors=True)
    index.mkdir()
    wheel = write_wheel(index)
    ours = [python_of(environments.ours), "-m", "dualvariant"]
    tag = [*ours, "tag", str(wheel), "-p", "x86_64 :: level :: v1", "-o", str(index)]
    for command in (tag, [*ours, "index", str(index)]):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=undisturbed())
    return index


class _Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """The folder on a loopback server, until the block ends."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
